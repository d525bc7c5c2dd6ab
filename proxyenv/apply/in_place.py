"""A file that has several names is written in place: a new file in its place would have only one of them.

So is one with an attribute that cannot be given to another file. What stood there is kept beside it first, on
the disk, with what is to stand there (:mod:`~proxyenv.formats.overwrite`). Whoever looks at the file takes it
for what that says of it, and whoever writes next puts the old content back where the file is half written.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import (
    close,
    delete,
    find_lost_attributes,
    overwrite_file,
    read_overwrite,
    sync_directory,
    sync_files,
    temporary_file,
    write_all,
    write_new,
)
from proxyenv.apply.faults import step
from proxyenv.bounded import read_open
from proxyenv.formats.overwrite import Overwrite, render_overwrite
from proxyenv.model.change import FileState

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.apply.atomic import Opened

_PRIVATE: Final = 0o600
_KNOWS_EFFECTIVE: Final = os.access in os.supports_effective_ids
_WRITING: Final = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def must_stay(path: Path) -> bool:
    """Whether something would be lost if the staged file took the place of this one, and need not be."""
    with step(path):
        loses = path.lstat().st_nlink > 1 or find_lost_attributes(path, temporary_file(path))
        return bool(loses) and os.access(path, os.R_OK | os.W_OK, effective_ids=_KNOWS_EFFECTIVE)


def overwrite(path: Path, before: FileState, after: FileState) -> bool:
    """Write *after* over *before*.

    Returns:
        Whether it was done; not where somebody has changed the file: then their change stands.

    Raises:
        Fault: the operating system refused. The file may be half written; :func:`settle` puts it right.
    """
    _keep(path, before, after)
    with step(path):
        descriptor = os.open(path, _WRITING)
        try:
            is_same = _read(path, descriptor) == before.content and _is_at(path, descriptor)
            if is_same:
                _write(descriptor, after.content)
                is_same = _is_at(path, descriptor)
                if not is_same:  # somebody saved another file there: it stays, and the old one is as it was
                    _write(descriptor, before.content)
        finally:
            os.close(descriptor)
    _forget(path)
    return is_same


def settle(path: Path) -> None:
    """Put the old content back where a run that was killed or failed has left the file half written.

    Args:
        path: of a file that has an :func:`overwrite_file`.

    Raises:
        Fault: the operating system refused.
    """
    with step(path):
        found = read_overwrite(path)
    if found is not None:
        with step(path):
            descriptor = os.open(path, _WRITING)
            try:
                content = _read(path, descriptor)
                if found.settle(content) != content:
                    _write(descriptor, found.before)
            finally:
                os.close(descriptor)
    _forget(path)


def _keep(path: Path, before: FileState, after: FileState) -> None:
    content = render_overwrite(Overwrite(before.content, after.content))
    delete(overwrite_file(path))
    opened: list[Opened] = []
    try:
        state = FileState(content, _PRIVATE, before.owner)
        write_new(overwrite_file(path), state, opened, on_behalf_of=path)
        sync_files(opened)
    finally:
        close(opened)
    sync_directory(path.parent)


def _forget(path: Path) -> None:
    with step(path):
        overwrite_file(path).unlink(missing_ok=True)
    sync_directory(path.parent)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _read(path: Path, descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with open(os.dup(descriptor), "rb", buffering=0) as stream:  # noqa: PTH123 - a descriptor
        stream.seek(0)
        return read_open(stream, path)


def _write(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, content)
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)
