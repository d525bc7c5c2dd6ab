"""The runs that prove the workers of one work pool: submitted, followed, and read."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.insistence import Insistence, find_status
from proxyenv.checks.child.masking import hide_own
from proxyenv.checks.child.pools import PAGE, RECORD, describe_worker, read_pages
from proxyenv.checks.child.record import Record, Reporter, describe
from proxyenv.checks.child.removal import FINAL, NOT_YET, TICK, find_state

if TYPE_CHECKING:
    from uuid import UUID

    from proxyenv.checks.child.made import MadeObjects

_NAMED: Final = 3  # workers in a line that shows how it goes on
_HEARTBEATS: Final = 15.0
"""Seconds after which the workers are asked for again: one that has stopped is not waited for."""
_MISSED: Final = 4
"""Heartbeats that a worker may miss while it is being proved: a busy machine misses some."""
_TURNS: Final = 4
"""Runs of a queue for each worker that known ones may take, in a row: at random, two of a hundred times."""
_LONGEST_PAUSE: Final = 15.0
"""Seconds between runs after that: whoever is left is likely busy or gone, and each run costs a job."""
_ALL_WORKERS: Final = 30.0
"""Seconds in which as many runs begin as there are workers: one that was busy is drawn among them."""
_LOST: Final = 60.0
"""Seconds without an answer of the API after which the check gives up."""
_PATIENCE: Final = 180.0
"""Those in which it answers, but only that it cannot."""
_LOG_COMES: Final = 20.0
"""Seconds after the end of a run in which its worker's log arrives: it is sent every other second, and later
from a busy machine."""
_SUBMITTED: Final = re.compile(r"Worker '(.+)' submitting flow run")
_FAILED: Final = "Failed to submit "
_BUSY: Final = re.compile(r"Server error '50[0234]")
"""What a run says whose worker the API was too busy to answer: that may pass."""
_MORE_TRIES: Final = 3
_WORKER: Final = "prefect.worker.name"
_OVERLOADED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSALS: Final = frozenset({401, 403, 404, 409, 422})


class ProofRuns:
    """The proof of one pool, or of one deployment in it.

    It has ``key``, which its records name; ``pool``; ``deployment``, its name and the arguments that make it;
    ``workers``, the names of those that are alive; ``queues``; ``single``, whether one run is enough.
    """

    def __init__(self, client: Any, proof: Record, made: MadeObjects, reporter: Reporter) -> None:  # noqa: ANN401
        self._client, self._proof, self._made, self._reporter = client, proof, made, reporter
        self._unseen, self._proven = set(proof["workers"]), set[str]()
        self._tried_again = Counter[str]()
        self._open: dict[UUID, _Run] = {}
        self._single, self._begun = bool(proof["single"]), False
        self._answered = self._looked = 0.0
        self._in_vain, self._next = Counter[str | None](), dict[str | None, float]()

    async def deploy(self, tags: list[str], insistence: Insistence) -> bool:
        """Make the deployment; false where the API refuses it."""
        try:
            self._deployment = await insistence.ask(
                self._client.create_deployment,
                self._made.flow,
                work_pool_name=self._proof["pool"],
                tags=tags,
                **self._proof["deployment"],
            )
        except Exception as error:
            if not is_refusal(error):
                raise
            self.refuse(error)
            return False
        self._say("deployed")
        return True

    def refuse(self, error: Exception) -> None:
        """Say that the API refuses what the proof needs."""
        answer: Any = getattr(error, "response", None)
        self._say("refused", status=answer.status_code, error=describe(error))

    async def run(self, deadline: float) -> None:
        """Submit one run after another, until every worker has one that ended."""
        begun = self._answered = self._looked = time.monotonic()
        while not self._is_done() and time.monotonic() < deadline:
            try:
                await self._step()
                self._answered = time.monotonic()
            except Exception as error:
                if time.monotonic() > self._answered + _find_patience(error):
                    raise
                self._say("lost", error=describe(error))
            await asyncio.sleep(TICK)
        insistence = Insistence()
        for each in self._open.values():
            await insistence.ask(self._conclude, each)
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
            wanted = not self._begun if self._single else len(self._unseen) > unknown
            if wanted and not self._waits(queue):
                await self._submit(queue)
        self._begun = True

        if time.monotonic() > self._looked + _HEARTBEATS and not self._single:
            await self._drop_stopped()

    def _waits(self, queue: str | None) -> bool:
        """Whether a run of a queue was not taken yet, or the next one has to wait."""
        is_early = time.monotonic() < self._next.get(queue, 0.0)
        return is_early or any(each.queue == queue and not each.taken for each in self._open.values())

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
        kind = self._made.runs[run.id] = find_state(found)
        run.state, run.name = kind, found.name
        run.message = (found.state.message or "") if found.state else ""
        if kind not in NOT_YET and not run.taken:
            run.taken = time.monotonic()
        if run.taken and not run.worker:
            run.worker = (found.labels or {}).get(_WORKER, "") if hasattr(found, "labels") else ""
            if not run.worker and kind in FINAL:
                run.worker = await self._find_worker(run)
            if run.worker:
                self._see(run)
        if kind in FINAL:
            run.ended = run.ended or time.monotonic()
            self._made.ended = max(self._made.ended, run.ended)
            if self._proof["workers"] and not run.worker and time.monotonic() < run.ended + _LOG_COMES:
                return
            if not self._try_again(run):
                await self._conclude(run)
            del self._open[run.id]

    def _try_again(self, run: _Run) -> bool:
        """Whether a worker gets another run: the API was too busy to let it start its job."""
        if not run.worker or self._tried_again[run.worker] == _MORE_TRIES or not _is_busy(run.message):
            return False
        self._tried_again[run.worker] += 1
        self._hurry()
        self._proven.discard(run.worker)
        self._unseen.add(run.worker)
        self._say("busy", worker=run.worker)
        return True

    def _see(self, run: _Run) -> None:
        run.is_first = run.worker not in self._proven
        if run.is_first:
            self._hurry()
        else:
            self._in_vain[run.queue] += 1
            pause = find_pause(self._in_vain[run.queue], len(self._proof["workers"]))
            self._next[run.queue] = time.monotonic() + pause
        self._unseen.discard(run.worker)
        self._proven.add(run.worker)
        waited = (run.taken or 0.0) - run.since
        self._say("taken", run=str(run.id), worker=run.worker, waited=waited, **self._list_unseen())

    def _hurry(self) -> None:
        """Let no run wait: things have changed."""
        self._in_vain.clear()
        self._next.clear()

    def _list_unseen(self) -> Record:
        return {"unseen": sorted(self._unseen)[:_NAMED], "left": len(self._unseen)}

    async def _find_worker(self, run: _Run) -> str:
        """The worker of a run that no label names: its line in the log says it."""
        for line in await self._read_logs(run):
            match = _SUBMITTED.match(line)
            if match:
                return match[1]
        return ""

    async def _conclude(self, run: _Run) -> None:
        """Say what came of a run: the record that it left, or why there is none."""
        facts: Record = {"run": str(run.id), "name": run.name, "worker": run.worker, "queue": run.queue}
        facts |= {"state": run.state, "message": hide_own(run.message), "first": run.is_first}
        facts["stopped"] = run.stopped
        now = time.monotonic()
        facts |= {"waited": (run.taken or now) - run.since, "ran": now - run.taken if run.taken else 0.0}
        if run.state in FINAL:
            facts["record"] = await self._read_record(run)
        if facts.get("record") is None and run.taken:
            facts["logs"] = hide_own(await self._read_logs(run))
        self._say("ended", **facts)

    async def _read_record(self, run: _Run) -> Record | None:
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
        from prefect.client.schemas.sorting import ArtifactSort

        only = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        for each in await self._client.read_artifacts(
            artifact_filter=only, limit=5, sort=ArtifactSort.ID_DESC
        ):
            found = RECORD.findall(each.data if isinstance(each.data, str) else "")
            with suppress(ValueError, TypeError, RecursionError):
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
        self.ended = 0.0
        self.worker = self.message = self.name = ""
        self.state = "SCHEDULED"
        self.is_first, self.stopped = True, False


def _is_busy(message: str) -> bool:
    """Whether an API that was too busy is why a worker could not start a job."""
    return _BUSY.search(message.partition(_FAILED)[2]) is not None


def find_pause(in_vain: int, workers: int) -> float:
    """How long the next run of a queue waits, in seconds.

    Args:
        in_vain: the last runs of that queue, in a row, that a worker took which had one already.
        workers: of the pool, at least one.
    """
    more = in_vain - _TURNS * workers
    longest = min(_LONGEST_PAUSE, _ALL_WORKERS / workers)
    return min(2.0 ** min(more, 10), longest) if more >= 0 else 0.0


def is_refusal(error: Exception) -> bool:
    """Whether the API says no for good."""
    return find_status(error) in _REFUSALS


def _find_patience(error: Exception) -> float:
    """How long a failure may last: nothing answers, or something on the way says that it cannot."""
    import httpx

    if isinstance(error, httpx.TransportError):
        return _LOST
    return _PATIENCE if find_status(error) in _OVERLOADED else 0.0
