"""A small Debian as the tar of a root directory: made once by mmdebstrap from the mirror of the machine.

It is kept. Nothing of the configuration of the machine is left in it. Its file is named after its recipe.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from support.machine import TOOLS, give_up

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ensure_debian_base", "require_debian_base"]

PACKAGES: Final = ("ca-certificates", "curl", "git", "p11-kit", "python3", "python3-venv", "tini")

_UNREAD: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

_OPTIONS: Final = (
    "--quiet",
    "--variant=minbase",
    f"--include={','.join(PACKAGES)}",
    *(f"--dpkgopt=path-exclude={pattern}" for pattern in _UNREAD),
)

_MACHINES_OWN: Final = (
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/apt/sources.list",
    "etc/apt/sources.list.d/0000sources.list",
    "etc/resolv.conf",
    "etc/hostname",
)
"""What mmdebstrap copies from the machine: it stays out of the image."""

_ACQUIRE: Final = ("Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date")
"""How this machine's apt reaches its mirror."""


def require_debian_base() -> Path:
    """The tar, if it has been made; a laptop without it skips the test."""
    tar = _place_below(TOOLS)
    if not tar.exists():
        give_up("the Debian that the test builds on is not there; `scripts/test` makes it where `CI` is set")
    return tar


def ensure_debian_base(directory: Path, *, machine: Mapping[str, str]) -> Path:
    """Find the tar below a directory, or make it there: a minute.

    Args:
        directory: may be kept between runs, and may not exist yet.
        machine: the machine's own environment, for the download alone.

    Raises:
        subprocess.CalledProcessError: it cannot be made.
    """
    tar = _place_below(directory)
    if not tar.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="debian-", dir=directory) as room:
            made = Path(room, "base.tar")
            _make(made, Path(room), machine)
            made.replace(tar)  # it is whole, whoever else made one meanwhile
    return tar


def _place_below(directory: Path) -> Path:
    recipe = "\n".join((*_OPTIONS, *_MACHINES_OWN, _codename())).encode()
    return directory.resolve() / f"debian-{_codename()}-{hashlib.sha256(recipe).hexdigest()[:12]}.tar"


def _codename() -> str:
    """Such as ``bookworm``: the image is of the machine's own release, whose keys and mirror it has."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "") if sys.platform == "linux" else ""


def _make(tar: Path, room: Path, machine: Mapping[str, str]) -> None:
    settings = room / "acquire.conf"
    settings.write_text(_hear("apt-config", "dump", '--format=%F "%v";%n', *_ACQUIRE), "utf-8")
    listing = _hear(
        "apt-get", "indextargets", "--format=$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"
    )
    lines = (f"deb {line}" for line in listing.splitlines() if line.split(" ")[1].startswith(_codename()))
    sources = room / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)), "utf-8")
    forget = "rm -f " + " ".join(f'"$1/{path}"' for path in _MACHINES_OWN)
    command = ["mmdebstrap", *_OPTIONS, f"--aptopt={settings}", f"--customize-hook={forget}"]
    subprocess.run(
        [*command, _codename(), str(tar), str(sources)],
        env=dict(machine),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )


def _hear(*command: str) -> str:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    ).stdout
