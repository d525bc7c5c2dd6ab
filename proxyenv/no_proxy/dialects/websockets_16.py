"""websockets 15 and 16, and with them Prefect's events, logs and worker channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlparse

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.model.url import encode_host
from proxyenv.no_proxy.dialects.dialect import ClientRefusedError, Dialect, Router, failure, through
from proxyenv.no_proxy.dialects.python_urllib import ProxyVariable, read_bypass, read_proxies

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECURE: Final = {"ws": False, "http": False, "wss": True, "https": True}
_ORDER: Final = {True: ("wss", "socks", "https"), False: ("ws", "socks", "https", "http")}
_SOCKS: Final = ("socks5h", "socks5", "socks4a", "socks4")
_PORTS: Final = {"http": 80, "https": 443}
_INVALID_URI: Final = "websockets.exceptions.InvalidURI"
_DELIMITERS: Final = ":/?#[]@!$&'()*+,;="


def _prepare(environment: Mapping[str, str]) -> Router:
    settings = read_proxies(environment)
    bypass = read_bypass(settings)
    secrets = [setting.value for key, setting in settings.items() if key != "no"]

    def route(url: str) -> Route:
        try:
            scheme, host, port = _parse_url(url)
            entry = bypass.find(f"{host}:{port}")
            if entry is not None:
                return Route.bypassed(entry, bypass.variable)
            setting = _choose(settings, secure=_SECURE[scheme])
            if setting is None:
                return Route.direct(f"no variable names a proxy for `{'wss' if _SECURE[scheme] else 'ws'}`")
            return through("builtins.OSError", parse_proxy(setting.value), setting.variable)
        except ClientRefusedError as error:
            return failure(*error.args, *secrets)

    return route


def _parse_url(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; `http` stands for `ws`, and `https` for `wss`, at the same server."""
    try:
        parsed = urlparse(url)
        host, port = parsed.hostname, parsed.port
        if host is not None and not url.isascii():
            host = encode_host(host)
    except ValueError as error:
        raise _raised(error) from None
    if parsed.scheme not in _SECURE:
        raise ClientRefusedError(_INVALID_URI, f"{url} isn't a valid URI: scheme isn't ws or wss")
    if host is None:
        raise ClientRefusedError(_INVALID_URI, f"{url} isn't a valid URI: hostname isn't provided")
    return parsed.scheme, host, port or (443 if _SECURE[parsed.scheme] else 80)


def _raised(error: ValueError) -> ClientRefusedError:
    return ClientRefusedError(f"{type(error).__module__}.{type(error).__qualname__}", str(error))


def _choose(settings: Mapping[str, ProxyVariable], *, secure: bool) -> ProxyVariable | None:
    for key in _ORDER[secure]:
        setting = settings.get(key)
        if setting is not None:
            plain = key == "socks" and setting.value.startswith("http://")
            return ProxyVariable(f"socks5h://{setting.value[7:]}", setting.variable) if plain else setting
    return None


def parse_proxy(text: str) -> ProxyURL:
    """A proxy as websockets understands it; credentials are not decoded.

    Raises:
        ClientRefusedError: websockets raises.
    """
    try:
        parsed = urlparse(text)
        host, username, password = parsed.hostname, parsed.username, parsed.password
        cause = _find_fault(text)
        if cause is not None or host is None:
            raise ClientRefusedError(
                "websockets.exceptions.InvalidProxy", f"{text} isn't a valid proxy: {cause}"
            )
        port = parsed.port or _PORTS.get(parsed.scheme, 80)
        if username is not None and password is None:
            cause = "username provided without password"
            raise ClientRefusedError(
                "websockets.exceptions.InvalidProxy", f"{text} isn't a valid proxy: {cause}"
            )
        if not text.isascii():
            host = encode_host(host)
            username = username and quote(username, safe=_DELIMITERS)
            password = password and quote(password, safe=_DELIMITERS)
    except ValueError as error:
        raise _raised(error) from None
    if parsed.scheme in _SOCKS:
        message = "connecting through a SOCKS proxy requires python-socks"
        raise ClientRefusedError("builtins.ImportError", message)
    return ProxyURL(parsed.scheme, host, port, username, password)


def _find_fault(text: str) -> str | None:
    parsed = urlparse(text)
    if parsed.scheme not in (*_SOCKS, *_PORTS):
        return f"scheme {parsed.scheme} isn't supported"
    if parsed.hostname is None:
        return "hostname isn't provided"
    if parsed.path not in {"", "/"}:
        return "path is meaningless"
    if parsed.query:
        return "query is meaningless"
    return "fragment is meaningless" if parsed.fragment else None


WEBSOCKETS: Final = Dialect(
    name="websockets",
    verified=("16.1.1",),
    source="websockets 16: `proxy.get_proxy`, `proxy.parse_proxy`",
    prepare=_prepare,
)
