"""Servers of a whole session stand still while no test of a module needs them.

An idle server of Prefect's looks around all the time, and so does one of Docker's: a few of them take one
processor of two from the tests.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SERVERS: Final[dict[str, tuple[int, ...]]] = {}


@contextlib.contextmanager
def resting(fixture: str, *processes: int) -> Iterator[None]:
    """Let a server stand still in each module of which no test asks for *fixture*.

    Args:
        fixture: that gives the server.
        processes: of it; whoever watches over others comes before them.
    """
    _SERVERS[fixture] = processes
    try:
        yield
    finally:
        _tell(_SERVERS.pop(fixture), awake=True)  # or it does not hear that it is to end


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Wake the servers of a module before any of its fixtures, and let the others stand still."""
    needed = _find_needed(item.session).get(item.path, frozenset())
    for fixture, processes in _SERVERS.items():
        _tell(processes, awake=fixture in needed)


@cache
def _find_needed(session: pytest.Session) -> dict[Path, frozenset[str]]:
    """The fixtures that the tests of each file ask for, through others too."""
    found: dict[Path, frozenset[str]] = {}
    for item in session.items:
        names = item.fixturenames if isinstance(item, pytest.Function) else ()
        found[item.path] = found.get(item.path, frozenset()).union(names)
    return found


def _tell(processes: tuple[int, ...], *, awake: bool) -> None:
    if sys.platform != "win32":
        for process in reversed(processes) if awake else processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT if awake else signal.SIGSTOP)
