"""Reads what work pools need of this machine: who asks Prefect's API, and what a worker here adds to jobs."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from proxyenv.bounded import read_content
from proxyenv.certificates.pem import parse_blocks
from proxyenv.decide.pool_jobs import PATHS, merge_jobs
from proxyenv.errors import ProxyenvError
from proxyenv.machine.integrations import read_docker_proxies
from proxyenv.machine.roots import read_public_roots
from proxyenv.machine.subject import find_today, read_subject
from proxyenv.model.pool import WorkerHost
from proxyenv.model.subject import DEFAULT_URLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.pool import WorkPool
    from proxyenv.model.subject import Subject

_CONFIG_KEYS: Final = {"httpProxy": "http_proxy", "httpsProxy": "https_proxy", "noProxy": "no_proxy"}
"""Of `proxies.default`, with the variable that docker-py makes of it, in both cases."""


def find_caller(host: Host, installation: Installation, python: str) -> Subject:
    """The process that asks Prefect's API: a Python of the user's, in a new shell.

    Args:
        host: the machine.
        installation: what is set up, if anything: its env file is added.
        python: the interpreter.

    Raises:
        DiscoveryError: a file of an earlier run cannot be used.
        UsageError: a variable of this shell names no proxy that can be used.
    """
    if installation.receipt is None:
        subject = find_today(host, urls=DEFAULT_URLS, python=python)
    else:
        subject = read_subject(host, installation, urls=DEFAULT_URLS, python=python, new_shell=True)
    return replace(subject, api_url=subject.api_url or "")  # Prefect's own settings name it


def read_worker_host(
    host: Host, environment: Mapping[str, str], forwarded: Mapping[str, str], pools: Iterable[WorkPool]
) -> WorkerHost:
    """What a worker on this machine adds to jobs, and which of the paths that they name are here.

    Args:
        host: the machine.
        environment: of the worker.
        forwarded: the settings that it hands on.
        pools: whose jobs.
    """
    config, proxies = read_docker_proxies(host)
    added = MappingProxyType(dict(_find_variables(proxies)))
    worker = WorkerHost(forwarded, environment, added, str(config))
    named = {path for pool in pools for path in _find_paths(pool, worker)}
    files = frozenset(path for path in named if os.path.exists(path))  # noqa: PTH110 - never raises
    return worker._replace(files=files, corporate_only=frozenset(_find_corporate_only(files)))


def _find_corporate_only(files: Iterable[str]) -> Iterator[str]:
    """The files of certificates without a public root. What cannot be read is another matter."""
    public: frozenset[str] | None = None
    for path in sorted(files):
        with suppress(OSError, ProxyenvError):
            found = {each.fingerprint for each in parse_blocks(read_content(Path(path)), source=path)}
            if found and public is None:
                public = frozenset(each.fingerprint for each in read_public_roots()[0])
            if found and public is not None and not found & public:
                yield path


def _find_paths(pool: WorkPool, worker: WorkerHost) -> Iterator[str]:
    for job in merge_jobs(pool, None, worker._replace(forwarded={**worker.environment, **worker.forwarded})):
        yield from (each.value for name, each in job.variables.items() if name in PATHS and each.value)
        yield from (each.partition(":")[0] for each in job.volumes)


def _find_variables(proxies: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The variables that docker-py makes of the Docker client's proxies."""
    for key, name in _CONFIG_KEYS.items():
        if proxies.get(key):
            yield from ((spelt, str(proxies[key])) for spelt in (name, name.upper()))
