"""What must be direct, worked out and not asked: each entry says why it is there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from proxyenv.model.no_proxy import Address, Domain, Entry, ExactHost, NoProxy
from proxyenv.no_proxy.intent import Grammar, parse_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.no_proxy import Rule
    from proxyenv.model.surroundings import Surroundings

METADATA: Final = {
    "Amazon Web Services": ("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23"),
    "Google Cloud": ("169.254.169.254", "metadata.google.internal"),
    "Microsoft Azure": ("169.254.169.254", "168.63.129.16"),
    "Oracle Cloud": ("169.254.169.254",),
    "Alibaba Cloud": ("100.100.100.200",),
    "DigitalOcean": ("169.254.169.254",),
    "Hetzner": ("169.254.169.254",),
    "OpenStack": ("169.254.169.254",),
}
"""Where each cloud tells its machines who they are. Asked through a proxy, it would tell the proxy's
identity, if it answered at all. AWS has two more for containers (ECS, EKS), Azure one for its agent."""

LOOPBACK: Final = (
    ExactHost("localhost"),
    Address(ipaddress.IPv4Address("127.0.0.1")),
    Address(ipaddress.IPv6Address("::1")),
)
"""Clients compare texts, so that the name does not cover the addresses nor the reverse."""


def derive(surroundings: Surroundings, *, api: Rule | None) -> NoProxy:
    """Everything that only this machine or its network can reach.

    Args:
        surroundings: where the machine stands.
        api: the Prefect API when it is internal, or ``None``.
    """
    return NoProxy() + NoProxy(
        tuple(Entry(rule, str(rule), reason) for rule, reason in _rules(surroundings, api))
    )


def _rules(surroundings: Surroundings, api: Rule | None) -> Iterator[tuple[Rule, str]]:
    for rule in LOOPBACK:
        yield rule, "loopback"
    if api is not None:
        yield api, "the Prefect API is internal"
    yield ExactHost("host.docker.internal"), "a container's name for its host"
    for name in surroundings.names:
        yield from ((rule, "this machine's own name") for rule in _read(name))
    if surroundings.cluster_address is not None:
        yield Domain("svc"), "services of this Kubernetes cluster"
        yield Domain("cluster.local"), "services of this Kubernetes cluster"
        yield from ((rule, "the cluster's API") for rule in _read(surroundings.cluster_address))
    for host in METADATA.get(surroundings.cloud or "", ()):
        yield from ((rule, f"metadata of {surroundings.cloud}") for rule in _read(host))


def _read(host: str) -> tuple[Rule, ...]:
    """A host as a rule; none for what is no single host, whoever calls it one."""
    rules = parse_entries((host,), source="", grammar=Grammar.PATTERNS).rules
    return tuple(rule for rule in rules if isinstance(rule, ExactHost | Address))
