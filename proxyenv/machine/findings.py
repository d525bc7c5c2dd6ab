"""Reads the machine once, into one value."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.decide.trust import choose_base, choose_trust
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.machine.ca_sources import find_means, read_all, read_given
from proxyenv.machine.certificates import find_anchors, read_public_roots
from proxyenv.machine.environment import find_no_proxy, find_proxies
from proxyenv.machine.installation import read_installation
from proxyenv.machine.prefect import find_prefect
from proxyenv.machine.surroundings import read_surroundings
from proxyenv.machine.system_roots import parse_system_roots, read_system_roots
from proxyenv.machine.tools import read_tools
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, SystemStore

if TYPE_CHECKING:
    from datetime import datetime

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import PrefectFindings
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
    if installation.damage is not None:
        raise installation.damage
    prefect = find_prefect(host)
    public_roots, certifi_version = read_public_roots()
    anchors, rejections = find_anchors(host=host, public_roots=public_roots, now=now)
    means = find_means(request, installation.configuration, host)
    given = read_all(request.ca, host=host, now=now, means=means, confirmed=request.confirmed)
    system = _find_system(request, installation, public_roots)
    findings = Findings(
        public_roots,
        certifi_version,
        prefect,
        proxies=find_proxies(host.environment),
        no_proxy=find_no_proxy(host.environment),
        given_anchors=given.anchors,
        given_lasts=given.lasts,
        anchors=anchors,
        rejections=rejections,
        system=system,
        api_addresses=find_addresses(_api_host(request, installation, prefect)),
        surroundings=read_surroundings(host.environment),
        tools=read_tools(
            host,
            _meant_proxies(request, installation, host),
            _meant_anchors(given.anchors, installation, anchors),
            truststore=choose_trust(request, installation.configuration or Configuration()) == "truststore",
        ),
        installation=installation,
    )
    return _with_truststore(_with_saved(findings, host, now), host, request)


def _with_truststore(findings: Findings, host: Host, request: Request) -> Findings:
    """Add what only truststore mode has to know."""
    saved = findings.installation.configuration or Configuration()
    if choose_trust(request, saved) != "truststore":
        return findings
    from proxyenv.machine.python_store import find_python_store
    from proxyenv.machine.sites import find_saved_sites, find_sites

    sites, gone = (
        (find_sites(request.venvs, host=host), ())
        if request.venvs
        else find_saved_sites(saved.venvs, host=host)
    )
    hooks = tuple(site.packages / HOOK_FILE for site in sites)
    return replace(
        findings,
        sites=sites,
        gone_venvs=gone,
        python_store=find_python_store(),
        installation=read_installation(host, hooks),
    )


def _find_system(
    request: Request, installation: Installation, public_roots: tuple[Certificate, ...]
) -> SystemStore | None:
    """The operating system's roots, which take a moment to read, if the bundle starts from them."""
    if choose_base(request, installation.configuration or Configuration()) == "certifi":
        return None
    store = read_system_roots()
    return SystemStore(store.source, parse_system_roots(store, public_roots), store.digest)


def _meant_proxies(request: Request, installation: Installation, host: Host) -> tuple[str, ...]:
    """The proxies that are meant, by rank: those that were given, saved or found."""
    saved = installation.configuration or Configuration()
    given = (request.http_proxy or request.proxy, request.https_proxy or request.proxy)
    found = tuple(value.value for _, value in find_proxies(host.environment))
    ranks = (given, (saved.http_proxy, saved.https_proxy), found)
    return next((proxies for rank in ranks if (proxies := tuple(filter(None, rank)))), ())


def _meant_anchors(
    given: tuple[Found[Certificate], ...], installation: Installation, found: tuple[Found[Certificate], ...]
) -> frozenset[str]:
    """The fingerprints of the corporate CAs that are meant, by rank: given, saved or found."""
    saved = installation.receipt.anchors if installation.receipt else ()
    ranks = (
        [each.value.fingerprint for each in given],
        [anchor.fingerprint for anchor in saved],
        [each.value.fingerprint for each in found],
    )
    return frozenset(next(filter(None, ranks), ()))


def _api_host(request: Request, installation: Installation, prefect: PrefectFindings) -> str | None:
    """The host of the API that may come to be used; judging the URL is not for here."""
    configuration = installation.configuration
    saved = configuration.api_url if configuration else None
    url = request.api_url or saved or (prefect.api_url.value if prefect.api_url else "")
    with contextlib.suppress(ValueError):
        return urlsplit(url).hostname
    return None


def _with_saved(findings: Findings, host: Host, now: datetime) -> Findings:
    """Add the CAs that the configuration names, or those that were found when it was made.

    What it names may be gone: then the copies that were made of it still serve.
    """
    installation = findings.installation
    configuration = installation.configuration
    corporate = host.layout.corporate
    copy = (str(corporate),) if installation.state(corporate) is not None else ()
    if configuration is None or not (configuration.ca or copy):
        return findings
    try:
        return replace(findings, saved_anchors=read_given(configuration.ca or copy, host=host, now=now))
    except DiscoveryError as error:
        if not (configuration.ca and copy):
            return replace(findings, saved_refusal=error)
        note = f"{error.message}; the copy in `{corporate}` is used"
    except TrustError as error:
        hint = "set up with its successor: `proxyenv setup --ca FILE`"
        return replace(findings, saved_refusal=TrustError(error.code, error.message, hint=hint))
    return replace(findings, saved_anchors=read_given(copy, host=host, now=now), saved_notes=(note,))


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
