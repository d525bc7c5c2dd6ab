"""What of this machine concerns all its users: the units of services, JupyterHub, and what they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.system import jupyterhub, systemd
from proxyenv.errors import UsageError
from proxyenv.model.findings import SharedFindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.installation import Layout


def read_shared(services: Iterable[str]) -> SharedFindings:
    """Which of these services have no unit here, and whether there is a JupyterHub."""
    missing = (each for each in _parse(services) if not _has_unit(each))
    return SharedFindings(frozenset(missing), any(map(os.path.exists, jupyterhub.TRACES)))


def _has_unit(service: str) -> bool:
    return any(map(os.path.exists, systemd.find_unit_files(service)))


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
