"""Reads from an installation what ``check`` has to prove, and of which process."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from proxyenv.decide.expectation import expect, name_profile
from proxyenv.decide.proxies import SCHEMES, parse_ranked, rank_proxies
from proxyenv.errors import DiscoveryError
from proxyenv.formats.profile import find_profile
from proxyenv.machine.ca_sources import read_settings
from proxyenv.machine.distributions import find_python_version
from proxyenv.machine.forwarders import find_forwarders
from proxyenv.machine.hosts import find_package_index
from proxyenv.machine.installation import find_written, missing_receipt, read_installation
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.pythons import find_pythons
from proxyenv.model.intent import Intent
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.subject import DEFAULT_URLS, Runtime, Subject
from proxyenv.no_proxy.entries import split_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.target import Target, Variable


def read_subject(  # noqa: PLR0913 - each choice by its name
    host: Host,
    installation: Installation,
    *,
    urls: tuple[str, ...],
    python: str = sys.executable,
    targets: tuple[str, ...] | None = None,
    new_shell: bool = False,
) -> Subject:
    """A process of the user's with the environment of this shell, and what must be proved of it.

    Args:
        host: the machine.
        installation: the written files.
        urls: what to fetch; empty means those of the configuration, or else none: see
            :func:`find_usual_documents`, which takes a moment.
        python: the interpreter.
        targets: versions of Python that must accept the same certificates; ``None`` for those of the
            configuration.
        new_shell: add what a new shell gets from the env file, where shells source it.

    Raises:
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be used.
    """
    receipt, configuration = installation.receipt, installation.configuration
    written = find_written(installation, host.layout)
    if installation.damage is not None:
        raise installation.damage
    if receipt is None or configuration is None:
        raise missing_receipt(host, installation)
    expected = expect(host, configuration, receipt)
    profile = receipt.profile or ""
    runtime, store = _read_runtime(host, receipt, configuration)
    environment = name_profile(configuration, receipt, host.environment)
    added = False
    if new_shell and configuration.uses_shell:
        sourced = _source(environment, written or {}, expected.variables)
        environment, added = sourced, sourced != environment
    api_url = configuration.api_url or _read_api_url(host, installation, receipt)
    refused = dict(_find_refused(host, (python, *runtime.pythons)))
    proxies = (expected.http_proxy, expected.https_proxy)
    return Subject(
        python=python,
        environment=environment,
        directory=host.workplace,
        added=added,
        http_proxy=expected.http_proxy,
        https_proxy=expected.https_proxy,
        no_proxy=expected.no_proxy,
        bundle=store or (host.layout.bundle if receipt.anchors else None),
        profile=profile,
        api_url=api_url,
        urls=urls or configuration.urls,
        refused=MappingProxyType(refused),
        runtime=runtime,
        version=find_python_version(python) or "",
        target_pythons=configuration.target_pythons if targets is None else targets,
        forwarders=find_forwarders(host, filter(None, proxies)),
    )


def find_usual_documents(host: Host, subject: Subject) -> dict[str, str]:
    """What is fetched where nothing was named: URL → the form that it has to have, what matters most first.

    The Prefect API, the package index that pip is configured for, and then the document of Prefect's how-to.

    Args:
        host: the machine.
        subject: whose API, and whose pip.
    """
    health = {f"{subject.api_url.rstrip('/')}/health": "api"} if subject.api_url else {}
    asked = sys.executable if subject.python in subject.refused else subject.python
    index = find_package_index(host, asked)
    project = {f"{index.rstrip('/')}/pip/": "index"} if index else {}
    return {**health, **project, **dict.fromkeys(DEFAULT_URLS, "uuid")}


def make_candidate(host: Host, target: Target, *, urls: tuple[str, ...]) -> Subject:
    """What a new set-up would say to the Python that most probably runs the user's flows, for the trial.

    Args:
        host: the machine.
        target: the decision.
        urls: what to reach; empty means those of the configuration, or else the usual documents.
    """
    api_url = target.profile.settings.get("PREFECT_API_URL")
    bundle: Path | None = host.layout.bundle if target.anchors else None
    if target.configuration.uses_truststore:
        from proxyenv.machine.truststore import find_python_store

        store = find_python_store()
        bundle = Path(store.path) if store and store.path else bundle
    python = find_pythons(host, (), target.configuration.venvs).chosen[0].path
    refused = dict(_find_refused(host, (python,)))
    candidate = Subject(
        python=python,
        environment=host.environment,
        directory=host.workplace,
        http_proxy=target.http_proxy,
        https_proxy=target.https_proxy,
        no_proxy=target.no_proxy,
        bundle=bundle,
        profile=target.profile.name,
        api_url=api_url,
        urls=urls or target.configuration.urls,
        refused=MappingProxyType(refused),
        version=find_python_version(python) or "",
        forwarders=find_forwarders(host, filter(None, (target.http_proxy, target.https_proxy))),
    )
    if candidate.urls:
        return candidate
    return replace(candidate, urls=tuple(find_usual_documents(host, candidate)))


def find_today(host: Host, *, urls: tuple[str, ...], python: str) -> Subject:
    """What clients are told today: by the env file of what is set up, or else by this shell's environment.

    Args:
        host: the machine.
        urls: what to reach.
        python: whose clients.

    Raises:
        DiscoveryError: a file of an earlier run cannot be used.
        UsageError: ``proxy-url-invalid``, ``password-masked``: a variable names no proxy.
    """
    installation = read_installation(host)
    if installation.receipt is not None:  # `proxyenv.toml` may have been edited since, for `refresh` to read
        written = find_written(installation, host.layout) or {}
        http, https = (_parse(written.get(f"{scheme}_proxy")) for scheme in SCHEMES)
        return replace(
            read_subject(host, installation, urls=urls, python=python),
            http_proxy=http,
            https_proxy=https,
            no_proxy=split_entries(written.get("no_proxy", "")),
        )
    sources, nothing = read_settings(LocalMachine(host)), Intent()
    proxies = {
        scheme: next((parse_ranked(nothing, f"{scheme}_proxy", each) for each in ranked), None)
        for scheme in SCHEMES
        for ranked in (rank_proxies(nothing, sources, scheme),)
    }
    named = host.environment.get("SSL_CERT_FILE")
    return Subject(
        python=python,
        environment=host.environment,
        directory=host.workplace,
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=split_entries(host.environment.get("no_proxy") or host.environment.get("NO_PROXY") or ""),
        bundle=host.absolute(named, expand=False) if named else None,
        profile="",
        api_url=None,
        urls=urls,
        version=find_python_version(python) or "",
    )


def _parse(proxy: str | None) -> ProxyURL | None:
    return None if proxy is None else parse_proxy_url(proxy, source="the env file")


def _find_refused(host: Host, pythons: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The interpreters that root must not run, with the reason."""
    if not host.is_root or host.platform == "win32":
        return
    from proxyenv.machine.ownership import find_writer

    for python in pythons:
        reason = find_writer(python)
        if reason:
            yield python, reason


def _source(
    environment: Mapping[str, str], written: Mapping[str, str], variables: tuple[Variable, ...]
) -> dict[str, str]:
    """The environment of a shell that sourced the env file: what the file sets, and what it unsets."""
    there = {each.name: each.file is None or os.path.isfile(each.file) for each in variables}  # noqa: PTH113 - never raises
    gone = {each.name for each in variables if each.value is None and there[each.name]}
    kept = {name: value for name, value in environment.items() if name not in gone}
    return {**kept, **{name: value for name, value in written.items() if there.get(name, True)}}


def _read_api_url(host: Host, installation: Installation, receipt: Receipt) -> str | None:
    """The API that the profile names, which had it before ``setup``.

    Raises:
        DiscoveryError: ``receipt-invalid``, ``profile-missing``.
    """
    path = receipt.profiles
    if path is None:
        raise DiscoveryError("receipt-invalid", f"`{host.layout.receipt}` names no `profiles.toml`")
    state = installation.state(path)
    keys = find_profile(state.text if state else "", receipt.profile or "")
    if keys is None:
        raise DiscoveryError(
            "profile-missing",
            f"`{path}` no longer holds the profile `{receipt.profile}` as it was written",
            hint="`proxyenv refresh` writes it again",
        )
    value = keys.get("PREFECT_API_URL")
    return value if isinstance(value, str) else None


def _read_runtime(host: Host, receipt: Receipt, configuration: Configuration) -> tuple[Runtime, Path | None]:
    """How processes get what they need, and the store that Python's OpenSSL takes, if any."""
    if not (configuration.uses_truststore or configuration.uses_plugin):
        return Runtime(), None
    from proxyenv.machine.truststore import find_saved_sites

    sites, _ = find_saved_sites(configuration.venvs, host=host)
    runtime = Runtime(pythons=tuple(str(site.python) for site in sites), plugin=configuration.uses_plugin)
    if not configuration.uses_truststore:
        return runtime, None
    from proxyenv.machine.truststore import find_python_store

    store = find_python_store()
    known = store.fingerprints if store else frozenset()
    runtime = replace(
        runtime,
        truststore=True,
        store=f"the operating system's store, {store.place}," if store else "the operating system's store",
        anchors=len(receipt.anchors),
        lacking=tuple(anchor.subject for anchor in receipt.anchors if anchor.fingerprint not in known),
    )
    return runtime, Path(store.path) if store and store.path else None
