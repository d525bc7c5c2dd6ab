"""A file that has several names is written in place: a new file in its place would have only one of them.

So is one with an owner, a group or an attribute that cannot be given to another file. What stood there is
kept beside it first, on the disk, with what is to stand there (:mod:`~proxyenv.formats.overwrite`). Whoever
looks at the file takes it for what that says of it, and whoever writes next puts the old content back where
the file is half written.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import (
    close,
    delete,
    find_lost_attributes,
    needs_group,
    overwrite_file,
    read_overwrite,
    sync_directory,
    sync_files,
    temporary_file,
    write_all,
    write_new,
)
from proxyenv.apply.faults import Fault, step
from proxyenv.apply.identity import acting_for, find_acting_user
from proxyenv.bounded import read_open
from proxyenv.formats.overwrite import Overwrite, render_overwrite
from proxyenv.model.change import FileState
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.apply.atomic import Opened

_PRIVATE: Final = 0o600
_KNOWS_EFFECTIVE: Final = os.access in os.supports_effective_ids
_WRITING: Final = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Writing(NamedTuple):
    """How a file of somebody's gets new content: another file takes its place, or it is written in place.

    Args:
        is_in_place: whether it is written in place.
        keeps_owner: whether another file in its place could have its owner and group.
        refusal: why it can be written in neither way, as a clause; empty: it can.
    """

    is_in_place: bool
    keeps_owner: bool
    refusal: str = ""


def foresee_writing(path: Path) -> Writing:
    """How a file would be written, as far as can be known before another is made beside it.

    Raises:
        OSError: it is not there, or root may not take another user's rights here.
    """
    with acting_for(path):
        status = path.lstat()
        hidden = find_lost_attributes(path, path)
        return _decide(path, status, keeps_owner=_may_give(status, path.parent), lost=hidden)


def must_stay(path: Path) -> bool:
    """Whether something would be lost if the staged file took the place of this one, and need not be.

    Raises:
        Fault: it would be lost, and the file cannot be written in place.
    """
    with step(path):
        try:
            status, staged = path.lstat(), temporary_file(path).lstat()
        except FileNotFoundError:  # somebody has deleted it: said where it is compared
            return False
        keeps_owner = (status.st_uid, status.st_gid) == (staged.st_uid, staged.st_gid)
        lost = find_lost_attributes(path, temporary_file(path))
        writing = _decide(path, status, keeps_owner=keeps_owner, lost=lost)
        if writing.refusal:
            from proxyenv.apply.hints import find_hint_for_file

            hint = find_hint_for_file(path, status, _find_user())
            raise Fault(path, PermissionError(errno.EPERM, writing.refusal), hint)
        return writing.is_in_place


def _decide(path: Path, status: os.stat_result, *, keeps_owner: bool, lost: tuple[str, ...] = ()) -> Writing:
    has_names = status.st_nlink > 1
    if keeps_owner and not (has_names or lost):
        return Writing(is_in_place=False, keeps_owner=True)
    if os.access(path, os.R_OK | os.W_OK, effective_ids=_KNOWS_EFFECTIVE):
        return Writing(is_in_place=True, keeps_owner=keeps_owner)
    refusal = ""
    if lost:
        refusal = (
            f"its attribute `{lost[0]}` cannot be given to another file, and it cannot be written in place"
        )
    elif not keeps_owner and (has_names or find_acting_user() is None or needs_group(status.st_mode)):
        what = "has another name, a hard link, and belongs" if has_names else "belongs"
        refusal = (
            f"it {what} to the user {status.st_uid} and the group {status.st_gid}, as another file in its "
            "place could not, and it cannot be written in place"
        )
    return Writing(is_in_place=False, keeps_owner=keeps_owner, refusal=refusal)


if sys.platform == "win32":

    def _may_give(_status: os.stat_result, _directory: Path) -> bool:
        """Whether a new file there can have the owner of another: Windows derives it from the directory."""
        return True

    def _find_user() -> int:
        """Windows has no such numbers."""
        return 0

else:

    def _may_give(status: os.stat_result, directory: Path) -> bool:
        """Whether a new file there can have the owner and the group of another."""
        if os.geteuid() == 0:
            return True
        above = directory.stat()
        gives_group = sys.platform == "darwin" or above.st_mode & stat.S_ISGID
        groups = {os.getegid(), *os.getgroups(), *([above.st_gid] if gives_group else ())}
        return status.st_uid == os.geteuid() and status.st_gid in groups

    def _find_user() -> int:
        """Whose rights this process acts with."""
        return os.geteuid()


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
        write_new(overwrite_file(path), state, opened, on_behalf_of=path, may_lack_owner=True)
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
