"""Reads from an installation what ``check`` has to prove."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.errors import DiscoveryError, not_installed
from proxyenv.formats.profile import find_profile
from proxyenv.machine.installation import find_written
from proxyenv.model.subject import DEFAULT_URLS, Runtime, Subject
from proxyenv.model.url import parse_proxy_url
from proxyenv.no_proxy.entries import split_entries

if TYPE_CHECKING:
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import Receipt


def read_subject(host: Host, installation: Installation, *, urls: tuple[str, ...]) -> Subject:
    """What the written files say, and nothing else: not the request, not this shell's environment.

    Args:
        host: the machine; of its environment only ``PATH`` is used.
        installation: the written files.
        urls: what to fetch; empty means those of the configuration, or else the usual document.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    receipt, configuration = installation.receipt, installation.configuration
    environment = find_written(installation, host.layout)
    if installation.damage is not None:
        raise installation.damage
    if receipt is None or configuration is None or environment is None:
        raise not_installed()
    proxies = {
        scheme: parse_proxy_url(environment[f"{scheme}_proxy"]) if f"{scheme}_proxy" in environment else None
        for scheme in ("http", "https")
    }
    profiles_path = next((entry.path for entry in receipt.entries if entry.profile is not None), None)
    if profiles_path is None:
        raise DiscoveryError("receipt-invalid", f"`{host.layout.receipt}` names no `profiles.toml`")
    profile = receipt.profile or ""
    keys = find_profile(_content(installation, profiles_path) or "", profile)
    if keys is None or (configuration.api_url and not keys.get("PREFECT_API_URL")):
        raise DiscoveryError(
            "profile-missing",
            f"`{profiles_path}` no longer holds the profile `{profile}` as it was written",
            hint="`proxyenv refresh` writes it again",
        )
    value = keys.get("PREFECT_API_URL")
    runtime, store = _read_runtime(host, receipt, configuration)
    return Subject(
        environment=environment,
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=split_entries(environment.get("no_proxy", "")),
        bundle=store or (host.layout.bundle if receipt.anchors else None),
        profiles_path=profiles_path,
        profile=profile,
        api_url=value if isinstance(value, str) else None,
        urls=urls or configuration.urls or DEFAULT_URLS,
        path=host.environment.get("PATH", ""),
        runtime=runtime,
    )


def _read_runtime(host: Host, receipt: Receipt, configuration: Configuration) -> tuple[Runtime, Path | None]:
    """What processes have besides the variables, and the store that Python's OpenSSL takes, if any."""
    if not (configuration.uses_truststore or configuration.uses_plugin):
        return Runtime(), None
    from proxyenv.machine.truststore import find_saved_sites

    sites, _ = find_saved_sites(configuration.venvs, host=host)
    runtime = Runtime(
        pythons=tuple(str(site.python) for site in sites),
        plugin=configuration.uses_plugin,
        shell=configuration.uses_shell,
        config=host.layout.config if configuration.uses_plugin else None,
    )
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


def _content(installation: Installation, path: Path) -> str | None:
    state = installation.state(path)
    return state.content.decode("utf-8", "surrogateescape") if state else None
