"""A Prefect server with work pools, and workers of them: real processes, each with variables of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.command import environment_of
from support.pool_runs import ask
from support.servers import start_server
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.actions import WorkPoolCreate

__all__ = ["Fleet", "FleetWorker", "start_fleet"]

_ALIVE: Final = 90.0
_PAGE: Final = 200


@dataclass
class FleetWorker:
    """A running worker.

    Args:
        name: its name.
        process: the process, which leads a group of its own.
        log: what it wrote.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it and all that it started, without a word to the API."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@dataclass
class Fleet:
    """A server, and the workers of its pools.

    Args:
        api: the URL of the API.
        root: a directory for the homes of the workers.
        python: that runs the workers.
    """

    api: str
    root: Path
    python: str = sys.executable
    workers: list[FleetWorker] = field(default_factory=list)

    def make_pool(self, name: str, kind: str = "process", **facts: Any) -> None:
        """A pool with the usual template of its type; a push pool has that of the type before the colon.

        One of that name is replaced, with its queues and workers: a test that failed may be run again.
        """
        from prefect.client.schemas.actions import WorkPoolCreate

        from support.pool_templates import usual_templates

        template = usual_templates()[kind.partition(":")[0]]
        create = WorkPoolCreate(name=name, type=kind, base_job_template=template, **facts)
        ask(self.api, partial(_replace_pool, pool=create))

    @contextlib.contextmanager
    def work(self, pool: str, *names: str, queue: str = "", **variables: str) -> Iterator[None]:
        """Start workers of a pool with the same variables, and wait until the API knows them."""
        started = [self.start(pool, name, queue=queue, **variables) for name in names]
        try:
            self.await_workers(pool, *names)
            yield
        finally:
            for each in started:
                each.kill()

    def start(
        self, pool: str, name: str, *, queue: str = "", kind: str = "process", **variables: str
    ) -> FleetWorker:
        """Start a worker, with a temporary directory of its own."""
        home = self.root / f"worker-{name}"
        shutil.rmtree(home / "tmp", ignore_errors=True)
        (home / "tmp").mkdir(parents=True)
        usual = {
            "PREFECT_API_URL": self.api,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "TMPDIR": str(home / "tmp"),
        }
        environment = environment_of(home, **{**usual, **variables})
        command = [self.python, "-m", "prefect", "worker", "start", "--pool", pool, "--name", name]
        command += ["--type", kind, *(("--work-queue", queue) if queue else ())]
        log = home / "worker.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command, env=environment, cwd=home, stdout=stream, stderr=stream, start_new_session=True
            )
        worker = FleetWorker(name, process, log)
        self.workers.append(worker)
        return worker

    def await_workers(self, pool: str, *names: str) -> None:
        """Wait until the API has heard of them."""

        def known() -> bool:
            found = ask(self.api, lambda client: client.read_workers_for_work_pool(pool, limit=_PAGE))
            return set(names) <= {worker.name for worker in found}

        said = "\n".join(worker.log.read_text("utf-8", "replace") for worker in self.workers)
        if not wait_until(known, _ALIVE):
            pytest.fail(f"no worker came up: {said}")

    def list_left(self) -> dict[str, list[str]]:
        """What is on the server of any check, by kind; nothing where all was taken away."""
        found: dict[str, list[str]] = ask(self.api, _list_left)
        return {kind: names for kind, names in found.items() if names}

    def await_temporary(self, *usual: str) -> list[str]:
        """What jobs left in the temporary directories of running workers, which take a while to tidy up.

        Args:
            usual: names of what Prefect itself leaves.
        """
        alive = [worker for worker in self.workers if worker.process.poll() is None]

        def left() -> list[str]:
            found = (each for worker in alive for each in (worker.log.parent / "tmp").iterdir())
            return [str(each) for each in found if each.name not in usual]

        wait_until(lambda: not left(), 90)
        return left()


async def _replace_pool(client: PrefectClient, pool: WorkPoolCreate) -> None:
    from prefect.exceptions import ObjectNotFound

    with contextlib.suppress(ObjectNotFound):
        await client.delete_work_pool(pool.name)
    await client.create_work_pool(pool)


async def _list_left(client: PrefectClient) -> dict[str, list[str]]:
    from prefect.client.schemas.sorting import ArtifactSort, DeploymentSort, FlowRunSort, FlowSort

    return {
        "flows": [
            each.name
            for each in await client.read_flows(limit=_PAGE, sort=FlowSort.NAME_ASC)
            if each.name.startswith("proxyenv")
        ],
        "deployments": [
            each.name for each in await client.read_deployments(limit=_PAGE, sort=DeploymentSort.NAME_ASC)
        ],
        "runs": [each.name for each in await client.read_flow_runs(limit=_PAGE, sort=FlowRunSort.ID_DESC)],
        "artifacts": [
            str(each.key) for each in await client.read_artifacts(limit=_PAGE, sort=ArtifactSort.ID_DESC)
        ],
    }


@contextlib.contextmanager
def start_fleet(
    root: Path, *, server: str = sys.executable, workers: str = sys.executable
) -> Iterator[Fleet]:
    """Start a server, and end all workers with it.

    Args:
        root: a directory for all of them.
        server: the Python that runs the server.
        workers: the one that runs the workers.
    """
    (root / "server").mkdir(parents=True)
    with start_server(root / "server", environment=environment_of(root), python=server) as started:
        started.wait()
        fleet = Fleet(f"http://127.0.0.1:{started.port}/api", root, workers)
        try:
            yield fleet
        finally:
            for worker in fleet.workers:
                worker.kill()
