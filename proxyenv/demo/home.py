"""A throw-away home with a little history, and the comparison that ``uninstall`` has to survive."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROFILES: Final = b"""\
# two servers, one laptop
active = "staging"

[profiles.staging]
PREFECT_API_URL = "http://staging.demo.test:4200/api"  # ask Ada
PREFECT_LOGGING_LEVEL = "INFO"
"""

FILES: Final[Mapping[str, tuple[int, bytes]]] = {
    # No newline at the end: the commonest way to break somebody's last line.
    ".bashrc": (0o644, b"# ~/.bashrc\nalias ll='ls -l'\nexport EDITOR=vi"),
    "dotfiles/profile": (0o640, b"# kept in git, linked from ~/.profile\nPATH=$PATH:$HOME/bin\n"),
    ".prefect/profiles.toml": (0o600, PROFILES),
}
"""Path below the home → mode and content."""

LINKS: Final[Mapping[str, str]] = {".profile": "dotfiles/profile"}
"""Symlink below the home → what it points to."""

MISSING: Final = "missing"


def make_home(home: Path) -> None:
    """Create *home* and the files of somebody who has worked in it."""
    home.mkdir(mode=0o755)
    for name, (mode, content) in FILES.items():
        path = home / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    for name, goal in LINKS.items():
        (home / name).symlink_to(goal)


def take_snapshot(home: Path) -> Mapping[str, str]:
    """Describe every file, directory and link below *home*: its mode, and a digest or the link's goal.

    Returns:
        The path below *home*, which is itself ``.`` → the description.
    """
    paths = [home, *sorted(home.rglob("*"))]
    return {path.relative_to(home).as_posix(): _describe(path) for path in paths}


def find_differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Name each path that differs between two snapshots, with both descriptions, sorted by path."""
    return tuple(
        f"`{name}` was {before.get(name, MISSING)}, is {after.get(name, MISSING)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _describe(path: Path) -> str:
    mode = path.lstat().st_mode
    permissions = f"{stat.S_IMODE(mode):04o}"
    if stat.S_ISLNK(mode):
        return f"link to {path.readlink()}"
    if stat.S_ISDIR(mode):
        return f"directory {permissions}"
    return f"file {permissions} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
