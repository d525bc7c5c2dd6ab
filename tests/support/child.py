"""Run something in a process of its own that may be stopped, hurt or killed at a chosen moment.

The process is a fork, so that it needs no start-up and may run a closure. Its moments are what the
interpreter reports to audit hooks before it does them (a file opened for writing, a rename, a
deletion, a directory made or removed, a change of mode or owner) and the calls of ``write`` and
``fsync``, which have no audit event.
"""

from __future__ import annotations

import os
import sys
import traceback
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS: Final = frozenset(
    {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "os.chown", "os.truncate"}
)

SIGKILL: Final = 9

KILLED: Final = -SIGKILL


def in_child(action: Callable[[], str]) -> str:
    """Run *action* in a fork and return what it returns.

    Raises:
        AssertionError: it raised, with its traceback, or was killed.
    """
    status, text = _fork(action)
    assert status == 0, text
    return text


def disturbed(action: Callable[[], object], *, at: int, by: Callable[[], object]) -> int:
    """Run *action* in a fork and call *by* just before the moment number *at*, counted from 1.

    A ``write`` at that moment has written half of its data.

    Args:
        action: what to run.
        at: the moment.
        by: what happens then; it may raise or kill the process.

    Returns:
        0 when *action* returned, a negative signal number when it was killed.

    Raises:
        AssertionError: *action* raised, with its traceback.
    """

    def run() -> str:
        _count_moments(at, by)
        action()
        return ""

    status, text = _fork(run)
    assert status <= 0, text
    return status


def moments(action: Callable[[], object]) -> int:
    """How many moments *action* has, run in a fork."""
    seen: list[int] = []

    def run() -> str:
        _count_moments(0, lambda: None, seen)
        action()
        return str(len(seen))

    return int(in_child(run))


def kill() -> None:
    """End this process as ``kill -9`` does."""
    os.kill(os.getpid(), SIGKILL)


def raising(error: BaseException) -> Callable[[], None]:
    """A disturbance that raises *error*."""

    def disturb() -> None:
        raise error

    return disturb


def _count_moments(at: int, by: Callable[[], object], seen: list[int] | None = None) -> None:
    seen = [] if seen is None else seen
    write, fsync, number = os.write, os.fsync, count(1)

    def is_now() -> bool:
        seen.append(1)
        return next(number) == at  # in one step, since files are brought to the disk by several threads

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & os.O_CREAT)
        if (opened or event in EVENTS) and is_now():
            by()

    def half_write(descriptor: int, data: memoryview) -> int:
        if is_now():
            write(descriptor, data[: len(data) // 2])
            by()
        return write(descriptor, data)

    def noted_fsync(descriptor: int) -> None:
        if is_now():
            by()
        fsync(descriptor)

    os.write = half_write  # type: ignore[assignment] # this process runs nothing else
    os.fsync = noted_fsync  # type: ignore[assignment] # likewise
    sys.addaudithook(audit)


if sys.platform == "win32":

    def _fork(action: Callable[[], str]) -> tuple[int, str]:
        raise NotImplementedError

else:

    def _fork(action: Callable[[], str]) -> tuple[int, str]:
        reader, writer = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            write = os.write
            os.close(reader)
            try:
                text, status = action(), 0
            except BaseException:  # noqa: BLE001 - this process ends here; the other one reports it
                text, status = traceback.format_exc(), 1
            write(writer, text.encode()[:60000])
            os._exit(status)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            text = stream.read().decode()
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), text
