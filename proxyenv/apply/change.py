"""One change: of a file, which :mod:`~proxyenv.apply.atomic` writes, or of a directory that only we write.

Such a directory has its old content, its new one, or is for an instant not there. It is *staged* as a
whole under a temporary name, every file complete and on the disk; *publishing* it is one rename where
nothing stood, and two where the earlier one has to be moved aside. What writes raises
:class:`~proxyenv.apply.faults.Fault` when the operating system refuses.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import (
    close,
    delete,
    discard,
    emptied,
    is_as_expected,
    moved_aside,
    open_directory,
    overwrite_file,
    publish,
    set_mode,
    set_owner,
    sync_files,
    temporary_file,
    write,
    write_new,
)
from proxyenv.apply.faults import step
from proxyenv.apply.identity import acting_for
from proxyenv.bounded import read_open
from proxyenv.errors import ApplyError
from proxyenv.model.change import FileState, Leaf, pack_tree, unpack_tree
from proxyenv.plan.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from proxyenv.apply.atomic import Opened
    from proxyenv.model.change import Change


def is_as(change: Change, state: FileState | None) -> bool:
    """Whether the file or directory of *change* is as *state* says."""
    if KINDS[change.kind].is_directory:
        return is_tree_as_expected(change.path, state)
    return is_as_expected(change.path, state)


def is_moved_aside(change: Change) -> bool:
    """Whether the directory of *change* has been moved aside, with nothing in its place yet."""
    return KINDS[change.kind].is_directory and change.before is not None and not os.path.lexists(change.path)


def stage_changes(changes: Collection[Change], *others: tuple[Path, FileState]) -> None:
    """Prepare the new contents of all that have one, and bring them to the disk together.

    Args:
        changes: of files and directories.
        others: files of which only the new content matters.

    Raises:
        Fault: the operating system refused, or a file of somebody's can be written in no way without a loss.
    """
    opened: list[Opened] = []
    try:
        for change in changes:
            if change.after is None:
                continue
            if KINDS[change.kind].is_directory:
                _write_tree(change.path, change.after, opened)
                open_directory(temporary_file(change.path), opened, on_behalf_of=change.path)
            else:
                write(change.path, change.after, opened, may_lack_owner=_is_of_others(change))
        for path, state in others:
            write(path, state, opened)
        sync_files(opened)
    finally:
        close(opened)
    for change in filter(_is_of_others, changes):
        from proxyenv.apply.in_place import must_stay

        must_stay(change.path)


def _is_of_others(change: Change) -> bool:
    """Whether it gives new content to a file of somebody's."""
    kind = KINDS[change.kind]
    is_change = change.before is not None and change.after is not None
    return is_change and not kind.is_directory and not kind.is_ours


def commit_change(change: Change) -> None:
    """Put what was prepared in its place, or delete what goes.

    Raises:
        ApplyError: ``changed-meanwhile``: somebody has written the file since it was looked at.
        Fault: the operating system refused.
    """
    if not is_as(change, change.before):
        raise _changed(change.path)
    if KINDS[change.kind].is_directory:
        (delete_tree if change.after is None else publish_tree)(change.path)
    elif change.before is None or KINDS[change.kind].is_ours:
        (delete if change.after is None else publish)(change.path)
    else:
        _write_others(change.path, change.before, change.after)


def _write_others(path: Path, before: FileState, after: FileState | None) -> None:
    """Write somebody's file: in place where a new one would lack something of it."""
    from proxyenv.apply.in_place import must_stay, overwrite

    if after is None or not must_stay(path):
        _replace(path, before, is_deletion=after is None)
        return
    is_done = overwrite(path, before, after)
    discard(path)
    if not is_done:
        raise _changed(path)


def _replace(path: Path, before: FileState, *, is_deletion: bool) -> None:
    """Replace or delete somebody's file, which may be saved at this very moment: what is saved then stays."""
    from proxyenv.apply.exchange import exchange

    staged = temporary_file(path)
    with step(path):
        if is_deletion:
            path.rename(staged)
        elif not exchange(staged, path):
            publish(path)
            return
    if is_as_expected(staged, before):
        discard(path)
        return
    with step(path):
        if not is_deletion:
            exchange(staged, path)
        elif not os.path.lexists(path):
            staged.rename(path)
    raise _changed(path)


def _changed(path: Path) -> ApplyError:
    return ApplyError(
        "changed-meanwhile",
        f"`{path}` was changed by somebody else while this was running; everything is as it was before, with "
        "their change",
        hint="run the command again: it plans from what is there now",
    )


def discard_staged(path: Path) -> None:
    """Delete whatever is staged for *path*, a file or a directory, and what was moved aside for it.

    What a run that was killed has done by halves is taken back: a file that was written in place, a directory
    whose files were being moved.
    """
    if any(make(path).is_dir() for make in (temporary_file, moved_aside, emptied)):
        discard_tree(path)
        return
    if os.path.lexists(overwrite_file(path)):
        from proxyenv.apply.in_place import settle

        settle(path)
    discard(path)


_MOST: Final = 64 * 1024 * 1024
"""In bytes. What we write is a hundredth of it; a directory of somebody else's may be anything."""

_TRIES: Final = 20


def read_tree(path: Path) -> FileState | None:
    """The directory as it is now, packed, or ``None`` when there is nothing.

    Raises:
        OSError: it is no directory, holds anything but files, or is larger than any that proxyenv writes.
    """
    for _ in range(_TRIES):
        try:
            status = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        with contextlib.suppress(FileNotFoundError):  # another run is replacing the directory
            content = pack_tree(_read_all_leaves(path))
            if os.path.samestat(status, path.lstat()):
                owner = None if sys.platform == "win32" else (status.st_uid, status.st_gid)
                return FileState(content, stat.S_IMODE(status.st_mode), owner)
    raise OSError(errno.EAGAIN, "it keeps changing", str(path))


def _read_all_leaves(path: Path) -> Iterator[Leaf]:
    """Also those that a run that was killed has moved away."""
    yield from _read_leaves(path)
    if emptied(path).is_dir():
        yield from _read_leaves(emptied(path))


def _read_leaves(path: Path) -> Iterator[Leaf]:
    size = 0
    with os.scandir(path) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False):
                raise OSError(errno.EINVAL, f"it holds `{entry.name}`, which is not a file", str(path))
            size += entry.stat(follow_symlinks=False).st_size
            if size > _MOST:
                raise OSError(errno.EFBIG, f"it holds more than {_MOST // 1024**2} MiB", str(path))
            yield _read_leaf(entry)


def _read_leaf(entry: os.DirEntry[str]) -> Leaf:
    with open(entry.path, "rb", buffering=0) as stream:  # noqa: PTH123 - a hundred files; pathlib would take as long as the rest
        mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
        return Leaf(entry.name, mode, read_open(stream, entry.path, limit=_MOST))


def is_tree_as_expected(path: Path, expected: FileState | None) -> bool:
    """Whether the files and the modes are as expected, or the directory is absent as expected.

    A directory that proxyenv cannot have written, such as one with a directory in it, never is.
    """
    try:
        with acting_for(path):
            found = read_tree(path)
    except OSError:
        return False
    if found is None or expected is None:
        return found is expected
    return (found.content, found.mode) == (expected.content, expected.mode)


def _write_tree(path: Path, state: FileState, opened: list[Opened]) -> None:
    """Write the directory under the temporary name of *path*, complete; its files are added to *opened*."""
    discard_tree(path)
    staged = temporary_file(path)
    with step(path):
        staged.mkdir(0o700)
        for leaf in unpack_tree(state.content):
            content = FileState(leaf.content, leaf.mode, state.owner)
            write_new(staged / leaf.name, content, opened, on_behalf_of=path)
        _set_rights(staged, state)


def _set_rights(directory: Path, state: FileState) -> None:
    opened: list[Opened] = []
    try:
        open_directory(directory, opened, on_behalf_of=directory)
        for _, descriptor in opened:  # none on Windows
            set_owner(descriptor, state)
            set_mode(descriptor, state)
    finally:
        close(opened)


def publish_tree(path: Path) -> None:
    """Put what was staged in the place of *path*.

    No system call of Python's replaces a directory that has something in it, so there is an instant
    without one. A run that is killed in it leaves both, under names that the next one clears.
    """
    with step(path):
        if os.path.lexists(path):
            _move_aside(path)
        temporary_file(path).rename(path)
    _remove(moved_aside(path), on_behalf_of=path)


def _move_aside(path: Path) -> None:
    """Move the directory aside, or leave it as it is.

    In a container a directory that comes from the image cannot be moved (overlayfs says EXDEV), and its files
    can. Until all of them are, those that were moved count as if they were in it.
    """
    aside, gathered = moved_aside(path), emptied(path)
    try:
        path.rename(aside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        gathered.mkdir(0o700, exist_ok=True)
        try:
            _move_files(path, gathered)
            path.rmdir()
        except BaseException:
            _gather_back(path)
            raise
        gathered.rename(aside)


def _gather_back(path: Path) -> None:
    _move_files(emptied(path), path)
    emptied(path).rmdir()


def _move_files(directory: Path, other: Path) -> None:
    for path in tuple(directory.iterdir()):
        path.rename(other / path.name)


def delete_tree(path: Path) -> None:
    """Delete the directory, which may be gone already. It goes in one step."""
    with step(path):
        if os.path.lexists(path):
            _move_aside(path)
    _remove(moved_aside(path), on_behalf_of=path)


def discard_tree(path: Path) -> None:
    """Delete what is staged for *path* and what was moved aside; what was being moved goes back."""
    if emptied(path).is_dir() and path.is_dir():
        with step(path):
            _gather_back(path)
    for directory in (temporary_file(path), moved_aside(path), emptied(path)):
        _remove(directory, on_behalf_of=path)


def _remove(directory: Path, *, on_behalf_of: Path) -> None:
    with step(on_behalf_of):
        if not directory.is_dir():
            return
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
