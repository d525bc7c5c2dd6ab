"""The content of one file, or why it cannot be had, in words for a person."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import LIMIT, read_content
from proxyenv.errors import DiscoveryError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_REASONS: Final = {
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "it does not exist",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EISDIR: "it is a directory",
    errno.ELOOP: "its symlinks form a circle",
}


def find_text(path: Path) -> str | None:
    """The text of a file of the system, or ``None`` where the system has none that we may read."""
    try:
        return read_content(path).decode("utf-8", "replace")
    except OSError:
        return None


def read_named_text(path: Path) -> str:
    """The text of a file that has to be there.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    try:
        return read_content(path).decode("utf-8", "replace")
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{path}` cannot be read: {render_reason(error)}") from error


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
