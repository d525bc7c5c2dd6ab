"""What of this machine concerns all its users: the units of services, JupyterHub, and what they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.system import jupyterhub, systemd
from proxyenv.errors import UsageError
from proxyenv.machine.ownership import find_foreign, find_owners
from proxyenv.model.findings import SharedFindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout


def read_shared(services: Iterable[str]) -> SharedFindings:
    """Which of these services have no unit here, and whether there is a JupyterHub."""
    missing = (each for each in _parse(services) if not _has_unit(each))
    return SharedFindings(frozenset(missing), any(map(os.path.exists, jupyterhub.TRACES)))


def _has_unit(service: str) -> bool:
    return any(map(os.path.exists, systemd.find_unit_files(service)))


def belong_to_root(paths: Iterable[str], host: Host) -> bool:
    """Whether nobody can write or replace these files but root, or whoever called ``sudo``.

    Anybody else could choose, before the next ``refresh``, which CA all users trust.

    Args:
        paths: as ``--ca`` takes them; the system's store and a URL are no files of this machine's users.
        host: the machine.
    """
    from proxyenv.decide.trust import find_ca_file

    files = (find_ca_file(path, host) for path in paths)
    return find_foreign(filter(None, files), find_owners(host)) is None


def find_drop_ins(services: Iterable[str]) -> tuple[Path, ...]:
    """The drop-in of each of these services."""
    return tuple(map(systemd.find_drop_in, _parse(services)))


def find_shared_files(layout: Layout) -> tuple[Path, ...]:
    """What may be written for all users beside the env files, but for the drop-ins of services."""
    return systemd.ENVIRONMENT_D, layout.env_file(systemd.ENDING), jupyterhub.find_file(layout)


def _parse(services: Iterable[str]) -> Iterator[str]:
    """The full names of these services; the decision refuses names that no service can have."""
    for name in services:
        try:
            yield systemd.parse_service(name)
        except UsageError:
            continue
