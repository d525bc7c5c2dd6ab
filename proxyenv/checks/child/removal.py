"""How runs and what belongs to them are taken away from Prefect's server."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from uuid import UUID

T = TypeVar("T")

TICK: Final = 1.0
"""Seconds from one question to the next."""
NOT_YET: Final = frozenset({"SCHEDULED"})
"""The states of a run that no worker has taken."""
FINAL: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
"""Those of a run that has ended."""

_INSISTENCE: Final = 60.0
_UNAVAILABLE: Final = 503
_BUSY_SERVER: Final = "exception_message"
"""In what Prefect's own server answers, with a 503, where two write to its SQLite at once: it wants to be
asked again. A proxy that answers 503 has no way to the server."""


class Insistence:
    """Asks a busy server again, beside the retries of Prefect's client.

    Args:
        seconds: that all questions together may wait for it.
        tick: seconds from one question to the next.
    """

    def __init__(self, seconds: float = _INSISTENCE, tick: float = TICK) -> None:
        self._left, self._tick = seconds, tick

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """The answer, once the server has time for one.

        Args:
            question: does no harm where it is asked twice.
        """
        while True:
            begun = time.monotonic()
            try:
                return await question()
            except Exception as error:
                if not _is_busy(error) or self._left <= 0:
                    raise
            await asyncio.sleep(self._tick)
            self._left -= time.monotonic() - begun


def _is_busy(error: Exception) -> bool:
    answer: Any = getattr(error, "response", None)
    return find_status(error) == _UNAVAILABLE and _BUSY_SERVER in answer.text


def find_status(error: Exception) -> int:
    """The status of the answer that is an error; 0 where there was none."""
    return int(getattr(getattr(error, "response", None), "status_code", 0))


def find_state(run: Any) -> str:  # noqa: ANN401 - Prefect's own type
    """The type of a run's state."""
    return str(run.state.type.value) if run.state is not None else "SCHEDULED"


async def await_runs(find: Callable[[], Awaitable[list[Any]]], patience: float) -> list[Any]:
    """The runs, once none is going on.

    Args:
        find: asks for all of them.
        patience: seconds; then they are what they are.
    """
    deadline = time.monotonic() + patience
    while True:
        runs = await find()
        if all(find_state(run) in FINAL | NOT_YET for run in runs) or time.monotonic() > deadline:
            return runs
        await asyncio.sleep(TICK)


async def delete_each(delete: Callable[[UUID], Awaitable[object]], numbers: Iterable[UUID]) -> None:
    """Delete one after the other; one that is gone already is fine."""
    from prefect.exceptions import ObjectNotFound

    for number in numbers:
        try:
            await delete(number)
        except ObjectNotFound:
            continue
