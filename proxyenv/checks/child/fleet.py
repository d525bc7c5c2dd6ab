"""Runs the proof flow on the workers of work pools by Prefect's own client, and leaves nothing behind.

The end of stdin is the order to stop: whoever asked has ended, however that came. Then everything that was
made is taken away again before this process ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.pools import (
    PAGE,
    RECORD,
    describe_pool,
    describe_worker,
    find_settings,
    read_pages,
)
from proxyenv.checks.child.record import Record, Reporter, describe, read_jobs

if TYPE_CHECKING:
    from uuid import UUID

_TICK: Final = 1.0
_MOST_RUNS: Final = 20_000
_PATIENCE: Final = 30.0
"""Seconds that jobs which run have to end by themselves before what they belong to is taken away."""
_CLEANING: Final = 60.0
_NAMED: Final = 3  # workers in a line that shows how it goes on
_HEARTBEATS: Final = 15.0
"""Seconds after which the workers are asked for again: one that has stopped is not waited for."""
_MISSED: Final = 4
"""Heartbeats that a worker may miss while it is being proved: a busy machine misses some."""
_LAST_LOGS: Final = 3.0
"""Seconds after the end of a run in which its process sends its last lines, which would outlive the run."""
_LOST: Final = 60.0
"""Seconds without an answer of the API after which the check gives up."""
_SUBMITTED: Final = re.compile(r"Worker '(.+)' submitting flow run")
_WORKER: Final = "prefect.worker.name"
_NOT_YET: Final = frozenset({"SCHEDULED"})
_FINAL: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
_REFUSALS: Final = frozenset({401, 403, 404, 409, 422})


def main() -> None:
    """Import Prefect, say what the pools are, then prove them.

    The first job has ``pools`` and ``deployments``, the names of those to read, and ``every``, whether all
    pools are meant. Each is a record ``pool``, ``deployment`` or ``missing``, and the last is ``looked``. The
    second job is described at :func:`_prove`.
    """
    reporter = _Reporter()
    try:
        reporter.say("imported", **find_settings())
    except Exception as error:  # noqa: BLE001 - a broken installation, or settings that Prefect refuses
        reporter.say("end", error=describe(error), step="import")
        return
    asyncio.run(_serve(reporter))


class _Reporter(Reporter):
    """Goes on where nobody listens any more, so that all is taken away."""

    def say(self, event: str, **facts: object) -> None:
        """Report, if it can be."""
        with suppress(OSError, ValueError):
            super().say(event, **facts)


async def _serve(reporter: Reporter) -> None:
    from prefect.client.orchestration import get_client

    inbox: asyncio.Queue[Record | None] = asyncio.Queue()
    threading.Thread(target=_hear, args=(inbox, asyncio.get_running_loop()), daemon=True).start()
    step = "read"
    try:
        job = await inbox.get()
        async with get_client() as client:
            if job is not None:
                await _look(client, job, reporter)
                reporter.say("looked")
                job = await inbox.get()
            step = "prove"
            if job is not None:
                await _until_hung_up(_prove(client, job, reporter), inbox)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        reporter.say("end", error=describe(error), step=step)
        return
    reporter.say("end")


def _hear(inbox: asyncio.Queue[Record | None], loop: asyncio.AbstractEventLoop) -> None:
    """Put every job into the inbox, and ``None`` at the end of stdin."""
    for job in read_jobs():
        loop.call_soon_threadsafe(inbox.put_nowait, job)
    with suppress(RuntimeError):  # the loop is over
        loop.call_soon_threadsafe(inbox.put_nowait, None)


async def _until_hung_up(action: Any, inbox: asyncio.Queue[Record | None]) -> None:  # noqa: ANN401 - a coroutine
    """Do something, but for as long as somebody waits for it."""
    acting, hearing = asyncio.create_task(action), asyncio.create_task(inbox.get())
    await asyncio.wait({acting, hearing}, return_when=asyncio.FIRST_COMPLETED)
    if not acting.done():
        acting.cancel()
    hearing.cancel()
    with suppress(asyncio.CancelledError):
        await acting


async def _look(client: Any, job: Record, reporter: Reporter) -> None:  # noqa: ANN401 - Prefect's own client
    from prefect.exceptions import ObjectNotFound

    names = [*job["pools"]]
    for name in job["deployments"]:
        try:
            found = await client.read_deployment_by_name(name)
        except (ObjectNotFound, ValueError):  # a name without its flow
            reporter.say("missing", deployment=name)
            continue
        reporter.say(
            "deployment",
            name=name,
            pool=found.work_pool_name,
            queue=found.work_queue_name,
            variables=found.job_variables or {},
            pull_steps=found.pull_steps or [],
        )
        names += [found.work_pool_name] if found.work_pool_name else []
    if job["every"]:
        names += [pool.name async for pool in read_pages(client.read_work_pools)]
    for name in dict.fromkeys(names):
        try:
            pool = await client.read_work_pool(name)
        except ObjectNotFound:
            reporter.say("missing", pool=name)
            continue
        queues = await client.read_work_queues(work_pool_name=name, limit=PAGE)
        reporter.say(
            "pool",
            **await describe_pool(client, pool, deployments=False),
            queues=[queue.name for queue in queues if not queue.is_paused],
        )


async def _prove(client: Any, job: Record, reporter: Reporter) -> None:  # noqa: ANN401 - Prefect's own client
    """Make the deployments, run them, and take all away.

    The job has ``flow``, what the name of the flow starts with; ``tags`` of all that is made; ``proofs``, see
    :class:`_Proof`; ``seconds`` for all; ``keep``.
    """
    end = int(time.time() + job["seconds"] + _CLEANING + 2 * _PATIENCE)
    job["name"] = f"{job['flow']}.{_name_owner()}-{os.getpid()}.{end}"
    made = _Made(client, job, reporter)
    try:
        await made.sweep()
        made.flow = await client.create_flow_from_name(job["name"])
        proofs = [_Proof(client, proof, made, reporter) for proof in job["proofs"]]
        deployed = [proof for proof in proofs if await proof.deploy(job["tags"])]
        deadline = time.monotonic() + job["seconds"]
        await asyncio.gather(*(proof.run(deadline) for proof in deployed))
    finally:
        if not job["keep"]:
            await made.remove()


class _Made:
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
                await self._remove_flow(flow.id, {})

    async def remove(self) -> None:
        """Remove all, again and again while the API does not answer."""
        self._reporter.say("cleaning", running=sum(state not in _FINAL for state in self.runs.values()))
        deadline = time.monotonic() + _CLEANING
        while self.flow is not None:
            try:
                await self._remove_flow(self.flow, self.runs)
            except Exception as error:  # noqa: BLE001 - it is tried again
                if time.monotonic() > deadline:
                    self._reporter.say("left", flow=self._job["name"], error=describe(error))
                    return
                await asyncio.sleep(2 * _TICK)
            else:
                self._reporter.say("cleaned")
                return

    async def _remove_flow(self, flow: UUID, known: dict[UUID, str]) -> None:
        """The deployments first, so that no run starts; then what is running has a moment to end."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterId
        from prefect.client.schemas.sorting import DeploymentSort
        from prefect.exceptions import ObjectNotFound

        only = FlowFilter(id=FlowFilterId(any_=[flow]))
        for each in await self._client.read_deployments(
            flow_filter=only, limit=PAGE, sort=DeploymentSort.NAME_ASC
        ):
            with suppress(ObjectNotFound):
                await self._client.delete_deployment(each.id)
        deadline = time.monotonic() + (_PATIENCE if known else 0)
        while True:
            runs = await self._find_runs(only)
            if all(_type_of(run) in {*_FINAL, *_NOT_YET} for run in runs) or time.monotonic() > deadline:
                break
            await asyncio.sleep(_TICK)
        for artifact in await self._find_artifacts(only):
            with suppress(ObjectNotFound):
                await self._client.delete_artifact(artifact.id)
        if known:
            await asyncio.sleep(max(0.0, self.ended + _LAST_LOGS - time.monotonic()))
        for run in runs:
            with suppress(ObjectNotFound):
                await self._client.delete_flow_run(run.id)
        with suppress(ObjectNotFound):
            await self._client.delete_flow(flow)

    async def _find_runs(self, only: Any) -> list[Any]:  # noqa: ANN401 - Prefect's own types
        from prefect.client.schemas.sorting import FlowRunSort

        read = partial(self._client.read_flow_runs, flow_filter=only, sort=FlowRunSort.ID_DESC)
        return [run async for run in read_pages(read, most=_MOST_RUNS)]

    async def _find_artifacts(self, only: Any) -> list[Any]:  # noqa: ANN401 - Prefect's own types
        from prefect.client.schemas.sorting import ArtifactSort

        read = partial(self._client.read_artifacts, flow_filter=only, sort=ArtifactSort.ID_DESC)
        return [artifact async for artifact in read_pages(read, most=_MOST_RUNS)]


def _name_owner() -> str:
    """Stands for this machine and user; what it stands for cannot be read from it."""
    user = getattr(os, "getuid", lambda: "")()
    return hashlib.sha256(f"{socket.gethostname()} {user} {Path.home()}".encode()).hexdigest()[:8]


def _is_left(name: str, ours: str) -> bool:
    """Whether the owner of a flow has ended: by its process, where that is here, or by its time.

    A name is ``BASE.MACHINE-PROCESS.SECOND``, with the second by which it is over.
    """
    try:
        (_, owner, end), (_, mine, _) = name.rsplit(".", 2), ours.rsplit(".", 2)
        (machine, process), here = owner.rsplit("-", 1), mine.rsplit("-", 1)[0]
        if name == ours:
            return False
        if machine == here and sys.platform != "win32" and (owner == mine or not _is_alive(int(process))):
            return True
        return time.time() > int(end)
    except ValueError:
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class _Proof:
    """The proof of one pool, or of one deployment in it.

    It has ``key``, which its records name; ``pool``; ``deployment``, its name and the arguments that make it;
    ``workers``, the names of those that are alive; ``queues``; ``single``, whether one run is enough.
    """

    def __init__(self, client: Any, proof: Record, made: _Made, reporter: Reporter) -> None:  # noqa: ANN401
        self._client, self._proof, self._made, self._reporter = client, proof, made, reporter
        self._unseen, self._proven = set(proof["workers"]), set[str]()
        self._open: dict[UUID, _Run] = {}
        self._single, self._begun = bool(proof["single"]), False
        self._answered = self._looked = time.monotonic()

    async def deploy(self, tags: list[str]) -> bool:
        """Make the deployment; false where the API refuses it."""
        from prefect.exceptions import PrefectHTTPStatusError

        try:
            self._deployment = await self._client.create_deployment(
                self._made.flow, work_pool_name=self._proof["pool"], tags=tags, **self._proof["deployment"]
            )
        except PrefectHTTPStatusError as error:
            if error.response.status_code not in _REFUSALS:
                raise
            self._say("refused", status=error.response.status_code, error=describe(error))
            return False
        self._say("deployed")
        return True

    async def run(self, deadline: float) -> None:
        """Submit one run after another, until every worker has one that ended."""
        begun = time.monotonic()
        while not self._is_done() and time.monotonic() < deadline:
            try:
                await self._step()
                self._answered = time.monotonic()
            except Exception as error:
                if not _is_passing(error) or time.monotonic() > self._answered + _LOST:
                    raise
                self._say("lost", error=describe(error))
            await asyncio.sleep(_TICK)
        for each in self._open.values():
            await self._conclude(each)
        self._say("done", unseen=sorted(self._unseen), seconds=time.monotonic() - begun)

    def _is_done(self) -> bool:
        """Whether all have had their run and nothing runs any more; a run that nobody took does not count."""
        if self._single or not self._begun:
            return self._begun and not self._open
        return not self._unseen and not any(each.taken for each in self._open.values())

    async def _step(self) -> None:
        for number in list(self._open):
            await self._follow(self._open[number])
        unknown = sum(bool(each.taken) and not each.worker for each in self._open.values())
        for queue in self._proof["queues"]:
            waits = any(each.queue == queue and not each.taken for each in self._open.values())
            if not waits and (not self._begun if self._single else len(self._unseen) > unknown):
                await self._submit(queue)
        self._begun = True

        if time.monotonic() > self._looked + _HEARTBEATS and not self._single:
            await self._drop_stopped()

    async def _drop_stopped(self) -> None:
        """Wait no longer for workers that have stopped, and for the runs that they had taken."""
        self._looked = time.monotonic()
        alive = set()
        read = partial(self._client.read_workers_for_work_pool, self._proof["pool"])
        async for worker in read_pages(read):
            each = describe_worker(worker)
            if each["age"] is not None and each["age"] <= _MISSED * each["interval"]:
                alive.add(each["name"])
        for name in sorted(self._unseen - alive):
            self._unseen.discard(name)
            self._say("stopped", worker=name)
        for run in [each for each in self._open.values() if each.worker and each.worker not in alive]:
            run.stopped = True
            await self._conclude(run)
            del self._open[run.id]

    async def _submit(self, queue: str | None) -> None:
        more = {"work_queue_name": queue} if queue else {}
        run = await self._client.create_flow_run_from_deployment(
            self._deployment, parameters={"proven": sorted(self._proven)}, **more
        )
        self._open[run.id] = _Run(run.id, queue, time.monotonic())
        self._made.runs[run.id] = "SCHEDULED"
        self._say("submitted", run=str(run.id), name=run.name, queue=queue, **self._list_unseen())

    async def _follow(self, run: _Run) -> None:
        found = await self._client.read_flow_run(run.id)
        kind = self._made.runs[run.id] = _type_of(found)
        run.state, run.name = kind, found.name
        run.message = (found.state.message or "") if found.state else ""
        if kind not in _NOT_YET and not run.taken:
            run.taken = time.monotonic()
        if run.taken and not run.worker:
            run.worker = (found.labels or {}).get(_WORKER, "") if hasattr(found, "labels") else ""
            if not run.worker and kind in _FINAL:
                run.worker = await self._find_worker(run)
            if run.worker:
                self._see(run)
        if kind in _FINAL:
            self._made.ended = time.monotonic()
            await self._conclude(run)
            del self._open[run.id]

    def _see(self, run: _Run) -> None:
        run.is_first = run.worker not in self._proven
        self._unseen.discard(run.worker)
        self._proven.add(run.worker)
        waited = (run.taken or 0.0) - run.since
        self._say("taken", run=str(run.id), worker=run.worker, waited=waited, **self._list_unseen())

    def _list_unseen(self) -> Record:
        return {"unseen": sorted(self._unseen)[:_NAMED], "left": len(self._unseen)}

    async def _find_worker(self, run: _Run) -> str:
        """The worker of a run that no label names: its line in the log says it."""
        for line in await self._read_logs(run):
            match = _SUBMITTED.search(line)
            if match:
                return match[1]
        return ""

    async def _conclude(self, run: _Run) -> None:
        """Say what came of a run: the record that it left, or why there is none."""
        facts: Record = {"run": str(run.id), "name": run.name, "worker": run.worker, "queue": run.queue}
        facts |= {"state": run.state, "message": run.message, "first": run.is_first}
        facts["stopped"] = run.stopped
        now = time.monotonic()
        facts |= {"waited": (run.taken or now) - run.since, "ran": now - run.taken if run.taken else 0.0}
        if run.state in _FINAL:
            record = await self._read_record(run)
            facts["record"] = record
        if facts.get("record") is None and run.taken:
            facts["logs"] = await self._read_logs(run)
        self._say("ended", **facts)

    async def _read_record(self, run: _Run) -> Record | None:
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
        from prefect.client.schemas.sorting import ArtifactSort

        only = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        for each in await self._client.read_artifacts(
            artifact_filter=only, limit=5, sort=ArtifactSort.ID_DESC
        ):
            found = RECORD.findall(each.data if isinstance(each.data, str) else "")
            with suppress(ValueError):
                return dict(json.loads(found[-1])) if found else None
        return None

    async def _read_logs(self, run: _Run) -> list[str]:
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
        from prefect.client.schemas.sorting import LogSort

        only = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        logs = await self._client.read_logs(log_filter=only, limit=PAGE, sort=LogSort.TIMESTAMP_ASC)
        return [str(each.message)[:2000] for each in logs]

    def _say(self, event: str, **facts: object) -> None:
        self._reporter.say(event, key=self._proof["key"], **facts)


class _Run:
    """A run that has not ended."""

    def __init__(self, number: UUID, queue: str | None, since: float) -> None:
        self.id, self.queue, self.since = number, queue, since
        self.taken: float | None = None
        self.worker = self.message = self.name = ""
        self.state = "SCHEDULED"
        self.is_first, self.stopped = True, False


def _type_of(run: Any) -> str:  # noqa: ANN401 - Prefect's own type
    return str(run.state.type.value) if run.state is not None else "SCHEDULED"


def _is_passing(error: Exception) -> bool:
    """Whether a failure may pass: nothing answers, or something on the way says that it cannot."""
    import httpx

    status = getattr(getattr(error, "response", None), "status_code", 0)
    return isinstance(error, httpx.TransportError) or status in {408, 425, 429, 500, 502, 503, 504}
