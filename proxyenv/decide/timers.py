"""The timer that runs ``refresh --if-stale``: its files, or why there can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.locating import find_locating
from proxyenv.catalog.timers import find_timer
from proxyenv.catalog.timers.timer import TimerOrder
from proxyenv.errors import PlanError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.findings import TimerFindings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.intent import Intent

_OTHERWISE: Final = "run `proxyenv refresh --if-stale --yes` from another schedule: docs/fleet.md has some"


class TimerTarget(NamedTuple):
    """What is written for a timer.

    Args:
        files: path and text, each before whatever names it.
        notes: what the user should know.
    """

    files: tuple[tuple[Path, str], ...] = ()
    notes: tuple[str, ...] = ()


def choose_timer(host: Host, found: TimerFindings | None, intent: Intent) -> TimerTarget:
    """The timer's files; none where none is wanted.

    Raises:
        PlanError: ``timer-unavailable``; ``value-unrepresentable``.
    """
    if not intent.timer or found is None:
        return TimerTarget()
    if host.for_all:
        message = f"{intent.where('timer')} is for one user, and this sets up the whole machine"
        raise PlanError("timer-unavailable", message, hint=_OTHERWISE)
    timer = find_timer(host.platform)
    if timer is None or (intent.is_ordered("timer") and not found.is_here):
        what = f"{timer.title} does not run here" if timer else f"`{host.platform}` has none that is known"
        raise PlanError(
            "timer-unavailable", f"{intent.where('timer')} needs a timer: {what}", hint=_OTHERWISE
        )
    if found.writer is not None:
        raise PlanError(
            "timer-unavailable",
            f"{intent.where('timer')} would run `{found.python}` as root, and {found.writer}",
            hint="use a Python that only root can write",
        )
    order = TimerOrder(
        (found.python, "-P", "-m", "proxyenv", "refresh", "--if-stale", "--yes", *_find_prefix(host.layout)),
        {"HOME": str(host.home), **find_locating(host)},  # a timer has none of this shell's variables
    )
    notes = () if found.lingers else (_LOGGED_IN,)
    return TimerTarget(timer.files(host, order), notes)


_LOGGED_IN: Final = "the timer runs while you are logged in; `loginctl enable-linger` lets it run always"


def _find_prefix(layout: Layout) -> tuple[str, ...]:
    return ("--prefix", str(layout.config)) if layout.config == layout.state else ()
