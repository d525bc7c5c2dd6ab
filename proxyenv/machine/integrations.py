"""Reads what on this machine gets into jobs of Prefect that run elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxyenv.formats.parse import parse_json
from proxyenv.machine.content import find_text
from proxyenv.model.jobs import JobSources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.host import Host


def read_job_sources(host: Host, integrations: tuple[str, ...]) -> JobSources:
    """What on this machine gets into jobs that run elsewhere.

    Args:
        host: the machine.
        integrations: the packages whose workers start jobs in other places.
    """
    path, proxies = read_docker_proxies(host) if "prefect-docker" in integrations else ("", {})
    return JobSources(integrations, str(path) if proxies else None)


def read_docker_proxies(host: Host) -> tuple[Path, Mapping[str, Any]]:
    """The Docker client's configuration, and its proxies for containers: empty where it names none."""
    directory = host.environment.get("DOCKER_CONFIG") or str(host.home / ".docker")
    path = host.absolute(directory, expand=False) / "config.json"
    try:
        default = parse_json(find_text(path) or "{}")["proxies"]["default"]
    except (ValueError, KeyError, TypeError):
        return path, {}
    return path, default if isinstance(default, dict) else {}
