"""Work pools of Prefect: what the API says of one, and what was written into it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.receipt import KeyChange

ENV_DEFAULT = ("variables", "properties", "env", "default")
"""Where a template keeps the variables that every job of the pool gets."""

POD = ("job_configuration", "job_manifest", "spec", "template", "spec")
"""Where a template of Kubernetes keeps the pod."""


class PoolWorker(NamedTuple):
    """A worker of a pool, as the API knows it.

    Args:
        name: its name.
        status: as the API says it; a worker that has stopped stays `ONLINE` for over a minute.
        last_heartbeat: ISO 8601, or ``None``.
        interval: seconds between its heartbeats.
        age: seconds since the last one; ``None`` where there was none.
    """

    name: str
    status: str
    last_heartbeat: str | None
    interval: float
    age: float | None

    @property
    def fresh(self) -> bool:
        """Whether it is alive: it missed at most one heartbeat."""
        return self.age is not None and self.age <= 2 * self.interval


class PoolDeployment(NamedTuple):
    """A deployment that runs in a pool.

    Args:
        name: `FLOW/DEPLOYMENT`.
        variables: its ``job_variables``.
    """

    name: str
    variables: Mapping[str, Any]


class PoolResult(NamedTuple):
    """The last result that a standing check stored of a worker.

    Args:
        worker: its name.
        at: when, ISO 8601.
        trouble: what failed, in a few words each; none where everything works.
        python: the version of Python in the job; empty where it is not known.
        prefect: that of Prefect.
        place: `host`, `container` or `kubernetes`.
        held: the beginnings of the SHA-256 of all CAs that every file of roots there holds; ``None`` where it
            is not known, as with the operating system's store.
    """

    worker: str
    at: str
    trouble: tuple[str, ...]
    python: str = ""
    prefect: str = ""
    place: str = ""
    held: frozenset[str] | None = None

    def trusts(self, fingerprint: str) -> bool | None:
        """Whether a CA was trusted there; ``None`` where that is not known.

        Args:
            fingerprint: SHA-256, lower-case hex.
        """
        return None if self.held is None else any(fingerprint.startswith(each) for each in self.held)


class WorkPool(NamedTuple):
    """A work pool, and what belongs to it.

    Args:
        name: its name.
        type: such as ``docker``, or ``ecs:push``.
        template: the base job template; empty until the first worker of a new pool has started.
        status: `READY`, `NOT_READY` or `PAUSED`; empty where the API does not say.
        paused: whether it is.
        concurrency_limit: how many jobs at once; ``None`` for no limit.
        workers: by name.
        deployments: by name.
        usual_template: what its type has by default; only where *template* is empty, and it is known.
        results: of standing checks, by worker.
    """

    name: str
    type: str
    template: Mapping[str, Any]
    status: str = ""
    paused: bool = False
    concurrency_limit: int | None = None
    workers: tuple[PoolWorker, ...] = ()
    deployments: tuple[PoolDeployment, ...] = ()
    usual_template: Mapping[str, Any] | None = None
    results: tuple[PoolResult, ...] = ()

    @property
    def typed(self) -> str:
        """Its name as a shell reads it, for commands to paste."""
        import shlex

        return shlex.quote(self.name)


class WorkerHost(NamedTuple):
    """What a worker on this machine, started from this shell, would add to jobs.

    Args:
        forwarded: the settings of Prefect that are set here: every worker hands its own to its jobs.
        environment: all variables; a job of a process worker inherits them.
        docker_proxies: what the configuration of the Docker client adds to containers, by variable.
        docker_config: the file that says so.
        files: the paths among all these values, and among those of the pools, that are here.
        corporate_only: those of them that hold certificates, and no public root.
    """

    forwarded: Mapping[str, str] = MappingProxyType({})
    environment: Mapping[str, str] = MappingProxyType({})
    docker_proxies: Mapping[str, str] = MappingProxyType({})
    docker_config: str = ""
    files: frozenset[str] = frozenset()
    corporate_only: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Without the values, which may hold passwords."""
        return f"WorkerHost(docker_config={self.docker_config!r})"


class TemplateEdit(NamedTuple):
    """One value in a base job template.

    Args:
        path: the keys and indices that lead to it; ``-`` at the end stands for a new item of a list.
        value: what is to be there.
        over: a placeholder that gives way to the list that the item is for.
    """

    path: tuple[str | int, ...]
    value: Any
    over: str | None = None

    def __repr__(self) -> str:
        """Without the value, which may hold a password."""
        return f"TemplateEdit(path={self.path!r})"


class PoolEntry(NamedTuple):
    """What was written into one work pool.

    Args:
        api: the URL of the API, without credentials.
        pool: its name.
        type: its type.
        keys: what was written, in order: the place as a JSON pointer, the value before as JSON, and the
            SHA-256 of what was written.
        made_from: the digest of the variables that were set up here then; ``None`` where what was written
            was made from something else.
        options: those that `pool patch` had, without a password, for a command to paste.
    """

    api: str
    pool: str
    type: str
    keys: tuple[KeyChange, ...]
    made_from: str | None = None
    options: tuple[str, ...] = ()

    def is_outdated(self, made_from: str | None) -> bool:
        """Whether something else is set up here by now.

        Args:
            made_from: the digest of the variables that are set up; ``None``: it is not known.
        """
        return None not in {self.made_from, made_from} and self.made_from != made_from

    @property
    def command(self) -> str:
        """What writes it again, as typed in a shell."""
        import shlex

        return shlex.join(("proxyenv", "pool", "patch", self.pool, *self.options))
