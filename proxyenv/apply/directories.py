"""Directories that come with an installation and go with it.

The receipt is what tells a later run which directories are ours, so no directory may exist without
it. Those that lead to the receipt are therefore built under a temporary name with the receipt in
them and renamed into place in one step; and go by the same step backwards.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import SUFFIX, delete, discard, put, sync_directory, temporary_directory
from proxyenv.apply.faults import Fault, step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from proxyenv.model.change import FileState

_NOT_EMPTY: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST})

_UMASK: Final = 0o022

_MODE: Final = 0o755
"""Nobody else may write, whatever the umask allows. A stricter umask is the user's wish."""


@contextmanager
def open_to_all(*, wanted: bool) -> Iterator[None]:
    """Run the body so that everybody can enter the directories that it creates, where that is *wanted*.

    A strict umask of root would keep all users from what is there for them.
    """
    if not wanted:
        yield
        return
    earlier = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(earlier)


def outermost_first(directories: Iterable[Path]) -> tuple[Path, ...]:
    """Each directory once, every one after those that contain it; else in the order given."""
    return tuple(sorted(dict.fromkeys(directories), key=lambda directory: len(directory.parts)))


def missing_directories(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The directories that have to be created before *paths* can be written, outermost first."""
    missing: list[Path] = []
    for path in paths:
        for directory in path.parents:
            with step(directory):
                if directory.exists():
                    break
            missing.append(directory)
    return outermost_first(missing)


def create_directory(directory: Path) -> None:
    """Create one directory in an existing one."""
    with step(directory):
        directory.mkdir(_MODE)


def remove_if_empty(directory: Path) -> bool:
    """Remove a directory unless something is in it. Returns whether it is gone."""
    with step(directory):
        if not directory.is_dir():  # a read-only file system refuses to remove even what is not there
            return True
        try:
            directory.rmdir()
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                raise
            return False
    return True


def create_receipt(receipt_path: Path, state: FileState, missing: Collection[Path]) -> None:
    """Make the receipt appear, with whatever directories lead to it, in one step.

    Args:
        receipt_path: where.
        state: its content and mode.
        missing: directories that do not exist; those that do not lead to the receipt are left out.
    """
    chain = outermost_first(directory for directory in receipt_path.parents if directory in missing)
    if not chain:
        put(receipt_path, state)
        return
    root = chain[0]
    temporary = temporary_directory(root)
    try:
        for directory in chain:
            create_directory(temporary / directory.relative_to(root))
        put(temporary / receipt_path.relative_to(root), state)
        for directory in reversed(chain):
            sync_directory(temporary / directory.relative_to(root))
    except Fault as fault:
        raise Fault(root, fault.error) from fault.error  # a user knows nothing of the temporary name
    with step(root):
        temporary.rename(root)
    sync_directory(root.parent)


def remove_receipt(receipt_path: Path, our_directories: Collection[Path]) -> None:
    """Delete the receipt, and with it every directory of *ours* that has nothing else in it.

    The directories that do not lead to the receipt go first, while it still names them. Those that
    do are moved away as one, receipt and all, under the temporary name: until that moment the
    receipt names them, from then on they are a leftover that has a name to find it by.
    """
    leading = [directory for directory in receipt_path.parents if directory in our_directories]
    for directory in reversed(outermost_first(our_directories)):
        if directory not in leading:
            remove_if_empty(directory)
    bare = [directory for directory in leading if _leads_only_to(receipt_path, directory)]
    if not bare:
        delete(receipt_path)
        return
    root = bare[-1]
    try:
        with step(root):
            root.rename(temporary_directory(root))
    except Fault as fault:
        if fault.error.errno != errno.EXDEV:
            raise
        _remove_in_place(receipt_path, root)  # overlayfs moves no directory that comes from the image
    else:
        sync_directory(root.parent)
        remove_leftover(temporary_directory(root), receipt_path)


def _remove_in_place(receipt_path: Path, root: Path) -> None:
    """Delete the receipt, then the empty directories that led to it."""
    delete(receipt_path)
    for directory in receipt_path.parents:
        if not remove_if_empty(directory) or directory == root:
            break
    sync_directory(root.parent)


def remove_leftovers(receipt_path: Path) -> None:
    """Remove what a killed run left of the directories that lead to the receipt."""
    for directory in receipt_path.parents:
        if directory.name and temporary_directory(directory).is_dir():
            remove_leftover(temporary_directory(directory), receipt_path)


def remove_leftover(temporary: Path, receipt_path: Path) -> None:
    """Remove a directory that was built or moved away under its temporary name.

    Only the receipt and empty directories are removed. Should somebody have put a file in there
    in the instant before it was moved, the directory goes back to its place.
    """
    root = temporary.with_name(temporary.name.removesuffix(SUFFIX))
    if receipt_path.is_relative_to(root):
        inner = temporary / receipt_path.relative_to(root)
        discard(inner)
        delete(inner)
        for directory in inner.parents:
            if directory == temporary or not remove_if_empty(directory):
                break
    if not remove_if_empty(temporary):
        with step(root):
            temporary.rename(root)


def _leads_only_to(receipt_path: Path, directory: Path) -> bool:
    """Whether there is nothing below *directory* but the receipt and the way to it."""
    inner = receipt_path
    for outer in receipt_path.parents:
        with step(outer):
            if not outer.is_dir() or any(path != inner for path in outer.iterdir()):
                return False
        if outer == directory:
            return True
        inner = outer
    return False
