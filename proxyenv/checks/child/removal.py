"""How runs and what belongs to them are taken away from Prefect's server."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from uuid import UUID

TICK: Final = 1.0
"""Seconds from one question to the next."""
NOT_YET: Final = frozenset({"SCHEDULED"})
"""The states of a run that no worker has taken."""
FINAL: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
"""Those of a run that has ended."""


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
