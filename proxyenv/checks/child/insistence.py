"""Questions to a Prefect server that is too busy to answer at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from proxyenv.checks.child.removal import TICK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

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

    async def ask(self, question: Callable[..., Awaitable[T]], *inputs: object, **named: object) -> T:
        """The answer, once the server has time for one.

        Args:
            question: does no harm where it is asked twice.
            inputs: its arguments.
            named: those with a name.
        """
        while True:
            begun = time.monotonic()
            try:
                return await question(*inputs, **named)
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
