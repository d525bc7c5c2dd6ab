"""Makes a timer run whose files were written, or ends one whose files are gone.

The service manager reads the files at the next login in any case. So where it cannot be reached, as in a
container or over ``su``, a note says so and nothing fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import run_program
from proxyenv.catalog.timers import find_timer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.apply.identity import User
    from proxyenv.catalog.timers.timer import Timer
    from proxyenv.model.change import Change

_SECONDS: Final = 30.0
_KEPT: Final = ("HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def settle_timers(
    changes: Iterable[Change], environment: Mapping[str, str], *, user: User | None = None
) -> Iterator[str]:
    """Start or stop the timers whose files changed.

    Args:
        changes: that were made.
        environment: says how the session's manager is reached.
        user: whose manager it is, where root asks for that user.

    Returns:
        What happened, a clause for each timer.
    """
    for change in changes:
        timer = find_timer_of(change.path)
        if timer is None or change.action == "none":
            continue
        is_gone = change.after is None
        commands = (timer.stop if is_gone else timer.start)(change.path)
        reason = next(filter(None, (_run(each, environment, user) for each in commands)), None)
        yield _describe(timer, reason, is_gone=is_gone)


def _describe(timer: Timer, reason: str | None, *, is_gone: bool) -> str:
    if reason is None:
        return "the timer is stopped" if is_gone else "the timer runs, and looks every hour"
    then = (
        "if the timer runs, it ends with your session" if is_gone else "the timer runs from your next login"
    )
    return f"{timer.title} could not be asked: {reason}; {then}"


if sys.platform == "win32":

    def _run(command: tuple[str, ...], environment: Mapping[str, str], user: User | None) -> str | None:  # noqa: ARG001
        return f"`{command[0]}` is not here"

else:

    def _run(command: tuple[str, ...], environment: Mapping[str, str], user: User | None) -> str | None:
        """Why a command failed, or ``None``; to end what does not run is no failure."""
        program = shutil.which(command[0], path=_PATH)
        if program is None:
            return f"`{command[0]}` is not here"
        number = str(user.number if user else os.getuid())
        words = [word.replace("{uid}", number) for word in command[1:]]
        runtime = {"XDG_RUNTIME_DIR": f"/run/user/{number}"}
        names = _KEPT[:1] if user else _KEPT  # the rest is root's session
        kept = {name: environment[name] for name in names if name in environment}
        try:
            done = run_program(
                [program, *words],
                environment={**runtime, **kept, "PATH": _PATH},
                seconds=_SECONDS,
                user=user,
            )
        except OSError as error:
            return error.strerror or str(error)
        if done.status == 0 or "bootout" in command:
            return None
        return done.said or f"status {done.status}"
