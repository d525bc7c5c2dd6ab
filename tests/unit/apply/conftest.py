from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

POSIX_ONLY = [
    "test_identity.py",
    "test_in_place.py",
    "test_kill.py",
    "test_modes.py",
    "test_protected.py",
    "test_refused.py",
    "test_stores.py",
    "test_together.py",
]

collect_ignore = POSIX_ONLY if sys.platform == "win32" else []

MEMORY = Path("/dev/shm")  # these tests bring thousands of files to the disk, one by one


@pytest.fixture
def room() -> Iterator[Path]:
    """A directory of one's own, in memory where the platform has a place for that."""
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    directory = Path(tempfile.mkdtemp(dir=place)).resolve()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def home(room: Path) -> Path:
    """A home directory in which a user has lived."""
    home = room / "home"
    home.mkdir(0o750)
    for name, content, mode in (
        (".bashrc", b"alias ll='ls -l'", 0o640),
        (".profile", b"umask 027\n", 0o600),
        (".config/git/config", b"[user]\n", 0o644),
    ):
        path = home / name
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    (home / "rc").symlink_to(".bashrc")
    return home
