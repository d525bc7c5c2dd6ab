"""Files and homes of somebody else, as only root can make them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SOMEBODY: Final = 12345
"""A user, and a group, without an account."""


def give_away(path: Path, user: int = SOMEBODY, group: int | None = None) -> None:
    """Give a file, a directory or a link itself to a user and a group, by default of the same number."""
    if sys.platform != "win32":  # which has no such owner
        os.chown(path, user, user if group is None else group, follow_symlinks=False)


def give_all_away(directory: Path, user: int = SOMEBODY) -> None:
    """Give a directory to a user, with all that is below."""
    for each in (directory, *directory.rglob("*")):
        give_away(each, user)


def find_holding(directory: Path, text: str) -> list[str]:
    """The names of the files below a directory that hold a text, sorted; links are not followed."""
    files = (path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.name for path in files if text.encode() in path.read_bytes())
