"""What a kind of timer is: a :class:`Timer` holds every fact about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proxyenv.model.host import Host
    from proxyenv.model.machine import Machine

MINUTES: Final = 60
"""Between two runs; a run that finds nothing takes a third of a second."""

_LAST_CONTROL: Final = 0x1F


class TimerOrder(NamedTuple):
    """What is run.

    Args:
        command: the interpreter, absolute, and its arguments.
        environment: what says where the files of the installation and of Prefect are, and no more.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]


class Timer(NamedTuple):
    """Everything that proxyenv knows of one kind of timer.

    Args:
        title: for messages.
        platform: as ``sys.platform`` says it.
        trigger: the name of the one file whose change starts or stops the timer.
        is_here: whether something on the machine would run it.
        places: the path of each file.
        files: the same, each with its text.
        start: the commands that make it run at once, once the files are written.
        stop: the commands that end it, once they are gone.
        source: of these facts.
    """

    title: str
    platform: str
    trigger: str
    is_here: Callable[[Machine], bool]
    places: Callable[[Host], tuple[Path, ...]]
    files: Callable[[Host, TimerOrder], tuple[tuple[Path, str], ...]]
    start: Callable[[Path], tuple[tuple[str, ...], ...]]
    stop: Callable[[Path], tuple[tuple[str, ...], ...]]
    source: str


def require_representable(order: TimerOrder, *, where: str) -> None:
    """Refuse what no file of this kind can say.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    for text in (*order.command, *order.environment.values()):
        if any(ord(letter) <= _LAST_CONTROL or "\ud800" <= letter <= "\udfff" for letter in text):
            raise PlanError(
                "value-unrepresentable",
                f"{text!r} has a control character or is not UTF-8, which {where} cannot hold",
                hint="leave `--timer` out; `proxyenv refresh --if-stale --yes` can be run by any schedule",
            )
