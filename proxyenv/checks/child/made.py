"""What a check of work pools makes on Prefect's server, and how it is taken away again."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.pools import PAGE, read_pages
from proxyenv.checks.child.record import Record, Reporter, describe
from proxyenv.checks.child.removal import FINAL, TICK, await_runs, delete_each

if TYPE_CHECKING:
    from uuid import UUID

_PATIENCE: Final = 30.0
"""Seconds that jobs which run have to end by themselves before what they belong to is taken away."""
_CLEANING: Final = 60.0
"""Seconds in which the API has to answer again, so that all can be taken away."""
_MOST_RUNS: Final = 20_000
_LAST_LOGS: Final = 3.0
"""Seconds after the end of a run in which its process sends its last lines, which would outlive the run."""


class MadeObjects:
    """What was made on the server."""

    def __init__(self, client: Any, job: Record, reporter: Reporter) -> None:  # noqa: ANN401 - Prefect's own client
        self._client, self._job, self._reporter = client, job, reporter
        self.flow: UUID | None = None
        self.runs: dict[UUID, str] = {}
        self.ended = 0.0

    async def sweep(self) -> None:
        """Remove what a check left that was killed, or lost its network."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName
        from prefect.client.schemas.sorting import FlowSort

        only = FlowFilter(name=FlowFilterName(like_=f"{self._job['flow']}."))
        flows = await self._client.read_flows(flow_filter=only, limit=PAGE, sort=FlowSort.NAME_ASC)
        for flow in flows:
            if _is_left(flow.name, self._job["name"]):
                self._reporter.say("sweeping", flow=flow.name)
                await self._remove_at_last(flow.id, flow.name, {})

    async def remove(self) -> None:
        """Remove all, again and again while the API does not answer."""
        self._reporter.say("cleaning", running=sum(state not in FINAL for state in self.runs.values()))
        if self.flow is not None and await self._remove_at_last(self.flow, self._job["name"], self.runs):
            self._reporter.say("cleaned")

    async def _remove_at_last(self, flow: UUID, name: str, known: dict[UUID, str]) -> bool:
        """Whether it is gone; a server under load refuses at times, and is asked again."""
        deadline = time.monotonic() + _CLEANING
        while True:
            try:
                await self._remove_flow(flow, known)
            except Exception as error:  # noqa: BLE001 - it is tried again
                if time.monotonic() > deadline:
                    self._reporter.say("left", flow=name, error=describe(error))
                    return False
                await asyncio.sleep(2 * TICK)
            else:
                return True

    async def _remove_flow(self, flow: UUID, known: dict[UUID, str]) -> None:
        """The deployments first, so that no run starts; then what is running has a moment to end."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterId
        from prefect.client.schemas.sorting import DeploymentSort

        only = FlowFilter(id=FlowFilterId(any_=[flow]))
        deployments = await self._client.read_deployments(
            flow_filter=only, limit=PAGE, sort=DeploymentSort.NAME_ASC
        )
        await delete_each(self._client.delete_deployment, (each.id for each in deployments))
        runs = await await_runs(partial(self._find_runs, only), _PATIENCE if known else 0)
        artifacts = await self._find_artifacts(only)
        await delete_each(self._client.delete_artifact, (each.id for each in artifacts))
        if known:
            await asyncio.sleep(max(0.0, self.ended + _LAST_LOGS - time.monotonic()))
        await delete_each(self._client.delete_flow_run, (run.id for run in runs))
        await delete_each(self._client.delete_flow, (flow,))

    async def _find_runs(self, only: Any) -> list[Any]:  # noqa: ANN401 - Prefect's own types
        from prefect.client.schemas.sorting import FlowRunSort

        read = partial(self._client.read_flow_runs, flow_filter=only, sort=FlowRunSort.ID_DESC)
        return [run async for run in read_pages(read, most=_MOST_RUNS)]

    async def _find_artifacts(self, only: Any) -> list[Any]:  # noqa: ANN401 - Prefect's own types
        from prefect.client.schemas.sorting import ArtifactSort

        read = partial(self._client.read_artifacts, flow_filter=only, sort=ArtifactSort.ID_DESC)
        return [artifact async for artifact in read_pages(read, most=_MOST_RUNS)]


def name_flow(base: str, seconds: float) -> str:
    """The name of the flow of this process: ``BASE.MACHINE-PROCESS.SECOND``.

    The second is that by which all is over.

    Args:
        base: what it starts with.
        seconds: how long the runs may take.
    """
    end = int(time.time() + seconds + 2 * _CLEANING + 2 * _PATIENCE)
    return f"{base}.{_name_owner()}-{os.getpid()}.{end}"


def _name_owner() -> str:
    """Stands for this machine and user; what it stands for cannot be read from it."""
    user = getattr(os, "getuid", lambda: "")()
    return hashlib.sha256(f"{socket.gethostname()} {user} {Path.home()}".encode()).hexdigest()[:8]


def _is_left(name: str, own_name: str) -> bool:
    """Whether the owner of a flow has ended: by its process, where that is here, or by its time.

    Args:
        name: of the flow.
        own_name: of the flow of this process.
    """
    try:
        (_, owner, end), (_, mine, _) = name.rsplit(".", 2), own_name.rsplit(".", 2)
        (machine, process), here = owner.rsplit("-", 1), mine.rsplit("-", 1)[0]
        if name == own_name:
            return False
        if machine == here and sys.platform != "win32" and (owner == mine or not is_alive(int(process))):
            return True
        return time.time() > int(end)
    except ValueError:
        return False


def is_alive(process: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent, as in containers, does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        with Path(f"/proc/{process}/stat").open("rb") as file:
            state = file.read(1000).rpartition(b") ")[2][:1]
    except OSError:  # not Linux, or it has just gone
        return True
    return state not in {b"Z", b"X"}
