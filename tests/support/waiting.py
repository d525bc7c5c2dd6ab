"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["wait_until"]


_SLOWEST: Final = 4
"""How many times as long a slow machine takes."""


def wait_until(condition: Callable[[], bool], limit: float = 30) -> bool:
    """Whether it comes true within *limit* seconds of a quick machine, which may be four times as many."""
    deadline = time.monotonic() + _SLOWEST * limit
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
