"""What was fetched, and by which way: from the origin's book and the proxy's log, never from a status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from proxyenv.demo.stage import API_URL, ORIGIN_NAME, PREFECT_NAME, PREFECT_PORT, SCHEMES, Stage
from proxyenv.demo.step import RefutedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxyenv.demo.intercepting_proxy import Exchange

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

COMMAND_LIMIT: Final = 300.0
"""Seconds for one program."""

SETTLE_LIMIT: Final = 120.0
"""Seconds until a task run that was sent by websocket is in the database."""

OK: Final = 200
SWITCHING_PROTOCOLS: Final = 101


def run(
    stage: Stage, command: Sequence[str], *, limit: float = COMMAND_LIMIT
) -> subprocess.CompletedProcess[str]:
    """Run a program as the user of *stage* would, with an empty environment and no terminal."""
    return subprocess.run(
        list(command),
        env=dict(stage.environment),
        cwd=stage.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )


def url_of(scheme: str, marker: str) -> str:
    """The address that only the program of the name *marker* asks for."""
    return f"{scheme}://{ORIGIN_NAME}/uuid?by={marker}"


def require_fetched(stage: Stage, marker: str, output: str) -> str:
    """Prove that *marker* fetched both documents through the proxy.

    Args:
        stage: what is running.
        marker: as in :func:`url_of`.
        output: what the program printed; the origin's answers must be in it.

    Returns:
        The evidence, in a line.

    Raises:
        RefutedError: the origin did not issue what was printed, or the proxy did not see the request.
    """
    printed = [found for found in UUID.findall(output) if found in stage.origin.issued]
    asked = [stage.origin.issued[found] for found in printed]
    if asked.count(f"/uuid?by={marker}") < len(SCHEMES):
        raise RefutedError(f"not every document came from the origin: {last_line(output)}")
    for scheme in SCHEMES:
        require_seen(stage, url_of(scheme, marker), since=0)
    return "http and https: the origin's answers, and both in the proxy's log"


def require_seen(stage: Stage, url: str, *, since: int, status: int = OK) -> Exchange:
    """Find the request in the proxy's log; an https one must have come through a tunnel to the origin.

    Args:
        stage: what is running.
        url: the whole URL.
        since: how many lines of the log to skip.
        status: what must have been answered.

    Raises:
        RefutedError: it is not there.
    """
    wanted = {
        "https": (f"{ORIGIN_NAME}:443",),
        "http": (None, f"{PREFECT_NAME}:{PREFECT_PORT}", f"{ORIGIN_NAME}:80"),
    }
    for exchange in stage.proxy.exchanges[since:]:
        is_it = exchange.event == "request" and exchange.url == url and exchange.status == status
        if is_it and exchange.tunnel in wanted[url.partition(":")[0]]:
            return exchange
    raise RefutedError(f"the proxy never saw `{url}`")


def require_flow(stage: Stage, flow_run: str, *, since: int) -> str:
    """Prove from the server's database that the flow run and both of its task runs completed.

    With a broken websocket Prefect says ``Completed`` and loses the task runs, so they are what counts.

    Args:
        stage: what is running.
        flow_run: its id.
        since: how many lines of the proxy's log to skip.

    Raises:
        RefutedError: one of them is not in the database, or the websocket passed the proxy by.
    """
    require_seen(stage, f"{API_URL}/events/in", since=since, status=SWITCHING_PROTOCOLS)
    deadline = time.monotonic() + SETTLE_LIMIT
    while (states := stage.server.read_task_run_states(flow_run)) != ("COMPLETED",) * len(SCHEMES):
        if time.monotonic() > deadline:
            raise RefutedError(f"the task runs in the database: {', '.join(states) or 'none'}")
        time.sleep(0.5)
    if (state := stage.server.read_flow_run_state(flow_run)) != "COMPLETED":
        raise RefutedError(f"the flow run in the database: {state}")
    return f"flow run and {len(SCHEMES)} task runs completed, read back from the server's database"


def parse_last_line(output: str) -> dict[str, Any]:
    """Read the last line of *output* as a JSON object.

    Raises:
        RefutedError: it is none.
    """
    try:
        data: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise RefutedError(f"no result: {last_line(output)}") from error
    return data


def last_line(output: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def python_program(program: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs *program* in the Python that runs the demonstration."""
    return (sys.executable, "-c", program, *arguments)
