"""Reads what on this machine gets into jobs of Prefect that run elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proxyenv.machine.content import find_text
from proxyenv.model.jobs import JobSources

if TYPE_CHECKING:
    from proxyenv.model.host import Host


def read_job_sources(host: Host, integrations: tuple[str, ...]) -> JobSources:
    """What on this machine gets into jobs that run elsewhere.

    Args:
        host: the machine.
        integrations: those of the Python that runs the workers, see
            :func:`proxyenv.machine.distributions.find_integrations`.
    """
    docker = find_docker_proxies(host) if "prefect-docker" in integrations else None
    return JobSources(integrations, docker)


def find_docker_proxies(host: Host) -> str | None:
    """The Docker client's configuration, where it names proxies for containers."""
    directory = host.environment.get("DOCKER_CONFIG") or str(host.home / ".docker")
    path = host.absolute(directory, expand=False) / "config.json"
    try:
        default = json.loads(find_text(path) or "{}")["proxies"]["default"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return str(path) if default else None
