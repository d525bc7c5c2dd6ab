"""CAs that few clients find: in files of tools and products, and in variables that are nearly right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.sources.named_files import find_named_files, find_near_misses
from proxyenv.catalog.sources.vendors import find_vendor_files
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.certificates import (
    LISTS,
    VARIABLES,
    is_relative,
    joined,
    make_reader,
    read_place,
)
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.ownership import find_foreign, find_owners
from proxyenv.machine.roots import SHIPPED, find_fingerprints, find_known, read_system_roots
from proxyenv.model.findings import Found, Rejection
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from proxyenv.certificates.anchors import Anchors
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host


def find_proposed(
    *,
    host: Host,
    public_roots: tuple[Certificate, ...],
    now: datetime,
    shipped: tuple[Path, ...] = SHIPPED,
    root: Path = Path("/"),
) -> tuple[Found[Certificate], ...]:
    """The CAs in files that tools name, or variables that no client reads as meant, and in those of products.

    Args:
        host: see :func:`find_anchors`.
        public_roots: see there.
        now: see there.
        shipped: see there.
        root: what the files of the system are below.
    """
    read = make_reader(public_roots, find_known(public_roots, shipped), now)
    machine = LocalMachine(host, root)
    named = (
        (each, named.provenance)
        for named in find_named_files(machine)
        for each in read_place(named.value, read).certificates
    )
    return joined((*named, *_read_products(machine, host, read)))


def _read_products(
    machine: LocalMachine, host: Host, read: Callable[[str], Anchors]
) -> Iterator[tuple[Certificate, str]]:
    """The CAs in the files of products, where nobody else could have put them.

    Windows lets everybody make directories where products keep their data. So there only a CA counts that the
    system's store holds, too.
    """
    owners = find_owners(host)
    files = tuple(each for each in find_vendor_files(machine) if not find_foreign((each.value,), owners))
    stored = _find_stored() if files and host.platform == "win32" else None
    for named in files:
        for each in read_place(named.value, read).certificates:
            if stored is None or each.fingerprint in stored:
                yield each, named.provenance


def _find_stored() -> frozenset[str]:
    """The fingerprints of what the system's store holds; nothing where it cannot be read."""
    try:
        store = read_system_roots()
        return frozenset(find_fingerprints(store.data, store.source))
    except (DiscoveryError, TrustError):
        return frozenset()


def find_odd_variables(host: Host) -> Iterator[Rejection]:
    """Variables that are nearly right, and paths that mean another file in every directory."""
    missed = {miss.name: miss for miss in find_near_misses(host.environment)}
    yield from (
        Rejection(
            f"`{name}` in the environment",
            miss.reason,
            "" if "PROXY" in miss.known.upper() else "ca-spelling",
        )
        for name, miss in missed.items()
    )
    for name in VARIABLES:
        value = host.environment.get(name, "")
        if value and name not in missed and name not in LISTS and is_relative(value, host.platform):
            shown = show_path(value)
            reason = f"`{shown}` is another file in every directory: name the whole path, or use `--ca`"
            yield Rejection(f"`{name}` in the environment", reason, "ca-spelling")
