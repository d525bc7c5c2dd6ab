"""Fetches the CAs that are named by a URL, before anything is read or decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.decide.trust import find_urls

if TYPE_CHECKING:
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent


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
