"""What is reached directly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from proxyenv.errors import UsageError
from proxyenv.routing.no_proxy import LOOPBACK, is_internal, normalise, split_entries

if TYPE_CHECKING:
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.request import Request
    from proxyenv.routing.no_proxy import Normalised


class Routes(NamedTuple):
    """NO_PROXY.

    Args:
        asked: what was asked for or found, normalised, without what is worked out.
        written: what is written.
        notes: what was changed, dropped or added, and why.
    """

    asked: tuple[str, ...]
    written: tuple[str, ...]
    notes: tuple[str, ...]


def choose_routes(
    findings: Findings, request: Request, saved: Configuration, *, api_url: str | None, urls: tuple[str, ...]
) -> Routes:
    """The entries to write: loopback and an internal API always, then what was asked for.

    Raises:
        UsageError: ``no-proxy-invalid``, for an entry of ``--no-proxy``.
    """
    asked = _asked(findings, request, saved)
    own = tuple(entry for entry in asked.entries if entry not in LOOPBACK)
    derived = list(LOOPBACK)
    notes = []
    host = urlsplit(api_url).hostname if api_url else None
    if api_url and host and is_internal(host, findings.api_addresses):
        derived.append(_api_entry(api_url, host, urls))
        notes.append(f"direct, as the Prefect API is internal: `{derived[-1]}`")
    written = normalise((*derived, *own)).entries
    return Routes(own, written, (*notes, *asked.notes))


def _asked(findings: Findings, request: Request, saved: Configuration) -> Normalised:
    if request.no_proxy is not None:
        return normalise(split_entries(request.no_proxy))
    if findings.installation.configuration is not None:
        return normalise(saved.no_proxy)
    kept: list[str] = []
    dropped: list[str] = []
    for found in findings.no_proxy:
        for entry in split_entries(found.value):
            try:
                normalise((entry,))
            except UsageError as error:
                dropped.append(f"{found.provenance}: {error.message}; it is left out")
            else:
                kept.append(entry)
    normalised = normalise(tuple(kept))
    return replace(normalised, notes=(*normalised.notes, *dropped))


def _api_entry(api_url: str, api_host: str, urls: tuple[str, ...]) -> str:
    """The API's host, limited to its port when a URL to be proved through the proxy has the same host."""
    shared = any(urlsplit(url).hostname == api_host for url in urls)
    port = urlsplit(api_url).port
    return f"{api_host}:{port}" if shared and port and ":" not in api_host else api_host
