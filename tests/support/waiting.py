"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["wait_until"]


def wait_until(condition: Callable[[], bool], limit: float = 30) -> bool:
    """Whether it comes true within *limit* seconds."""
    deadline = time.monotonic() + limit
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
