"""Whether what the lab saw is what a dialect said."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.dialect import UNREACHABLE, mask_credentials
from support.route_lab import Seen, address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.proxy_url import ProxyURL
    from support.route_lab import Visit

__all__ = ["find_difference"]

_NOWHERE: Final = (UNREACHABLE, "no such host")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


def find_difference(route: Route, seen: Seen, environment: Mapping[str, str]) -> str | None:
    """What differs between a prediction and a run, or nothing.

    A client that raises has to say what was predicted, but for what the system says of a name that
    cannot be resolved or a port that cannot be.
    """
    if route.kind is RouteKind.ERROR:
        return _compare_error(route.reason, seen, environment)
    if route.kind.value != seen.route:
        return f"the route is {seen.route}"
    return _compare_proxy(route.proxy, seen.visits[0]) if route.proxy else None


def _compare_error(reason: str, seen: Seen, environment: Mapping[str, str]) -> str | None:
    if seen.route != Seen.NONE:
        return f"the route is {seen.route}"
    if any(words in reason for words in _NOWHERE):
        return None
    values = [value for name, value in environment.items() if name.lower() != "no_proxy"]
    said, expected = mask_credentials(seen.output, *values), mask_credentials(reason, *values)
    return None if said == expected else "the message differs"


def _compare_proxy(proxy: ProxyURL, visit: Visit) -> str | None:
    if proxy.port != visit.port:
        return "another port"
    expected = _LOOPBACK if proxy.host == "localhost" else {address_of(proxy.host)}
    if visit.address not in expected:
        return "another proxy"
    if (proxy.scheme == "https") != (visit.form == "tls"):
        return "TLS to the proxy or not"
    if visit.form == "tls":
        return None  # credentials come later
    return _compare_credentials(proxy, visit.authorization)


def _compare_credentials(proxy: ProxyURL, authorization: str | None) -> str | None:
    if proxy.username is None or authorization is None:
        return None if proxy.username is None and authorization is None else "credentials or none"
    login = proxy.username if proxy.password is None else f"{proxy.username}:{proxy.password}"
    sent = base64.b64decode(authorization.removeprefix("Basic "))
    encodings = ("utf-8", "latin-1")  # a client's own choice, which a route does not show
    expected = {login.encode(encoding, "surrogateescape") for encoding in encodings if _fits(login, encoding)}
    return None if sent in expected else "other credentials"


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
