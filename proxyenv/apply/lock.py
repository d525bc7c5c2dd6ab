"""No two proxyenv write the same installation at once."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from proxyenv.apply.faults import Fault
from proxyenv.apply.identity import acting_for
from proxyenv.errors import ApplyError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_BUSY: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK})

# NFS locks only what is open for writing, which a directory never is; some file systems have no
# locks at all. Homes lie on such systems. There, that a file which changed meanwhile is refused and
# that every write is a rename has to be enough.
_UNSUPPORTED: Final = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})

_LEAVES_A_FILE: Final = sys.platform == "win32"
"""Whether a held lock is a file, which would keep its directory from being removed."""


@contextmanager
def locked(receipt_path: Path, ours: Collection[Path]) -> Iterator[None]:
    """Hold the lock of an installation.

    The directory of the receipt comes and goes with the installation, so the lock is also on the
    nearest directory above it that does not. It is released when the process ends, however it ends.

    Args:
        receipt_path: which installation.
        ours: the directories that the installation has created, or is about to create or remove.

    Raises:
        ApplyError: ``locked``: another process holds it.
        Fault: a directory cannot be opened.
    """
    anchor = next(path for path in receipt_path.parents if path not in ours and path.is_dir())
    with ExitStack() as held:
        held.callback(os.close, _lock(anchor))
        inner = receipt_path.parent
        if inner != anchor and inner.is_dir() and not _LEAVES_A_FILE:
            held.callback(os.close, _lock(inner))
        yield


def _lock(directory: Path) -> int:
    try:
        with acting_for(directory):
            descriptor = _open(directory)
    except FileNotFoundError as error:  # it was there: whoever holds its lock has just removed it
        raise _busy(directory) from error
    except OSError as error:
        raise Fault(directory, error) from error
    try:
        _take(descriptor)
        if _is_gone(descriptor, directory):
            raise BlockingIOError(errno.EAGAIN, "removed before it could be locked")
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return descriptor
        os.close(descriptor)
        if error.errno in _BUSY:
            raise _busy(directory) from error
        raise Fault(directory, error) from error
    return descriptor


def _busy(directory: Path) -> ApplyError:
    return ApplyError(
        "locked",
        f"another proxyenv is writing below `{directory}`",
        hint="wait until it has ended, then run the command again",
    )


if sys.platform == "win32":

    def _open(directory: Path) -> int:
        # Windows has no locks on directories. O_TEMPORARY: the file goes when the last process
        # that has it open closes it or ends.
        return os.open(directory / ".proxyenv-lock", os.O_RDWR | os.O_CREAT | os.O_TEMPORARY)

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _is_gone(descriptor: int, directory: Path) -> bool:  # noqa: ARG001 - the other platforms look at both
        return False  # a directory that holds an open file cannot be removed

else:

    def _open(directory: Path) -> int:
        return os.open(directory, os.O_RDONLY | os.O_DIRECTORY)

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_gone(descriptor: int, directory: Path) -> bool:
        try:
            return not os.path.samestat(os.fstat(descriptor), directory.stat())
        except FileNotFoundError:
            return True
