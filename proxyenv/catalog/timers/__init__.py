"""What runs ``refresh --if-stale`` every hour: a module for each kind of timer.

To add one, write a module that defines ``TIMER`` and list it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.timers import launchd, systemd

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.timers.timer import Timer

TIMERS: Final[tuple[Timer, ...]] = (systemd.TIMER, launchd.TIMER)


def find_timer(platform: str) -> Timer | None:
    """The kind of timer that a platform has."""
    return next((each for each in TIMERS if each.platform == platform), None)


def find_timer_of(path: Path) -> Timer | None:
    """The kind of timer that a file triggers; ``None`` for any other file."""
    return next((each for each in TIMERS if each.trigger == path.name), None)
