"""aiohttp with ``trust_env=True``; without it, no variable is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.address_literals import find_ipv4
from proxyenv.no_proxy.dialects.dialect import Dialect, Router
from proxyenv.no_proxy.dialects.failure import failure, through
from proxyenv.no_proxy.dialects.proxy_texts import no_variable
from proxyenv.no_proxy.dialects.python_proxies import Setting, read_bypass, read_proxies
from proxyenv.no_proxy.dialects.yarl_url import YarlURL, parse_yarl_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES: Final = ("http", "https", "ws", "wss")
_NUMBERS: Final = re.compile(r"[0-9.]+")
_SECURE: Final = ("https", "wss")


def _prepare(environment: Mapping[str, str]) -> Router:
    settings = read_proxies(environment)
    bypass = read_bypass(settings)
    proxies = {key: setting for key, setting in settings.items() if key in _SCHEMES}
    secrets = [setting.value for setting in proxies.values()]

    def decide(url: str) -> Route:
        try:
            parsed = parse_yarl_url(url)
            shown = parsed.shown_host
        except ValueError:
            return failure("aiohttp.client_exceptions.InvalidUrlClientError", url)
        if parsed.scheme not in _SCHEMES:
            return failure("aiohttp.client_exceptions.NonHttpUrlClientError", url)
        entry = bypass.find(shown)
        try:
            route = (
                _choose(parsed.scheme, proxies) if entry is None else Route.bypassed(entry, bypass.variable)
            )
            return (route.kind is RouteKind.DIRECT and _refuse_number(parsed.host)) or route
        except ValueError as error:
            return failure(_name(error), str(error), *secrets)

    return decide


def _refuse_number(host: str) -> Route | None:
    """The error for an address in another notation than four octets, which aiohttp refuses."""
    if not _NUMBERS.fullmatch(host) or find_ipv4(host) is not None:
        return None
    text = f"{host} - is not a canonical IPv4 address"
    return failure("aiohttp.client_exceptions.InvalidUrlClientError", text)


def _name(error: ValueError) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _choose(scheme: str, settings: Mapping[str, Setting]) -> Route:
    """The route by the variables, all of which aiohttp parses each time.

    Raises:
        ValueError: one of them cannot be parsed, whichever the URL needs.
    """
    parsed = {key: parse_yarl_url(setting.value) for key, setting in settings.items()}
    for url in parsed.values():
        _check_login(url)
    if scheme not in parsed:
        return no_variable(scheme)
    url, variable = parsed[scheme], settings[scheme].variable
    if url.scheme in _SECURE:
        return Route.direct(f"`{variable}` names an `{url.scheme}://` proxy, which aiohttp ignores")
    if url.is_empty:
        return Route.direct(f"`{variable}` names no proxy")
    if not url.host:
        return failure("aiohttp.client_exceptions.InvalidURL", str(url), settings[scheme].value)
    username, password = _login(url) or (None, None)
    f"{username or ''}:{password or ''}".encode("latin-1")
    unusual = _refuse_number(url.host)
    if unusual is not None:
        return unusual
    proxy = ProxyURL("http", url.host, url.port or 0, username, password)
    return through("aiohttp.client_exceptions.ClientProxyConnectionError", proxy, variable)


def _login(url: YarlURL) -> tuple[str, str] | None:
    if url.username is None and url.password is None:
        return None
    return url.username or "", url.password or ""


def _check_login(url: YarlURL) -> None:
    if ":" in (url.username or ""):
        raise ValueError('A ":" is not allowed in login (RFC 1945#section-11.1)')


AIOHTTP: Final = Dialect(
    name="aiohttp",
    verified=("3.14.5",),
    source="aiohttp 3.14: `helpers.get_env_proxy_for_url`, `proxies_from_env`; yarl 1.25",
    prepare=_prepare,
)
