"""Where Prefect's clients connect when they have the written environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.dialects.httpx_clients import HTTPX
from proxyenv.no_proxy.dialects.websockets_16 import WEBSOCKETS

if TYPE_CHECKING:
    from proxyenv.model.subject import Subject
    from proxyenv.model.url import ProxyURL


@dataclass(frozen=True, slots=True)
class ExpectedRoute:
    """Where a client with the written environment connects for a URL.

    Args:
        proxy: what it connects to; ``None`` when it goes direct.
        bypass: the NO_PROXY entry that makes it go direct, or ``None``.
    """

    proxy: ProxyURL | None
    bypass: str | None = None


def find_route(subject: Subject, url: str) -> ExpectedRoute:
    """Where httpx, and with it Prefect's REST client, connects for *url*."""
    proxy = subject.https_proxy if url.lower().startswith("https:") else subject.http_proxy
    bypass = HTTPX.prepare(_proxy_variables(subject))(url).entry if proxy else None
    return ExpectedRoute(None if bypass else proxy, bypass)


def find_websocket_proxy(subject: Subject, url: str) -> ProxyURL | None:
    """The proxy of a websocket to the API at *url*: ``ws://`` too prefers the one for ``https://``."""
    socket = url.replace("http", "ws", 1)
    if WEBSOCKETS.prepare(_proxy_variables(subject))(socket).kind is RouteKind.DIRECT:
        return None
    return subject.https_proxy or subject.http_proxy


def _proxy_variables(subject: Subject) -> dict[str, str]:
    proxies = {"http_proxy": subject.http_proxy, "https_proxy": subject.https_proxy}
    named = {name: proxy.reveal() for name, proxy in proxies.items() if proxy is not None}
    return {**named, "no_proxy": ",".join(subject.no_proxy)}
