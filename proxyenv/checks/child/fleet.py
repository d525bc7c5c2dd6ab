"""Runs the proof flow on the workers of work pools by Prefect's own client, and leaves nothing behind.

The end of stdin is the order to stop: whoever asked has ended, however that came. Then everything that was
made is taken away again before this process ends.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any

from proxyenv.checks.child.insistence import Insistence
from proxyenv.checks.child.made import MadeObjects, name_flow
from proxyenv.checks.child.pools import PAGE, describe_pool, import_prefect, read_pages
from proxyenv.checks.child.record import Record, Reporter, describe, read_jobs
from proxyenv.checks.child.runs import ProofRuns, is_refusal


def main() -> None:
    """Import Prefect, say what the pools are, then prove them.

    The first job has ``pools`` and ``deployments``, the names of those to read, and ``every``, whether all
    pools are meant. Each is a record ``pool``, ``deployment`` or ``missing``, and the last is ``looked``. The
    second job is described at :func:`_prove`.
    """
    reporter = _Reporter()
    if not import_prefect(reporter):
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
                await _until_hung_up(_look(client, job, reporter), inbox)
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
    """Do something, but for as long as somebody waits for it; whatever was heard stays in the inbox."""
    acting, hearing = asyncio.create_task(action), asyncio.create_task(inbox.get())
    await asyncio.wait({acting, hearing}, return_when=asyncio.FIRST_COMPLETED)
    if not acting.done():
        acting.cancel()
    if hearing.done():
        inbox.put_nowait(hearing.result())
    hearing.cancel()
    with suppress(asyncio.CancelledError):
        await acting


async def _look(client: Any, job: Record, reporter: Reporter) -> None:  # noqa: ANN401 - Prefect's own client
    from prefect.exceptions import ObjectNotFound

    ask = Insistence().ask
    names = [*job["pools"]]
    for name in job["deployments"]:
        try:
            found = await ask(client.read_deployment_by_name, name)
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
        names += [pool.name async for pool in read_pages(partial(ask, client.read_work_pools))]
    for name in dict.fromkeys(names):
        try:
            reporter.say("pool", **await ask(_look_at, client, name))
        except ObjectNotFound:
            reporter.say("missing", pool=name)


async def _look_at(client: Any, name: str) -> Record:  # noqa: ANN401 - Prefect's own client
    """A pool, with its workers and the queues that are not paused."""
    pool = await client.read_work_pool(name)
    queues = await client.read_work_queues(work_pool_name=name, limit=PAGE)
    return {
        **await describe_pool(client, pool, deployments=False),
        "queues": [queue.name for queue in queues if not queue.is_paused],
    }


async def _prove(client: Any, job: Record, reporter: Reporter) -> None:  # noqa: ANN401 - Prefect's own client
    """Make the deployments, run them, and take all away.

    The job has ``flow``, what the name of the flow starts with; ``tags`` of all that is made; ``proofs``, see
    :class:`~proxyenv.checks.child.runs.ProofRuns`; ``seconds`` for all; ``keep``.
    """
    deadline, insistence = time.monotonic() + job["seconds"], Insistence()
    job["name"] = name_flow(job["flow"], job["seconds"])
    made = MadeObjects(client, job, reporter)
    try:
        await insistence.ask(made.sweep)
        proofs = [ProofRuns(client, proof, made, reporter) for proof in job["proofs"]]
        try:
            made.flow = await insistence.ask(client.create_flow_from_name, job["name"])
        except Exception as error:
            if not is_refusal(error):
                raise
            for proof in proofs:  # whoever may only read may not make the flow of a deployment either
                proof.refuse(error)
            return
        deployed = [proof for proof in proofs if await proof.deploy(job["tags"], insistence)]
        await asyncio.gather(*(proof.run(deadline) for proof in deployed))
    finally:
        if not job["keep"]:
            await made.remove()
