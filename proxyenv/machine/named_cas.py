"""CAs that few clients find: in files that tools name, and in variables that are nearly right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.sources.named_files import find_named_files, find_near_misses
from proxyenv.machine.certificates import (
    LISTS,
    VARIABLES,
    is_relative,
    joined,
    make_reader,
    read_place,
)
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.roots import SHIPPED, find_known
from proxyenv.model.findings import Found, Rejection
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

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
    """The CAs in files that are named by tools, or by variables that no client reads as they are meant.

    Args:
        host: see :func:`find_anchors`.
        public_roots: see there.
        now: see there.
        shipped: see there.
        root: what the files of the system are below.
    """
    read = make_reader(public_roots, find_known(public_roots, shipped), now)
    return joined(
        (each, named.provenance)
        for named in find_named_files(LocalMachine(host, root))
        for each in read_place(named.value, read).certificates
    )


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
        if value and name not in missed and name not in LISTS and is_relative(value):
            shown = show_path(value)
            reason = f"`{shown}` is another file in every directory: name the whole path, or use `--ca`"
            yield Rejection(f"`{name}` in the environment", reason, "ca-spelling")
