"""Work pools by Prefect's own client: reads them, and writes the template of one."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.record import Record, Reporter, describe, read_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PAGE: Final = 200  # the API's maximum; without a limit and an order the client would send null
_MOST: Final = 2000  # deployments, workers and results of one pool
RECORD: Final = re.compile(r"^```json\n(.*)\n```$", re.MULTILINE)
"""The record in an artifact of a job, for programs."""


def main() -> None:
    """Import Prefect, then do the job.

    The job has ``pools``, the names of those to read, and ``keys``, name to what the keys of their workers'
    results start with. To write one it also has ``before``, what its template
    must be as JSON with sorted keys, and ``after``, what it is to be. Each pool is a record ``pool``, or
    ``missing``.
    """
    reporter = Reporter()
    if not import_prefect(reporter):
        return
    job = read_job()
    try:
        asyncio.run(_write(job, reporter) if "after" in job else _read(job, reporter))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        reporter.say("end", error=describe(error), step="write" if "after" in job else "read")
        return
    reporter.say("end")


def import_prefect(reporter: Reporter) -> bool:
    """Import Prefect, and report which settings it hands to the jobs of a worker.

    Returns:
        Whether it can be used; where not, that is reported as the end.
    """
    try:
        reporter.say("imported", **_find_settings())
    except Exception as error:  # noqa: BLE001 - a broken installation, or settings that Prefect refuses
        reporter.say("end", error=describe(error), step="import")
        return False
    return True


def _find_settings() -> Record:
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    return {
        "api_url": settings.api.url,
        "forwarded": settings.to_environment_variables(exclude_unset=True),
    }


async def _read(job: Record, reporter: Reporter) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    async with get_client() as client:
        for name in job["pools"]:
            try:
                pool = await client.read_work_pool(name)
            except ObjectNotFound:
                reporter.say("missing", pool=name)
                continue
            results = [each async for each in _find_results(client, job["keys"][name])]
            reporter.say("pool", **await describe_pool(client, pool), results=results)


async def describe_pool(client: Any, pool: Any, *, deployments: bool = True) -> Record:  # noqa: ANN401 - Prefect's own types
    """A pool and its workers, and with *deployments* those too, for which every flow is asked for."""
    status = getattr(pool, "status", None)
    workers = read_pages(partial(client.read_workers_for_work_pool, pool.name))
    return {
        "name": pool.name,
        "type": pool.type,
        "template": pool.base_job_template,
        "status": getattr(status, "name", "") or "",
        "paused": bool(pool.is_paused),
        "limit": pool.concurrency_limit,
        "workers": [describe_worker(worker) async for worker in workers],
        "deployments": [each async for each in _find_deployments(client, pool.name)] if deployments else [],
        "usual": None if pool.base_job_template else await _find_usual(pool.type),
    }


async def read_pages(read: Callable[..., Awaitable[list[Any]]], *, most: int = _MOST) -> AsyncIterator[Any]:
    """What the API has, one page after the other.

    Args:
        read: asks for one page, by ``offset`` and ``limit``.
        most: how many are read.
    """
    for offset in range(0, most, PAGE):
        page = await read(offset=offset, limit=PAGE)
        for each in page:
            yield each
        if len(page) < PAGE:
            return


async def _find_results(client: Any, key: str) -> AsyncIterator[Record]:  # noqa: ANN401 - Prefect's own type
    """The last result of each worker, as the job has written it."""
    from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
    from prefect.client.schemas.sorting import ArtifactCollectionSort

    only = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(like_=f"{key}-%"))
    read = partial(client.read_latest_artifacts, artifact_filter=only, sort=ArtifactCollectionSort.KEY_ASC)
    async for each in read_pages(read):
        found = RECORD.search(each.data) if isinstance(each.data, str) else None
        try:
            said = json.loads(found[1]) if found else {}
        except (ValueError, RecursionError):  # anybody who may write there can have written it
            continue
        if isinstance(said, dict) and said:
            facts = {name: said.get(name, "") for name in ("worker", "python", "prefect", "place")}
            at = each.updated.isoformat() if each.updated else ""
            yield {**facts, "at": at, "trouble": said.get("trouble", []), "held": said.get("held")}


def describe_worker(worker: Any) -> Record:  # noqa: ANN401 - Prefect's own type
    """A worker, with the seconds since its last heartbeat."""
    last = worker.last_heartbeat_time
    return {
        "name": worker.name,
        "status": getattr(worker.status, "value", str(worker.status)),
        "interval": worker.heartbeat_interval_seconds or 30,
        "last": last.isoformat() if last else None,
        "age": (datetime.now(UTC) - last).total_seconds() if last else None,
    }


async def _find_deployments(client: Any, pool: str) -> AsyncIterator[Record]:  # noqa: ANN401 - Prefect's own type
    from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
    from prefect.client.schemas.sorting import DeploymentSort

    only = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))
    read = partial(client.read_deployments, work_pool_filter=only, sort=DeploymentSort.NAME_ASC)
    flows: dict[Any, str] = {}
    async for each in read_pages(read):
        if each.flow_id not in flows:
            flows[each.flow_id] = (await client.read_flow(each.flow_id)).name
        yield {"name": f"{flows[each.flow_id]}/{each.name}", "variables": each.job_variables or {}}


async def _find_usual(kind: str) -> Any:  # noqa: ANN401 - JSON
    """The usual template of a type: of the integration that is installed, or of Prefect's own collection."""
    from prefect.workers.utilities import get_default_base_job_template_for_infrastructure_type

    return await get_default_base_job_template_for_infrastructure_type(kind)


async def _write(job: Record, reporter: Reporter) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolUpdate

    (name,) = job["pools"]
    async with get_client() as client:
        pool = await client.read_work_pool(name)
        if _sort(pool.base_job_template) != job["before"]:
            reporter.say("changed", pool=name)
            return
        await client.update_work_pool(name, WorkPoolUpdate(base_job_template=job["after"]))
        stored = (await client.read_work_pool(name)).base_job_template
        reporter.say("written", pool=name, same=_sort(stored) == _sort(job["after"]))


def _sort(value: object) -> str:
    return json.dumps(value, sort_keys=True)
