"""Reads where the machine stands: its names, its cluster, its cloud."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.machine.content import find_text
from proxyenv.model.findings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROOT: Final = Path("/")
_DMI: Final = ("sys_vendor", "product_name", "board_vendor", "bios_vendor", "chassis_asset_tag")
_CLOUD_MARKS: Final = (
    ("Amazon", "Amazon Web Services"),
    ("Google", "Google Cloud"),
    ("7783-7084-3265-9085-8269-3286-77", "Microsoft Azure"),  # the asset tag of every Azure machine
    ("OracleCloud", "Oracle Cloud"),
    ("Alibaba", "Alibaba Cloud"),
    ("DigitalOcean", "DigitalOcean"),
    ("Hetzner", "Hetzner"),
    ("OpenStack", "OpenStack"),
)
_CONTAINER_MARKS: Final = (".dockerenv", "run/.containerenv")


def read_surroundings(environment: Mapping[str, str], *, root: Path = _ROOT) -> Surroundings:
    """Read the hosts file, the firmware's tables and a cluster's variables; no network is asked.

    Args:
        environment: a pod finds its cluster's address there, a container of ECS its metadata's.
        root: where the system's files are.
    """
    cluster = environment.get("KUBERNETES_SERVICE_HOST") or None
    contained = cluster is not None or any((root / mark).exists() for mark in _CONTAINER_MARKS)
    hosts = tuple(_read_hosts(root))
    own = _find_own_names(root, hosts)
    return Surroundings(
        names=() if contained else own,
        cluster_address=cluster,
        cloud=_find_cloud(environment, root),
        known_hosts=tuple(
            (name, str(host.address))
            for host in hosts
            if not host.address.is_loopback and not set(own) & set(host.names)
            for name in host.names
        ),
    )


class _Host(NamedTuple):
    """A line of the hosts file."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    names: tuple[str, ...]


def _find_own_names(root: Path, hosts: tuple[_Host, ...]) -> tuple[str, ...]:
    """The host name, and what else the hosts file calls the same machine."""
    text = find_text(root / "proc/sys/kernel/hostname") or find_text(root / "etc/hostname") or ""
    own = text.strip().lower()
    aliases = (name for host in hosts if own in host.names for name in host.names)
    return tuple(name for name in dict.fromkeys((own, *aliases)) if name and "localhost" not in name)


def _read_hosts(root: Path) -> Iterator[_Host]:
    for line in (find_text(root / "etc/hosts") or "").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            continue  # an empty line, or one that the resolver cannot read either
        if not parsed.is_multicast and not parsed.is_unspecified:
            yield _Host(parsed, tuple(name.lower() for name in names))


def _find_cloud(environment: Mapping[str, str], root: Path) -> str | None:
    if environment.get("AWS_EXECUTION_ENV") or environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return "Amazon Web Services"
    tables = [find_text(root / "sys/class/dmi/id" / name) or "" for name in _DMI]
    return next((cloud for mark, cloud in _CLOUD_MARKS if any(mark in table for table in tables)), None)
