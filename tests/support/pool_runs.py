"""Real workers of work pools, and runs of deployments there; asked of a server past every proxy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from support.command import environment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

__all__ = ["StartedWorker", "ask", "read_template", "run_deployment", "started_worker", "write_template"]

_LIMIT = 150.0


class StartedWorker(NamedTuple):
    """A worker that runs.

    Args:
        process: its process.
        log: what it says, and what its jobs say.
    """

    process: subprocess.Popen[bytes]
    log: Path

    def said(self, words: str, *, since: int = 0) -> bool:
        """Whether it has said so, past the first *since* characters."""
        return words in self.log.read_text("utf-8", "replace")[since:]


def ask(api: str, action: Callable[[PrefectClient], Coroutine[Any, Any, Any]]) -> Any:
    """What an action answers, by Prefect's client against this API alone."""
    from prefect.client.orchestration import PrefectClient

    async def run() -> Any:
        async with PrefectClient(api) as client:
            return await action(client)

    return asyncio.run(run())


def read_template(api: str, pool: str) -> dict[str, Any]:
    """The template of a pool, as the server has it."""
    found: dict[str, Any] = ask(api, lambda client: client.read_work_pool(pool)).base_job_template
    return found


def write_template(api: str, pool: str, template: dict[str, Any]) -> None:
    """Write the template of a pool, as somebody else would."""
    from prefect.client.schemas.actions import WorkPoolUpdate

    ask(api, lambda client: client.update_work_pool(pool, WorkPoolUpdate(base_job_template=template)))


@contextlib.contextmanager
def started_worker(
    home: Path,
    pool: str,
    *,
    name: str = "w",
    python: str = sys.executable,
    sourced: bool = False,
    **variables: str,
) -> Iterator[StartedWorker]:
    """A worker of a pool.

    Args:
        home: of its user.
        pool: its pool.
        name: its name.
        python: that has Prefect and what the type of the pool needs.
        sourced: whether its shell has sourced the env file.
        variables: that its shell has set.
    """
    environment = environment_of(home, PREFECT_WORKER_QUERY_SECONDS="1", **variables)
    command = [python, "-m", "prefect", "worker", "start", "--pool", pool, "--name", name]
    if sourced:
        command = ["sh", "-c", '. "$0" && exec "$@"', str(home / ".config/proxyenv/env.sh"), *command]
    path = home / f"{name}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=home, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield StartedWorker(process, path)
    finally:
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_deployment(api: str, deployment: Any, worker: StartedWorker, **parameters: Any) -> tuple[str, str]:
    """Run a deployment to its end.

    Returns:
        The type of the last state, such as ``COMPLETED``, and the id of the run.
    """
    run = ask(
        api, lambda client: client.create_flow_run_from_deployment(deployment, parameters=parameters or None)
    )
    deadline = time.monotonic() + _LIMIT
    while time.monotonic() < deadline and worker.process.poll() is None:
        state = ask(api, lambda client: client.read_flow_run(run.id)).state
        if state is not None and state.is_final():
            return str(state.type.value), str(run.id)
        time.sleep(0.5)
    pytest.fail(f"the run did not end; the worker: {worker.log.read_text('utf-8', 'replace')[-2000:]}")
