"""A real Prefect server as a child process, and a look at what it stored."""

from __future__ import annotations

import json
import socket
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from proxyenv.demo.child import Child, start_child

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

START_LIMIT: Final = 900.0
"""Seconds; a fresh database takes 25 on two idle cores, and over 300 on a machine that others use. The end of
the server is seen at once."""


_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A server that was started, though it may not answer yet.

    Args:
        port: on ``127.0.0.1``.
        child: its process.
    """

    port: int
    child: Child

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            VerifyError: it ended, or takes too long (``demo-failed``).
        """
        self.child.wait_until(self._find_health, limit=START_LIMIT)

    def read_flow_run_state(self, flow_run: str) -> str:
        """The state of the flow run with this id, as the database has it, such as ``COMPLETED``."""
        runs = self._filter("flow_runs", flow_run)
        return str(runs[0]["state_type"]) if runs else "missing"

    def read_task_run_states(self, flow_run: str) -> tuple[str, ...]:
        """The states of the task runs of a flow run, as the database has them."""
        return tuple(str(run["state_type"]) for run in self._filter("task_runs", flow_run))

    def _filter(self, kind: str, flow_run: str) -> list[dict[str, Any]]:
        """Ask the API past every proxy: on loopback there is nothing to prove."""
        body = json.dumps({"flow_runs": {"id": {"any_": [flow_run]}}}).encode()
        address = f"http://127.0.0.1:{self.port}/api/{kind}/filter"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with _DIRECT.open(request, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def _find_health(self) -> bool | None:
        try:
            with _DIRECT.open(f"http://127.0.0.1:{self.port}/api/health", timeout=5) as answer:
                return True if answer.status == HTTPStatus.OK else None
        except OSError:
            return None  # not yet; the caller knows how long to wait


@contextmanager
def start_prefect_server(
    directory: Path, *, environment: Mapping[str, str], python: str = sys.executable
) -> Iterator[PrefectServer]:
    """Start a Prefect server on a free port, with a database of its own and telemetry off.

    It needs some 20 seconds; :meth:`PrefectServer.wait` waits for it, so that the caller can do something
    else in between.

    Args:
        directory: gets the database and the log; it must exist.
        environment: its environment, to which Prefect's variables are added.
        python: with the Prefect of the server.
    """
    port = _free_port()
    prefect = {
        "PREFECT_HOME": str(directory / "prefect"),
        "PREFECT_PROFILES_PATH": str(directory / "prefect" / "profiles.toml"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A proxy may use a connection in the moment in which the server closes it, by default after 5 s.
        "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT": "600",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [python, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    whole = {**environment, **prefect}
    with start_child("prefect-server", command, environment=whole, directory=directory) as child:
        yield PrefectServer(port, child)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
