"""What goes wrong while writing, and the words for it."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from proxyenv.apply.identity import acting_for, find_acting_user
from proxyenv.errors import ApplyError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ_ONLY: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Fault(Exception):  # noqa: N818 - it never leaves this room: it becomes an `ApplyError`
    """The operating system refused something.

    Args:
        path: the file or directory that was being written, never a temporary name.
        error: what the operating system said; its own path may be missing or a temporary one.
        hint: the next step, where whoever raises it knows one.

    Attributes:
        user: the user whose rights root had taken; ``None``: nobody's.
    """

    def __init__(self, path: Path, error: OSError, hint: str = "") -> None:
        super().__init__(path, error, hint)
        self.path = path
        self.error = error
        self.hint = hint
        self.user = find_acting_user()


class Restoration(NamedTuple):
    """What a roll-back achieved.

    Args:
        put_back: the files that had been written and are as before again.
        stuck: the files that could not be put back.
        done: what stays as it was made, as a clause.
    """

    put_back: tuple[Path, ...] = ()
    stuck: tuple[Path, ...] = ()
    done: str = ""


@contextmanager
def step(path: Path) -> Iterator[None]:
    """Run the body, operations on *path* or beside it, with the rights that count there.

    Raises:
        Fault: the body raised an ``OSError``.
    """
    with attributed(path), acting_for(path), attributed(path):  # the inner one knows whose rights they were
        yield


@contextmanager
def attributed(path: Path) -> Iterator[None]:
    """Attribute every ``OSError`` of the body to *path*.

    Raises:
        Fault: the body raised an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise Fault(path, error) from error


def apply_error(fault: Fault, restoration: Restoration) -> ApplyError:
    """The error for the user: what failed, why, in what state that leaves the machine, and what to do now.

    Args:
        fault: what failed.
        restoration: what was put back since.
    """
    reason = (fault.error.strerror or str(fault.error)).strip()
    reason = reason[:1].lower() + reason[1:]
    message = f"`{fault.path}` could not be written: {reason}; {_consequence(restoration)}"
    if restoration.stuck:
        hint = "run `proxyenv uninstall` once the cause is gone: the receipt tells it what is left"
        return ApplyError(_code(fault.error), message, hint=hint)
    from proxyenv.apply.hints import find_hint

    found = fault.hint or find_hint(fault.path, fault.error, fault.user)
    return ApplyError(_code(fault.error), message, hint=found)


@contextmanager
def nothing_changed() -> Iterator[None]:
    """Tell the user of a fault in the body after which nothing has to be put back.

    Raises:
        ApplyError: ``read-only``, ``no-space`` or ``write-failed``.
    """
    try:
        yield
    except Fault as fault:
        raise apply_error(fault, Restoration()) from fault.error


@contextmanager
def in_spite_of(done: str) -> Iterator[None]:
    """Tell the user of a fault in the body after which something stays as it was made.

    Args:
        done: what, as a clause.

    Raises:
        ApplyError: ``read-only``, ``no-space`` or ``write-failed``.
    """
    try:
        yield
    except Fault as fault:
        raise apply_error(fault, Restoration(done=done)) from fault.error


def changed_meanwhile(path: Path) -> ApplyError:
    """The error for a file that is not what the plan was made from."""
    return ApplyError(
        "changed-meanwhile",
        f"`{path}` changed after the plan was made; nothing was changed",
        hint="run the command again: it plans from what is there now",
    )


def _code(error: OSError) -> str:
    if error.errno in _READ_ONLY:
        return "read-only"
    return "no-space" if error.errno in _NO_SPACE else "write-failed"


def _consequence(restoration: Restoration) -> str:
    parts = [restoration.done] if restoration.done else []
    if restoration.put_back:
        parts.append(f"{_listed(restoration.put_back)} put back as before")
    if restoration.stuck:
        parts.append(f"{_listed(restoration.stuck)} could not be put back")
    return ", ".join(parts) or "nothing was changed"


def _listed(paths: tuple[Path, ...]) -> str:
    return " and ".join(f"`{path}`" for path in paths)
