"""Servers of a whole session stand still while no test of a module needs them.

An idle server of Prefect's looks around all the time: a few of them take one processor of two from the tests.
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

    from proxyenv.demo.prefect_server import PrefectServer

_SERVERS: Final[dict[str, PrefectServer]] = {}


@contextlib.contextmanager
def resting(fixture: str, server: PrefectServer) -> Iterator[None]:
    """Let a server stand still in each module of which no test asks for *fixture*."""
    _SERVERS[fixture] = server
    try:
        yield
    finally:
        _tell(_SERVERS.pop(fixture), awake=True)  # or it does not hear that it is to end


@pytest.fixture(autouse=True, scope="module")
def servers_that_are_needed(request: pytest.FixtureRequest) -> None:
    """Wake the servers of a module, and let the others stand still."""
    needed = _find_needed(request.session).get(request.path, frozenset())
    for fixture, server in _SERVERS.items():
        _tell(server, awake=fixture in needed)


@cache
def _find_needed(session: pytest.Session) -> dict[Path, frozenset[str]]:
    """The fixtures that the tests of each file ask for, through others too."""
    found: dict[Path, frozenset[str]] = {}
    for item in session.items:
        names = item.fixturenames if isinstance(item, pytest.Function) else ()
        found[item.path] = found.get(item.path, frozenset()).union(names)
    return found


def _tell(server: PrefectServer, *, awake: bool) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.child.process.pid, signal.SIGCONT if awake else signal.SIGSTOP)
