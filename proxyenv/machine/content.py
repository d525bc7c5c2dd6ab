"""The content of one file, or why it cannot be had, in words for a person."""

from __future__ import annotations

import errno
import os
import shlex
import stat
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import LIMIT, read_content, read_flags
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.record import NamedTuple

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


def require_named_file(path: Path, text: str, where: str, *, code: str) -> None:
    """Refuse a file with a password that is not there; its name is not said where it may be the password.

    Args:
        path: the file.
        text: what was typed for it.
        where: the option.
        code: of the error.

    Raises:
        DiscoveryError: it does not exist, and was named by one word.
    """
    if "/" not in text and "\\" not in text and not os.path.lexists(path):
        hint = "it takes the path of a file, such as `./password`, and not the password"
        raise DiscoveryError(code, f"the file that {where} names does not exist", hint=hint)


def has_other_names(path: Path) -> bool:
    """Whether a file has hard links, which a new file in its place does not have."""
    try:
        return path.stat().st_nlink > 1
    except OSError:
        return False


class Protection(NamedTuple):
    """What keeps a file from being written, even by root.

    Args:
        path: the file itself, or the directory that it is in.
        words: what it is, such as ``immutable``.
        command: takes that away.
    """

    path: Path
    words: str
    command: str


_IMMUTABLE: Final = 0x10
_APPEND: Final = 0x20
"""As ``linux/fs.h`` has them."""


def find_protection(path: Path) -> Protection | None:
    """What keeps a file or directory from being written, replaced or deleted; ``None`` where nothing does."""
    try:
        directory = next(each for each in path.parents if each.is_dir())
    except OSError:  # one above it may not even be looked into
        return None
    places = (path, directory) if os.path.lexists(path) else (directory,)
    return next((found for each in places if (found := _read_protection(each)) is not None), None)


if sys.platform == "darwin":

    def _read_protection(path: Path) -> Protection | None:
        """What ``ls -lO`` shows (``chflags(1)``); not run there."""
        try:
            flags = path.lstat().st_flags
        except OSError:
            return None
        names = {
            stat.UF_IMMUTABLE: ("uchg", "immutable"),
            stat.UF_APPEND: ("uappnd", "append-only"),
            stat.SF_IMMUTABLE: ("schg", "immutable"),
            stat.SF_APPEND: ("sappnd", "append-only"),
        }
        for flag, (name, words) in names.items():
            if flags & flag:
                sudo = "sudo " if name.startswith("s") and os.geteuid() else ""
                command = f"{sudo}chflags no{name} {shlex.quote(str(path))}"
                return Protection(path, f"{words} (`chflags {name}`)", command)
        return None

else:

    def _read_protection(path: Path) -> Protection | None:
        """What ``lsattr`` shows. Windows has none that the owner of a file would meet."""
        flags = read_flags(path)
        letter = "i" if flags & _IMMUTABLE else "a" if flags & _APPEND else ""
        if not letter:
            return None
        words = "immutable" if letter == "i" else "append-only"
        sudo = "sudo " if sys.platform != "win32" and os.geteuid() else ""
        command = f"{sudo}chattr -{letter} {shlex.quote(str(path))}"
        return Protection(path, f"{words} (`chattr +{letter}`)", command)


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
