"""The content of one file, or why it cannot be had, in words for a person."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError, UsageError

if TYPE_CHECKING:
    import io
    from pathlib import Path

LIMIT: Final = 64 * 1024 * 1024
"""In bytes. Nothing that is read here is larger by far; a device or a log file may be endless."""

_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Windows changes line ends without the one flag; reading never waits with the other."""

_CHUNK: Final = 1024 * 1024

_REASONS: Final = {
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "it does not exist",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EISDIR: "it is a directory",
    errno.ELOOP: "its symlinks form a circle",
}


def read_content(path: Path, *, limit: int = LIMIT) -> bytes:
    """Every byte of a regular file; a symlink is followed.

    Args:
        path: the file.
        limit: the largest, in bytes.

    Raises:
        OSError: it cannot be read, is not a regular file (a pipe could block forever), or is larger
            than *limit*. :func:`render_reason` puts it into words.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    with open(os.open(path, _READING), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        data = _read(file, limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // 1024**2} MiB", str(path))
    return data


def _read(file: io.FileIO, size: int) -> bytes:
    """At most *size* bytes. What is no file on a disk, such as `/proc/kmsg`, may have nothing to read yet."""
    found = bytearray()
    while len(found) < size:
        more = file.read(min(size - len(found), _CHUNK))
        if more is None:
            raise OSError(errno.EAGAIN, "it has no end")
        if not more:
            break
        found += more
    return bytes(found)


def find_text(path: Path) -> str | None:
    """The text of a file of the system, or ``None`` where the system has none that we may read."""
    try:
        return read_content(path).decode("utf-8", "replace")
    except OSError:
        return None


def has_other_names(path: Path) -> bool:
    """Whether a file has hard links, which a new file in its place does not have."""
    try:
        return path.stat().st_nlink > 1
    except OSError:
        return False


def may_write(path: Path) -> bool:
    """Whether this process may write into a file."""
    return os.access(path, os.R_OK | os.W_OK)


def read_standard_input(option: str, *, limit: int, code: str) -> bytes:
    """What a person piped in; a terminal is not waited for.

    Args:
        option: that asks for it, for messages, such as ``--ca -``.
        limit: the most, in bytes.
        code: of the error where it is more.

    Raises:
        UsageError: ``usage``: it is a terminal.
        DiscoveryError: *code*.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("usage", f"`{option}` reads standard input, which is a terminal", hint="`< FILE`")
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise DiscoveryError(code, f"standard input is larger than {limit // 1024**2} MiB")
    return data


def read_given_text(path: Path | None, *, option: str) -> str:
    """The text of a file that an option names.

    Args:
        path: absolute, or ``None`` for standard input.
        option: for messages.

    Raises:
        UsageError: ``usage``: standard input is a terminal.
        DiscoveryError: ``file-unreadable``.
    """
    if path is None:
        data = read_standard_input(f"{option} -", limit=LIMIT, code="file-unreadable")
    else:
        try:
            data = read_content(path)
        except OSError as error:
            raise DiscoveryError(
                "file-unreadable", f"`{path}` cannot be read: {render_reason(error)}"
            ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DiscoveryError("file-unreadable", f"`{path or 'standard input'}` is not UTF-8") from error


def render_reason(error: OSError) -> str:
    """Why a file cannot be read, as a clause without the path."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
