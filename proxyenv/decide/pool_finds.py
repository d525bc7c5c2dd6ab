"""What is wrong with what the jobs of a work pool will get, each with the edit that cures it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.clients.table import LISTS
from proxyenv.catalog.pools import has_workers
from proxyenv.codes import require_code
from proxyenv.decide.pool_jobs import ORIGINS, PATHS, PROXIES, REPLACING, ROOTS
from proxyenv.errors import UsageError
from proxyenv.model.jobs import API_ROOTS
from proxyenv.model.proxy_url import find_proxy_url, parse_proxy_url
from proxyenv.model.shown import show_volume
from proxyenv.model.url import is_loopback, show_path
from proxyenv.no_proxy.entries import split_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.decide.pool_jobs import JobVariable, PoolJob
    from proxyenv.model.pool import PoolEntry, WorkerHost, WorkPool
    from proxyenv.model.proxy_url import ProxyURL

_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:[\\/]")
_KEYS: Final = ("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT_CLIENT_CUSTOM_HEADERS")
_WORKER: Final = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_"
_KEY_CURES: Final = (f"{_WORKER}API_KEY_SECRET_NAME", f"{_WORKER}CREATE_SECRET_FOR_API_KEY")
_ENV_CURE: Final = f"{_WORKER}STORE_ENV_AS_SECRET"
_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"


class PoolFind(NamedTuple):
    """Something that is wrong with the jobs of a pool.

    Args:
        code: of the family ``pools``.
        severity: `error` (jobs fail by it), `warning` or `info`.
        deployment: whose jobs; empty for all of the pool.
        detail: what is wrong, in one line; no password.
        hint: the edit that cures it.
    """

    code: str
    severity: str
    deployment: str
    detail: str
    hint: str


def judge_pool(
    pool: WorkPool,
    kind: PoolType | None,
    jobs: tuple[PoolJob, ...],
    worker: WorkerHost,
    known: Iterable[ProxyURL],
) -> tuple[PoolFind, ...]:
    """Everything that is wrong.

    Args:
        pool: as the API has it.
        kind: its type; ``None`` where it is not known.
        jobs: what they get: that of the pool first, then those of deployments.
        worker: what a worker here would add.
        known: the proxies that are set up here, whose scheme is known.
    """
    found = list(judge_state(pool, kind))
    if kind is None:
        return tuple(found)
    proxies = tuple(known)
    for job in jobs:
        usual = {(each.code, each.detail) for each in found if not each.deployment}
        finds = _judge_job(pool, kind, job, worker, proxies)
        found += (each for each in finds if (each.code, each.detail) not in usual)
    found += _judge_cluster(kind, worker)
    return tuple(found)


def make_find(code: str, detail: str, hint: str, job: PoolJob | None = None) -> PoolFind:
    """A find with the severity that its code has.

    Args:
        code: of the family ``pools``.
        detail: what is wrong.
        hint: the edit that cures it.
        job: whose; ``None`` for all of the pool.
    """
    severity = require_code("pools", code).severity or "info"
    return PoolFind(code, severity, job.deployment if job else "", detail, hint)


def judge_state(pool: WorkPool, kind: PoolType | None) -> Iterator[PoolFind]:
    """What keeps every job from starting, and what is not known."""
    if pool.paused:
        yield make_find("pool-paused", "it is paused", f"`prefect work-pool resume {pool.typed}`")
    if pool.concurrency_limit == 0:
        hint = f"`prefect work-pool clear-concurrency-limit {pool.typed}`"
        yield make_find("pool-limit-zero", "its concurrency limit is 0, though it may say `READY`", hint)
    if has_workers(pool.type) and not any(each.fresh for each in pool.workers):
        count = len(pool.workers)
        detail = f"none of its {count} workers has sent a heartbeat of late" if count else "it has no worker"
        yield make_find("pool-no-worker", detail, f"`prefect worker start --pool {pool.typed}`")
    if not pool.template:
        detail = "its template is empty until its first worker has started; what is shown is the usual one"
        yield make_find("pool-no-template", detail, f"`prefect worker start --pool {pool.typed}`")
    if kind is None:
        detail = f"the type `{pool.type}` is not known: nothing can be said of its jobs"
        hint = "`proxyenv env --format json` has the variables, for its template"
        yield make_find("pool-type-unknown", detail, hint)


def _judge_job(
    pool: WorkPool, kind: PoolType, job: PoolJob, worker: WorkerHost, known: tuple[ProxyURL, ...]
) -> Iterator[PoolFind]:
    yield from _judge_paths(pool, kind, job, worker)
    for each in (job.variables[name] for name in job.variables if name in PROXIES):
        yield from _judge_proxy(pool, job, each, known)
    added = [each for each in job.variables.values() if each.origin == "docker-client"]
    if added:
        detail = f"`{worker.docker_config}` adds {_names(added)} to its containers, over those of the image"
        yield make_find("pool-docker-proxies", detail, _patch(pool), job)
    yield from _judge_volumes(job)
    yield from _judge_roots(pool, kind, job, worker)
    yield from _judge_secrets(kind, job, worker)


def _judge_paths(pool: WorkPool, kind: PoolType, job: PoolJob, worker: WorkerHost) -> Iterator[PoolFind]:
    """Paths of the worker's machine in another place, and of what is not there."""
    named = [
        each for each in job.variables.values() if each.name in PATHS and _ABSOLUTE.match(each.value or "")
    ]
    if not kind.is_inherited:
        foreign = [each for each in named if each.origin == "worker" and not _is_mounted(each, job.volumes)]
        if foreign:
            detail = f"jobs get {_pairs(foreign)} from {ORIGINS['worker']}: a path of this machine"
            others = [each.name for each in foreign if each.name not in {API_ROOTS, *kind.hidden}]
            rest = "".join(f'; in `env` of the pool: `"{name}": null`' for name in others)
            yield make_find("pool-host-path", detail, f"{_patch(pool)}{rest}", job)
        sources = (each.partition(":")[0] for each in job.volumes)
        gone = [show_path(each) for each in sources if each.startswith("/") and each not in worker.files]
        if gone and kind.name == "docker":
            detail = f"{', '.join(f'`{each}`' for each in gone)} is mounted, and is not on this machine"
            yield make_find("pool-file-missing", detail, _where(pool, job, "volumes"), job)
        return
    for each in named:
        if each.name in ROOTS and each.value not in worker.files:
            detail = f"`{each.name}={each.shown}`, from {ORIGINS[each.origin]}, is not on this machine"
            hint = _where(pool, job, f"env.{each.name}") if each.origin == "deployment" else _patch(pool)
            yield make_find("pool-file-missing", detail, hint, job)


def _is_mounted(variable: JobVariable, volumes: Iterable[str]) -> bool:
    value = variable.value or ""
    targets = (each.split(":")[1] for each in volumes if ":" in each)
    return any(value == target or value.startswith(f"{target.rstrip('/')}/") for target in targets)


def _judge_proxy(
    pool: WorkPool, job: PoolJob, variable: JobVariable, known: tuple[ProxyURL, ...]
) -> Iterator[PoolFind]:
    value = variable.value or ""
    if not value.strip():
        return
    hint = _patch(pool)
    if variable.origin == "deployment":
        hint = _where(pool, job, f"env.{variable.name}")
    said = f"`{variable.name}`, from {ORIGINS[variable.origin]},"
    try:
        proxy = parse_proxy_url(value)
    except UsageError as error:
        yield make_find("pool-proxy-malformed", f"{said} cannot be used: {error.message}", hint, job)
        return
    if "://" not in value:
        detail = (
            f"{said} is `{variable.shown}` without its `http://`: websockets refuse it, task runs are lost"
        )
        yield make_find("pool-proxy-malformed", detail, hint, job)
    twin = next((each for each in known if (each.host, each.port) == (proxy.host, proxy.port)), proxy)
    if twin.scheme != proxy.scheme:
        detail = f"{said} is `{proxy}`, and that proxy is known as `{twin.scheme}://`"
        yield make_find("pool-proxy-malformed", detail, hint, job)
    if is_loopback(proxy.host) and not job.own_loopback:
        there = f"`proxyenv pool patch {pool.typed} --proxy-there http://HOST:{proxy.port}`"
        detail = f"{said} is `{proxy}`, which in a job is the job itself"
        yield make_find(
            "pool-proxy-loopback", detail, hint if variable.origin == "deployment" else there, job
        )


def _judge_volumes(job: PoolJob) -> Iterator[PoolFind]:
    """Whether a deployment's volumes take the files away that the variables name."""
    named = [each for each in job.variables.values() if each.name in ROOTS]
    lost = [each for each in named if _is_mounted(each, job.replaced) and not _is_mounted(each, job.volumes)]
    if lost:
        volumes = ", ".join(f"`{show_volume(each)}`" for each in job.replaced)
        detail = f"its `volumes` replace those of the pool, so {_names(lost)} names what is not there"
        yield make_find("pool-volumes-replaced", detail, f"add to its `volumes`: {volumes}", job)


def _judge_roots(pool: WorkPool, kind: PoolType, job: PoolJob, worker: WorkerHost) -> Iterator[PoolFind]:
    """Whether what takes the place of all roots holds the corporate CA alone."""
    mounts = {each.split(":")[1]: each.split(":")[0] for each in job.volumes if ":" in each}
    bare: dict[str, list[JobVariable]] = {}
    for each in (job.variables[name] for name in job.variables if name in REPLACING):
        path = each.value if kind.is_inherited else mounts.get(each.value or "")
        if path is not None and path in worker.corporate_only:
            bare.setdefault(path, []).append(each)
    for path, named in bare.items():
        detail = f"{_names(named)} names `{path}`, which holds no public root"
        stated = [each for each in named if each.origin == "deployment"]
        hint = _where(pool, job, f"env.{stated[0].name}") if stated else _patch(pool)
        yield make_find("pool-roots-corporate-only", detail, hint, job)


def judge_entry(entry: PoolEntry | None, made_from: str | None) -> Iterator[PoolFind]:
    """Whether something else is set up here than what was written into the pool.

    Args:
        entry: what was written.
        made_from: the digest of the variables that are set up.
    """
    if entry is not None and entry.is_outdated(made_from):
        detail = "it has what was set up here before, as `setup` or `refresh` has changed it since"
        yield make_find("pool-outdated", detail, f"`{entry.command}`")


def _judge_secrets(kind: PoolType, job: PoolJob, worker: WorkerHost) -> Iterator[PoolFind]:
    """Keys in a manifest, and passwords that the API keeps in clear."""
    hides = {name for name in (*_KEY_CURES, _ENV_CURE) if worker.environment.get(name)}
    if kind.manifest and _ENV_CURE not in hides:
        for name in _KEYS:
            if job.variables.get(name) and job.variables[name].value and not (hides and name == _KEYS[0]):
                cure = f"`{_KEY_CURES[1]}=true`" if name == _KEYS[0] else f"`{_ENV_CURE}=true`"
                detail = f"`{name}` is in clear in the manifest of each job"
                yield make_find("pool-secret-shown", detail, f"for the worker: {cure}", job)
    shown = [each for each in job.variables.values() if each.name in PROXIES and _is_sensitive(each)]
    stated = [each for each in shown if each.origin in {"pool", "deployment", "manifest"}]
    if stated:
        detail = f"{_names(stated)} has a password, and whoever may read the pool reads it"
        yield make_find("pool-secret-shown", detail, kind.secrets, job)


def _is_sensitive(variable: JobVariable) -> bool:
    proxy = find_proxy_url(variable.value)
    return proxy is not None and proxy.sensitive


def _judge_cluster(kind: PoolType, worker: WorkerHost) -> Iterator[PoolFind]:
    """Whether a worker in a cluster asks the cluster's API through the proxy: kubernetes_asyncio does."""
    address = worker.environment.get(_CLUSTER)
    proxied = any(worker.environment.get(name) for name in ("HTTPS_PROXY", "https_proxy"))
    if not kind.manifest or not address or not proxied:
        return
    entries = {entry for name in LISTS for entry in split_entries(worker.environment.get(name, ""))}
    if address not in entries:
        detail = (
            f"the cluster's API is `{address}`, which NO_PROXY lacks: a worker here asks the proxy for it"
        )
        yield make_find("pool-no-proxy-cluster", detail, f"`proxyenv setup --no-proxy {address}`")


def _names(variables: Iterable[JobVariable]) -> str:
    return ", ".join(f"`{each.name}`" for each in variables)


def _pairs(variables: Iterable[JobVariable]) -> str:
    return ", ".join(f"`{each.name}={each.shown}`" for each in variables)


def _patch(pool: WorkPool) -> str:
    return f"`proxyenv pool patch {pool.typed}`"


def _where(pool: WorkPool, job: PoolJob, what: str) -> str:
    if job.deployment:
        return f"correct `{what}` in `job_variables` of the deployment `{job.deployment}`"
    return f"correct `{what}` in the template: `prefect work-pool inspect {pool.typed}`"
