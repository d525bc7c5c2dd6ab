"""Gets the CAs that were named: those of a URL are fetched before anything is read or decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.decide.trust import find_urls

if TYPE_CHECKING:
    from proxyenv.machine.ca_sources import CASource
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent, Request


def fetch_cas(host: Host, intent: Intent) -> dict[str, bytes]:
    """What each URL of ``--ca`` holds, by its text.

    Raises:
        UsageError: a URL must not be fetched, or the proxy's is wrong.
        DiscoveryError: ``ca-unreachable``.
    """
    urls = find_urls(intent)
    if not urls:
        return {}
    from proxyenv.checks.download import download
    from proxyenv.machine.ca_sources import find_means

    means = find_means(intent, host)
    return {url: download(url, proxy=means.find_proxy(url), roots=(host.layout.bundle,)) for url in urls}


def read_cas(host: Host, request: Request) -> tuple[CASource, ...]:
    """What ``--ca`` names, not yet judged but for the fingerprints that it must have.

    Raises:
        UsageError: see :func:`fetch_cas`; the variable with the password is not there.
        DiscoveryError: something cannot be read or fetched.
        TrustError: it holds a private key, no certificate, or one with another fingerprint.
    """
    from proxyenv.certificates.bundle import select
    from proxyenv.decide.intent import merge_intent
    from proxyenv.machine.ca_sources import find_means, read_sources
    from proxyenv.machine.installation import read_installation

    intent = merge_intent(request, read_installation(host).configuration)
    means = find_means(intent, host)._replace(fetched=fetch_cas(host, intent))
    sources = tuple(source for text in request.ca for source in read_sources(text, host=host, means=means))
    select((each for source in sources for each in source.content.certificates), request.fingerprints)
    return sources
