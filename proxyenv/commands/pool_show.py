"""``proxyenv pool show``: what jobs of a work pool will really get, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import LISTS
from proxyenv.catalog.pools import find_pool_type
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.pooling import POOL_OPTIONS, ask_pools
from proxyenv.commands.terminal import printable
from proxyenv.decide.pool_finds import PoolFind, judge_entry, judge_pool
from proxyenv.decide.pool_jobs import ORIGINS, PATHS, PROXIES, merge_jobs
from proxyenv.decide.pool_rotation import find_lacking, judge_rotation
from proxyenv.plan.templates import find_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.commands.pooling import AskedPools
    from proxyenv.decide.pool_jobs import PoolJob
    from proxyenv.model.pool import PoolResult, WorkerHost, WorkPool

_STYLES: Final = {"error": "failed", "warning": "warning", "info": "skipped"}


@dataclass(frozen=True, slots=True)
class WorkerShown:
    """A worker.

    Args:
        name: its name.
        status: as the API says it; one that has stopped stays `ONLINE` for over a minute.
        last_heartbeat: ISO 8601, or `null`.
        fresh: whether it is alive: its last heartbeat is at most two intervals old.
    """

    name: str
    status: str
    last_heartbeat: str | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class ResultShown:
    """The last result of a worker that `pool watch` or `check --pool --keep` stored.

    Args:
        worker: its name.
        at: when, ISO 8601.
        passed: whether everything worked in the job.
        trouble: what failed, in a few words each.
        python: the version of Python in the job.
        prefect: that of Prefect.
        place: `host`, `container` or `kubernetes`.
        lacks: the corporate CAs that are set up here and were not trusted there, or `null` where that is not
            known.
    """

    worker: str
    at: str
    passed: bool
    trouble: tuple[str, ...]
    python: str
    prefect: str
    place: str
    lacks: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class VariableShown:
    """A variable that a job gets.

    Args:
        name: its name.
        value: as it may be shown: a password is masked, and the value of a variable that proxyenv does not
            know is not shown.
        origin: who says so: `pool`, `deployment`, `manifest` (in the pool's template), `worker` (its settings
            of Prefect), `worker-machine`, `docker-client`.
    """

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class JobShown:
    """What one job gets.

    Args:
        deployment: `FLOW/DEPLOYMENT`, or `null` for a job that says nothing by itself.
        image: that it runs in, or `null` where the worker or the machine decides.
        variables: by name; of the machine of a process worker only those that matter here.
        volumes: `HERE:THERE`, or the name of a volume.
    """

    deployment: str | None
    image: str | None
    variables: tuple[VariableShown, ...]
    volumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolShown:
    """One work pool.

    Args:
        name: its name.
        type: its type, as the API has it.
        place: what a job is, or `null` for a type that is not known.
        status: `READY`, `NOT_READY` or `PAUSED`; empty where the API does not say.
        paused: whether it is.
        concurrency_limit: how many jobs at once, or `null` for no limit.
        patched: `no`, `as-written`, or `changed`: by somebody else since `pool patch`.
        workers: by name.
        jobs: that of the pool itself first, then those of its deployments.
        finds: what is wrong, that of all jobs first.
        results: the last of each worker, of those that `pool watch` or `check --pool --keep` stored.
    """

    name: str
    type: str
    place: str | None
    status: str
    paused: bool
    concurrency_limit: int | None
    patched: str
    workers: tuple[WorkerShown, ...]
    jobs: tuple[JobShown, ...]
    finds: tuple[PoolFind, ...]
    results: tuple[ResultShown, ...]

    @property
    def broken(self) -> bool:
        """Whether jobs fail by something that was found."""
        return any(find.severity == "error" for find in self.finds)


@dataclass(frozen=True, slots=True)
class PoolShowResult:
    """Work pools.

    Args:
        api: the URL of Prefect's API.
        pools: in the order in which they were named.
    """

    api: str
    pools: tuple[PoolShown, ...]


def run(session: Session) -> Reply:
    """Show pools; status 1 where jobs fail by something that was found.

    Raises:
        ProxyenvError: see :func:`proxyenv.commands.pooling.ask_pools`.
    """
    from proxyenv.machine.installation import digest_written
    from proxyenv.machine.pools import read_worker_host

    asked = ask_pools(session)
    made_from = digest_written(asked.installation, session.host.layout)
    read = asked.read
    worker = read_worker_host(session.host, asked.subject.environment, read.forwarded, read.pools)
    shown = tuple(_show_pool(asked, pool, worker, made_from) for pool in read.pools)
    result = PoolShowResult(read.api, shown)
    broken = any(pool.broken for pool in shown)
    return Reply(result, _render(session, result), "failed" if broken else "ok")


def _show_pool(asked: AskedPools, pool: WorkPool, worker: WorkerHost, made_from: str | None) -> PoolShown:
    kind, entry = find_pool_type(pool.type), asked.find_entry(pool.name)
    jobs = merge_jobs(pool, kind, worker)
    foreign = find_foreign(pool.template, entry.keys) if entry else ()
    return PoolShown(
        pool.name,
        pool.type,
        kind.title if kind else None,
        pool.status,
        pool.paused,
        pool.concurrency_limit,
        "no" if entry is None else "changed" if foreign else "as-written",
        tuple(WorkerShown(each.name, each.status, each.last_heartbeat, each.fresh) for each in pool.workers),
        tuple(map(_show_job, jobs)),
        (
            *judge_entry(entry, made_from),
            *judge_rotation(pool, kind, asked.anchors),
            *judge_pool(pool, kind, jobs, worker, asked.subject.proxies),
        ),
        tuple(_show_result(each, asked.anchors) for each in pool.results),
    )


def _show_result(result: PoolResult, anchors: Mapping[str, str]) -> ResultShown:
    return ResultShown(
        result.worker,
        result.at,
        not result.trouble,
        result.trouble,
        result.python,
        result.prefect,
        result.place,
        None if result.held is None else find_lacking(result, anchors),
    )


def _show_job(job: PoolJob) -> JobShown:
    from proxyenv.model.shown import show_image, show_volume

    matter = PROXIES | LISTS | PATHS
    shown = (
        each
        for name, each in job.variables.items()
        if each.origin != "worker-machine" or name in matter or name.startswith("PREFECT_")
    )
    return JobShown(
        job.deployment or None,
        show_image(job.image) if job.image else None,
        tuple(VariableShown(each.name, each.shown, each.origin) for each in shown),
        tuple(map(show_volume, job.volumes)),
    )


def _render(session: Session, result: PoolShowResult) -> Iterator[str]:
    for number, pool in enumerate(result.pools):
        if number:
            yield ""
        yield from _render_pool(session, pool)


def _render_pool(session: Session, pool: PoolShown) -> Iterator[str]:
    patched = {
        "no": "not patched",
        "as-written": "patched",
        "changed": "patched, and changed by others since",
    }
    words = (
        pool.place or f"of type {pool.type}",
        pool.status.lower().replace("_", " "),
        patched[pool.patched],
    )
    yield f"{session.paint(printable(pool.name), 'bold')}: {', '.join(filter(None, words))}"
    for worker in pool.workers:
        last = worker.last_heartbeat or "never"
        state = "alive" if worker.fresh else f"not alive, though the API says `{worker.status}`"
        yield f"  worker    {printable(worker.name)}: {state}, last heartbeat {last}"
    for result in pool.results:
        said = "everything works" if result.passed else f"failed: {', '.join(result.trouble)}"
        said += f", without {' and '.join(result.lacks)}" if result.lacks else ""
        facts = f"Python {result.python}, Prefect {result.prefect}, {result.place}"
        yield f"  result    {printable(f'{result.worker}: {said}, at {result.at} ({facts})')}"
    usual = pool.jobs[0]
    for job in pool.jobs:
        yield f"  job       {printable(job.deployment or 'of the pool')}"
        if job.image:
            yield f"    image   {printable(job.image)}"
        for variable in job.variables:
            if job is usual or variable not in usual.variables:
                yield f"    {variable.name}={printable(variable.value)}  from {ORIGINS[variable.origin]}"
        for volume in job.volumes if job is usual or job.volumes != usual.volumes else ():
            yield f"    volume  {printable(volume)}"
    for find in pool.finds:
        whose = f" (`{find.deployment}`)" if find.deployment else ""
        severity = session.paint(f"{find.severity:<9}", _STYLES[find.severity])
        yield f"  {severity} {find.code}{whose}: {printable(find.detail)}"
        yield f"            {printable(find.hint)}"


COMMANDS = {"pool show": Command(run, PoolShowResult, POOL_OPTIONS)}
