"""What belongs to the standing check of a work pool on Prefect's server: found by names, and taken away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.pools import PAGE, read_pages
from proxyenv.checks.child.removal import await_runs, delete_each

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator

    from proxyenv.checks.child.record import Record

_MOST_RUNS: Final = 200_000
_PATIENCE: Final = 30.0
"""Seconds that runs which go on have to end by themselves."""
_KINDS: Final = ("failed", "not done", "not ready", "ca expiring", "test")


class Standing:
    """What belongs to the standing check of one pool, on the server."""

    def __init__(self, client: Any, job: Record) -> None:  # noqa: ANN401 - Prefect's own client
        self._client, self._job = client, job

    @property
    def tag(self) -> str:
        """What every run has."""
        return f"{self._job['flow']}:{self._job['pool']}"

    @property
    def names(self) -> dict[str, str]:
        """What an automation is for → its name."""
        return {kind: f"{self._job['flow']} {self._job['pool']}: {kind}" for kind in _KINDS}

    async def remove(self) -> Record:
        """Take everything away: automations, deployment, runs, results, and the flow if it was the last.

        Returns:
            How many there were of each.
        """
        automations = await self.remove_automations()
        deployments = await self.find_deployments()
        await delete_each(self._client.delete_deployment, (each.id for each in deployments))
        runs = [run.id for run in await await_runs(self._list_runs, _PATIENCE)]
        results = [each async for each in self._find_results(runs)]
        await delete_each(self._client.delete_artifact, results)
        await delete_each(self._client.delete_flow_run, runs)
        await self._remove_flow()
        return {
            "automations": automations,
            "deployments": len(deployments),
            "runs": len(runs),
            "results": len(results),
        }

    async def remove_automations(self) -> int:
        """Take the automations away; how many there were."""
        from prefect.client.schemas.sorting import AutomationSort
        from prefect.events.filters import AutomationFilter, AutomationFilterName

        only = AutomationFilter(name=AutomationFilterName(any_=list(self.names.values())))
        found = await self._client.read_automations(
            automations=only, sort=AutomationSort.NAME_ASC, limit=PAGE
        )
        for each in found:
            await self._client.delete_automation(each.id)
        return len(found)

    async def find_deployments(self) -> list[Any]:
        """The deployment; none, or one."""
        from prefect.client.schemas import filters
        from prefect.client.schemas.sorting import DeploymentSort

        found = await self._client.read_deployments(
            flow_filter=filters.FlowFilter(name=filters.FlowFilterName(any_=[self._job["flow"]])),
            deployment_filter=filters.DeploymentFilter(
                name=filters.DeploymentFilterName(any_=[self._job["pool"]])
            ),
            limit=PAGE,
            sort=DeploymentSort.NAME_ASC,
        )
        return list(found)

    async def _list_runs(self) -> list[Any]:
        return [run async for run in self.find_runs()]

    async def find_runs(self) -> AsyncIterator[Any]:
        """The runs, also of a deployment that is gone; the earliest first."""
        from prefect.client.schemas import filters
        from prefect.client.schemas.sorting import FlowRunSort

        only = filters.FlowRunFilter(tags=filters.FlowRunFilterTags(all_=[self.tag]))
        read = partial(
            self._client.read_flow_runs, flow_run_filter=only, sort=FlowRunSort.EXPECTED_START_TIME_ASC
        )
        async for run in read_pages(read, most=_MOST_RUNS):
            yield run

    async def _find_results(self, runs: list[uuid.UUID]) -> AsyncIterator[uuid.UUID]:
        """The artifacts of these runs, a page of runs after the other."""
        from prefect.client.schemas import filters
        from prefect.client.schemas.sorting import ArtifactSort

        for start in range(0, len(runs), PAGE):
            only = filters.ArtifactFilter(
                flow_run_id=filters.ArtifactFilterFlowRunId(any_=runs[start : start + PAGE])
            )
            read = partial(self._client.read_artifacts, artifact_filter=only, sort=ArtifactSort.ID_DESC)
            async for each in read_pages(read):
                yield each.id

    async def _remove_flow(self) -> None:
        """The flow too, where no other pool is watched and no run of it is left."""
        from prefect.client.schemas import filters
        from prefect.client.schemas.sorting import DeploymentSort, FlowRunSort, FlowSort

        only = filters.FlowFilter(name=filters.FlowFilterName(any_=[self._job["flow"]]))
        others = await self._client.read_deployments(flow_filter=only, limit=1, sort=DeploymentSort.NAME_ASC)
        runs = await self._client.read_flow_runs(flow_filter=only, limit=1, sort=FlowRunSort.ID_DESC)
        if others or runs:
            return
        flows = await self._client.read_flows(flow_filter=only, limit=1, sort=FlowSort.NAME_ASC)
        await delete_each(self._client.delete_flow, (flow.id for flow in flows))
