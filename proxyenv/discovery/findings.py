"""Reads the machine once, into one value."""

from __future__ import annotations

import queue
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.discovery.certificates import find_anchors, read_given, read_public_roots
from proxyenv.discovery.environment import find_no_proxy, find_proxies
from proxyenv.discovery.installation import read_installation
from proxyenv.discovery.prefect import find_prefect
from proxyenv.model.findings import Findings
from proxyenv.trust.bundle import select

if TYPE_CHECKING:
    from datetime import datetime

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.found import Found
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.request import Request

_RESOLVE_SECONDS: Final = 2.0


def read_findings(host: Host, request: Request, *, now: datetime) -> Findings:
    """Read everything that a decision may depend on.

    Args:
        host: the machine.
        request: names the files and the API to look at.
        now: aware, UTC; certificates are judged at this moment.

    Raises:
        DiscoveryError: something that was named cannot be read, or is not valid.
        TrustError: a CA that was named is refused.
    """
    installation = read_installation(host)
    prefect = find_prefect(host)
    public_roots, certifi_version = read_public_roots()
    given = _selected(read_given(request.ca, host=host, now=now), request)
    saved: tuple[Found[Certificate], ...] = ()
    anchors: tuple[Found[Certificate], ...] = ()
    findings = Findings(
        public_roots, certifi_version, prefect, installation=installation, given_anchors=given
    )
    if installation.configuration is not None:
        saved = _read_saved(host, installation, now)
    else:
        anchors, rejections = find_anchors(host=host, public_roots=public_roots, now=now)
        findings = replace(findings, rejections=rejections)
    api_url = request.api_url or (installation.configuration.api_url if installation.configuration else None)
    api_url = api_url or (prefect.api_url.value if prefect.api_url else None)
    return replace(
        findings,
        proxies=find_proxies(host.environment),
        no_proxy=find_no_proxy(host.environment),
        anchors=anchors if request.ca else _selected(anchors, request),
        saved_anchors=saved,
        api_addresses=find_addresses(urlsplit(api_url).hostname) if api_url else (),
    )


def _selected(found: tuple[Found[Certificate], ...], request: Request) -> tuple[Found[Certificate], ...]:
    """Those whose fingerprints were asked for; all, when none was."""
    if not request.fingerprints or not found:
        return found
    wanted = set(select(tuple(item.value for item in found), request.fingerprints))
    return tuple(item for item in found if item.value in wanted)


def _read_saved(host: Host, installation: Installation, now: datetime) -> tuple[Found[Certificate], ...]:
    """The CAs that the configuration names, or those that were found when it was made."""
    configuration = installation.configuration
    named = configuration.ca if configuration else ()
    if named:
        return read_given(named, host=host, now=now)
    corporate = host.layout.corporate
    if installation.files.get(installation.links.get(corporate, corporate)) is None:
        return ()
    return read_given((str(corporate),), host=host, now=now)


def find_addresses(host: str | None) -> tuple[str, ...]:
    """What a name resolves to on this machine, sorted; nothing when it does not, or not in time.

    A proxy often resolves names that this machine cannot, so an unknown name is no error.
    """
    if not host:
        return ()
    answers: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
    # A daemon, since nothing can interrupt a resolver that waits for a network that is not there.
    threading.Thread(target=lambda: answers.put(_lookup(host)), daemon=True).start()
    try:
        return answers.get(timeout=_RESOLVE_SECONDS)
    except queue.Empty:
        return ()


def _lookup(host: str) -> tuple[str, ...]:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(sorted({str(entry[4][0]) for entry in entries}))
