"""The JDK's networking properties (``java.net`` "Networking Properties", JSSE reference guide)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.wanted import Wanted


def proxy_properties(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Each property that says where the proxy is. The JDK has none for credentials."""
    for scheme, proxy in wanted.proxies:
        yield f"{scheme}.proxyHost", proxy.host
        yield f"{scheme}.proxyPort", str(proxy.port)
    if wanted.http or wanted.https:
        yield "http.nonProxyHosts", "|".join(wanted.java)  # it serves https too


def trust_properties(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Each property that says whom to trust."""
    if wanted.has_anchors:
        yield "javax.net.ssl.trustStore", str(wanted.layout.pkcs12)
        yield "javax.net.ssl.trustStoreType", "PKCS12"


def require_plain_proxy(wanted: Wanted, tool: str) -> None:
    """Refuse a proxy to which the JDK would have to speak TLS.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if any(proxy.scheme == "https" for _, proxy in wanted.proxies):
        raise PlanError(
            "value-unrepresentable",
            f"`{tool}` cannot use a proxy that itself speaks TLS",
            hint="ask IT for its `http://` address",
        )
