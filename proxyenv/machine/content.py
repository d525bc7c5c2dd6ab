"""The content of one file, or why it cannot be had, in words for a person."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LIMIT: Final = 64 * 1024 * 1024
"""In bytes. Nothing that is read here is larger by far; a device or a log file may be endless."""

_REASONS: Final = {
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "it does not exist",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EISDIR: "it is a directory",
    errno.ELOOP: "its symlinks form a circle",
}


def read_content(path: Path) -> bytes:
    """Every byte of a regular file; a symlink is followed.

    Raises:
        OSError: it cannot be read, is not a regular file (a pipe could block forever), or is larger
            than :data:`LIMIT`. :func:`render_reason` puts it into words.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    with path.open("rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise OSError(errno.EFBIG, f"it is larger than {LIMIT // 1024**2} MiB", str(path))
    return data


def find_text(path: Path) -> str | None:
    """The text of a file of the system, or ``None`` where the system has none that we may read."""
    try:
        return read_content(path).decode("utf-8", "replace")
    except OSError:
        return None


def render_reason(error: OSError) -> str:
    """Why a file cannot be read, as a clause without the path."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
