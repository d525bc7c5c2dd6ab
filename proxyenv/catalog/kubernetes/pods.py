"""What a pod gets: variables, and the CAs as files.

A pod reaches the API of its cluster by an address, which clients that know no networks, such as
kubernetes_asyncio, find in NO_PROXY only if it stands there itself. Nobody outside knows it; but in the value
of a variable the kubelet expands what it knows of services, ``$(KUBERNETES_SERVICE_HOST)`` among it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.catalog.clients.table import LISTS
from proxyenv.catalog.env_formats.env_format import BYTE
from proxyenv.catalog.kubernetes.objects import mount_cas, refer_to_secret
from proxyenv.catalog.shells.shell import NOT_UTF_8, require
from proxyenv.model.target import Variable
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.kubernetes.objects import Delivery
    from proxyenv.model.place import PlaceTarget

API_ADDRESS: Final = "$(KUBERNETES_SERVICE_HOST)"
"""What the kubelet expands to the address of the cluster's API."""

Entry = dict[str, Any]
"""An item of a list, as YAML has it: a variable, a volume, a mount."""


class PodAdditions(NamedTuple):
    """What the containers of a pod get.

    Args:
        env: for each container.
        volumes: for the pod.
        mounts: for each container.
    """

    env: tuple[Entry, ...]
    volumes: tuple[Entry, ...]
    mounts: tuple[Entry, ...]


def make_additions(target: PlaceTarget, delivery: Delivery, api_address: str | None) -> PodAdditions:
    """What a pod gets, for a place.

    Args:
        target: what is decided for the place.
        delivery: how the CAs get to it.
        api_address: of the cluster's API, or ``None``: the kubelet says it.

    Raises:
        PlanError: ``value-unrepresentable``: a value is not UTF-8.
    """
    env = tuple(make_env(target, api_address))
    if not target.anchors:
        return PodAdditions(env, (), ())
    volume, mount = mount_cas(delivery.keys, target.layout.directory)
    return PodAdditions(env, (volume,), (mount,))


def make_env(target: PlaceTarget, api_address: str | None) -> Iterator[Entry]:
    """The variables of a container; those with the password refer to the Secret.

    Raises:
        PlanError: ``value-unrepresentable``: a value is not UTF-8.
    """
    for each in list_variables(target):
        if each.sensitive:
            yield refer_to_secret(each.name)
        else:
            value = (each.value or "").replace("$", "$$")  # a `$` that begins no reference
            if each.name in LISTS:
                value = ",".join(filter(None, (value, api_address or API_ADDRESS)))
            yield {"name": each.name, "value": value}


def list_values(target: PlaceTarget, api_address: str) -> dict[str, str]:
    """The same for ``envFrom``, which expands nothing; what holds the password is left out."""
    return {
        each.name: f"{each.value},{api_address}" if each.name in LISTS else each.value or ""
        for each in list_variables(target)
        if not each.sensitive
    }


def list_variables(target: PlaceTarget) -> tuple[Variable, ...]:
    """What is set in a pod: there is no way to unset what the image sets.

    Raises:
        PlanError: ``value-unrepresentable``: a value is not UTF-8.
    """
    settings = [Variable(name, value) for name, value in target.settings.items()]
    listed = tuple(each for each in (*target.variables, *settings) if each.value is not None)
    require(listed, NOT_UTF_8, where="a pod", reason=BYTE)
    return tuple({each.name: each for each in listed}.values())
