"""What must be direct, worked out and not asked: each entry says why it is there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from proxyenv.model.no_proxy import Address, Domain, ExactHost, NoProxy, NoProxyEntry, join
from proxyenv.no_proxy.entries import Grammar, parse_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.findings import Surroundings
    from proxyenv.model.no_proxy import Rule


_PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598
        "127.0.0.0/8",
        "169.254.0.0/16",  # RFC 3927
        "::1/128",
        "fc00::/7",  # RFC 4193
        "fe80::/10",
    )
)
_SUFFIXES: Final = (
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".localdomain",
    ".home.arpa",
    ".localhost",
)


def is_internal(host: str, addresses: tuple[str, ...] = ()) -> bool:
    """Whether a host belongs to the local network, so that a proxy would not reach it.

    That is: a private, loopback or link-local address; a name without a dot; a name in a domain that
    is reserved for local use; a name that resolves, here, to such addresses only.

    Args:
        host: a name or an address, without brackets.
        addresses: what the name resolves to on this machine.
    """
    text = host.lower().removesuffix(".")
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        if "." not in text or text.endswith(_SUFFIXES):
            return True
        return bool(addresses) and all(map(_is_private, addresses))
    return _is_private(text)


def _is_private(address: str) -> bool:
    value = ipaddress.ip_address(address.partition("%")[0])
    return any(value in network for network in _PRIVATE if network.version == value.version)


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
    Address(ipaddress.IPv4Address("0.0.0.0")),  # noqa: S104 - nothing listens there
)
"""Clients compare texts, so that the name does not cover the addresses nor the reverse.

Servers print the address at which they listen, `0.0.0.0`, and curl 7.88.1 sends it to the proxy.
"""


def derive(surroundings: Surroundings, *, api: Rule | None) -> NoProxy:
    """Everything that only this machine or its network can reach.

    Args:
        surroundings: where the machine stands.
        api: the Prefect API when it is internal, or ``None``.
    """
    entries = (NoProxyEntry(rule, str(rule), reason) for rule, reason in _rules(surroundings, api))
    return join(NoProxy(tuple(entries)))


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
