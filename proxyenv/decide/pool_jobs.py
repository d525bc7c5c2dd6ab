"""What a job of a work pool really gets: the template, the deployment and the worker's settings together.

Merged as Prefect merges them: ``from_template_and_values`` and ``prepare_for_flow_run`` of
``prefect/workers/base.py`` 3.9.1, and ``docker/api/container.py`` of docker-py 7.2.0 for the Docker client's
proxies.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from proxyenv.catalog.clients.table import (
    LISTS,
    PROXY_VARIABLES,
    WEBSOCKET_VARIABLES,
    Role,
    roots_variables,
    switches,
)
from proxyenv.model.jobs import API_ROOTS
from proxyenv.model.pool import ENV_DEFAULT, POD
from proxyenv.model.proxy_url import describe_proxy
from proxyenv.model.url import show_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.model.pool import PoolDeployment, WorkerHost, WorkPool

Origin = Literal["pool", "deployment", "manifest", "worker", "worker-machine", "docker-client"]
"""Who says a value: the pool's template, the deployment, the manifest in the template, the settings or the
machine of the worker, or the configuration of the Docker client there."""

ORIGINS: Final = {
    "pool": "the pool",
    "deployment": "the deployment",
    "manifest": "the pool's manifest",
    "worker": "the settings of a worker here",
    "worker-machine": "the variables of a worker here",
    "docker-client": "the Docker client's configuration",
}
"""The same for people."""

PROXIES: Final = frozenset(
    name for kind in ("http", "https", "all") for name in PROXY_VARIABLES[kind]
) | frozenset(WEBSOCKET_VARIABLES)
"""The variables whose value is the URL of a proxy."""

ROOTS: Final = frozenset(name for name, _ in roots_variables()) | {"SSL_CERT_DIR", API_ROOTS}
"""The variables whose value is the path of certificates."""

REPLACING: Final = frozenset(name for name, role in roots_variables() if role is Role.REPLACES_ROOTS)
"""Those of them that take the place of all other roots."""

PATHS: Final = ROOTS | {"PREFECT_HOME", "PREFECT_PROFILES_PATH", "PREFECT_LOGGING_SETTINGS_PATH"}
_HIDDEN: Final = "(not shown)"


class JobVariable(NamedTuple):
    """A variable that a job gets.

    Args:
        name: its name.
        value: ``None`` where the manifest takes it from somewhere else, such as a Secret.
        origin: who says so.
    """

    name: str
    value: str | None
    origin: Origin

    def __repr__(self) -> str:
        """Without the value, which may hold a password."""
        return f"JobVariable(name={self.name!r}, origin={self.origin!r})"

    @property
    def shown(self) -> str:
        """The value for showing: a password is masked, and a value that is not known is not shown."""
        return "(from a Secret or the like)" if self.value is None else show_value(self.name, self.value)


class PoolJob(NamedTuple):
    """What one job gets.

    Args:
        deployment: whose; empty for one that says nothing by itself.
        image: that it runs in; empty where the worker or the machine decides.
        variables: by name, in the order of the names.
        volumes: `HERE:THERE`, or the name of a volume.
        replaced: the volumes of the pool that those of the deployment replace.
        own_loopback: whether loopback there is that of the worker's machine.
    """

    deployment: str
    image: str
    variables: Mapping[str, JobVariable]
    volumes: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    own_loopback: bool = False


def show_value(name: str, value: str) -> str:
    """The value of a variable for showing.

    Args:
        name: of the variable: only those that proxyenv knows are shown.
        value: as it is.
    """
    if name in PROXIES:
        return describe_proxy(value)
    if name in LISTS | PATHS or name == "PREFECT_API_URL":
        return show_source(value)
    if dict(switches()).get(name) == value:
        return value
    return _HIDDEN


def merge_jobs(pool: WorkPool, kind: PoolType | None, worker: WorkerHost) -> tuple[PoolJob, ...]:
    """What the jobs of a pool get: one that says nothing by itself, then one of each deployment.

    Args:
        pool: with its deployments.
        kind: of the pool; ``None`` where it is not known.
        worker: what a worker here would add.
    """
    return (
        merge_job(pool, None, kind, worker),
        *(merge_job(pool, each, kind, worker) for each in pool.deployments),
    )


def merge_job(
    pool: WorkPool, deployment: PoolDeployment | None, kind: PoolType | None, worker: WorkerHost
) -> PoolJob:
    """What a job of one deployment gets."""
    said = _nest(deployment.variables) if deployment else {}
    template = pool.template or pool.usual_template or {}
    variables = dict(_merge_variables(template, said, kind, worker))
    defaults = _read(template, ENV_DEFAULT[:2])
    image = said.get("image") or _read(defaults, ("image", "default"))
    usual, own = _read(defaults, ("volumes", "default")), said.get("volumes")
    volumes = usual if own is None else own
    network = said.get("network_mode") or _read(defaults, ("network_mode", "default"))
    lost = [each for each in usual if each not in own] if isinstance(usual, list) and own is not None else []
    return PoolJob(
        deployment.name if deployment else "",
        image if isinstance(image, str) else "",
        MappingProxyType({name: variables[name] for name in sorted(variables)}),
        (*map(str, volumes or ()), *_find_mounts(template)),
        tuple(map(str, lost)),
        network == "host" or (kind is not None and kind.is_inherited),
    )


def _nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Job variables with `env.NAME` as a key of `env`; what is nested already wins."""
    nested: dict[str, Any] = {}
    for key, value in values.items():
        first, dot, rest = key.partition(".")
        if dot:
            target = nested.setdefault(first, {})
            if isinstance(target, dict):
                target[rest] = value
    for key, value in values.items():
        if "." not in key:
            both = isinstance(nested.get(key), dict) and isinstance(value, dict)
            nested[key] = {**nested[key], **value} if both else value
    return nested


def _merge_variables(
    template: Mapping[str, Any], said: Mapping[str, Any], kind: PoolType | None, worker: WorkerHost
) -> Iterator[tuple[str, JobVariable]]:
    """Every variable with the one who has the last word.

    What the worker adds loses to whatever is said; but where ``null`` only drops what was said, it stays.
    """
    added: dict[str, tuple[Origin, str]] = {}
    if kind is not None and kind.name == "docker":
        added |= {name: ("docker-client", value) for name, value in worker.docker_proxies.items()}
    if kind is not None and kind.is_inherited:
        added |= {name: ("worker-machine", value) for name, value in worker.environment.items()}
    added |= {name: ("worker", value) for name, value in worker.forwarded.items()}
    base = _object(_read(template, ("job_configuration", "env")))
    default = _object(_read(template, ENV_DEFAULT))
    stated: dict[str, tuple[Origin, Any]] = {
        name: ("pool", value) for name, value in {**base, **default}.items()
    }
    stated |= {name: ("deployment", value) for name, value in _object(said.get("env")).items()}
    removed = {name for name, (_, value) in stated.items() if value is None}
    keeps = kind is not None and not kind.removes
    found = {name: each for name, each in added.items() if name not in removed or keeps or _is_late(each[0])}
    found |= {name: (origin, str(value)) for name, (origin, value) in stated.items() if value is not None}
    for item in _list(_read(template, kind.manifest)) if kind is not None and kind.manifest else ():
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name not in found:
            yield name, JobVariable(name, None if "valueFrom" in item else str(item.get("value")), "manifest")
    for name, (origin, value) in found.items():
        yield name, JobVariable(name, value, origin)


def _is_late(origin: Origin) -> bool:
    """Whether it is added after everything else, so that ``null`` does not remove it."""
    return origin == "docker-client"


def _find_mounts(template: Mapping[str, Any]) -> Iterator[str]:
    """The volumes that a manifest of Kubernetes mounts."""
    for container in _list(_read(template, (*POD, "containers"))):
        for mount in _list(_read(container, ("volumeMounts",))):
            if isinstance(mount, dict):
                yield f"{mount.get('name')}:{mount.get('mountPath')}"


def _read(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
    for key in path:
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        elif isinstance(value, dict):
            value = value.get(str(key))
        else:
            return None
    return value


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else []
