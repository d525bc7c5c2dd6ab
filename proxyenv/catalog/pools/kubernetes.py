"""Kubernetes pools: a job is a pod, which gets the roots from a ConfigMap and passwords from a Secret.

The default template has no variable for volumes, so the manifest in it is edited. A variable with a password
becomes a ``secretKeyRef`` in the container's own list: Prefect puts its variables before those of that list,
and leaves out what has the same name. The variable ``env`` stays an object, since a deployment's is merged
into it.

Source: prefect-kubernetes 0.8.0, its worker's code driven without a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.kubernetes.objects import SECRET, mount_cas, refer_to_secret
from proxyenv.catalog.pools.pool_type import PoolType, PoolWanted
from proxyenv.model.pool import POD, TemplateEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINER: Final = (*POD, "containers", 0)


def _complete(wanted: PoolWanted) -> Iterator[TemplateEdit]:
    if wanted.mounted:
        directory = wanted.layout.directory
        names = [there.removeprefix(f"{directory}/") for _, there in wanted.mounted]
        volume, mount = mount_cas({name: name for name in names}, directory)
        yield TemplateEdit((*POD, "volumes", "-"), volume)
        yield TemplateEdit((*_CONTAINER, "volumeMounts", "-"), mount)
    for name in (each.name for each in wanted.variables if not POOL_TYPE.is_plain(each)):
        yield TemplateEdit((*_CONTAINER, "env", "-"), refer_to_secret(name), over="{{ env }}")


POOL_TYPE: Final = PoolType(
    name="kubernetes",
    title="a pod of Kubernetes",
    place="kubernetes",
    files="mounted",
    lands="`env` of the first container in the job's manifest",
    secrets=f"`secretKeyRef` to the Secret `{SECRET}`, which `pool patch` writes for a proxy with a password",
    tested="prefect-kubernetes 0.8.0, its worker's code",
    more=_complete,
    manifest=(*_CONTAINER, "env"),
)
