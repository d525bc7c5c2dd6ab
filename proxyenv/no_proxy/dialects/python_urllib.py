"""``urllib.request`` of Python itself."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import Dialect, Router
from proxyenv.no_proxy.dialects.failure import failure, through
from proxyenv.no_proxy.dialects.proxy_texts import no_variable
from proxyenv.no_proxy.dialects.python_proxies import Setting, StandardBypass, read_bypass, read_proxies

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final = {"http": 80, "https": 443}
_TYPE: Final = re.compile(r"([^/:]+):(.*)", re.DOTALL)
_HOST: Final = re.compile(r"//([^/#?]*)(.*)", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_TUNNELS_ENCODE_NAMES: Final = sys.version_info >= (3, 12)
"""Since CPython 3.12 a name that is not ASCII is encoded for CONNECT; before, that raises."""


class _RefusedError(Exception):
    """urllib raises; the arguments are the exception's name and its message."""


class _Proxy(NamedTuple):
    scheme: str
    username: str
    password: str
    location: str


def _parse_proxy(value: str, scheme: str) -> _Proxy:
    """A proxy variable as urllib takes it apart; what has no `/` after its first colon is an authority."""
    matched = _TYPE.match(value)
    rest = matched[2] if matched else value
    if rest.startswith("/") and not rest.startswith("//"):
        raise _RefusedError("builtins.ValueError", f"proxy URL with no authority: {value!r}")
    authority = value
    if rest.startswith("/"):
        end = rest.find("/", max(rest.find("@"), 2))
        authority = rest[2:] if end < 0 else rest[2:end]
        scheme = matched[1].lower() if matched else scheme
    userinfo, _, location = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    return _Proxy(scheme, unquote(username), unquote(password), unquote(location))


@dataclass(frozen=True, slots=True)
class _Request:
    """What urllib's handlers pass around.

    Args:
        kind: whose handler opens it next.
        host: where the connection goes.
        tunnel: the host of the URL once an https URL goes through a proxy.
        absolute: a proxy is asked for the whole URL.
        proxied: some proxy was set.
        variable: that named it.
        login: credentials, of the last proxy that had any: they are a header, and stay.
    """

    kind: str
    host: str
    tunnel: str = ""
    absolute: bool = False
    proxied: bool = False
    variable: str = ""
    login: tuple[str, str] | None = None


def _prepare(environment: Mapping[str, str]) -> Router:
    settings = read_proxies(environment)
    bypass = read_bypass(settings)
    secrets = [setting.value for key, setting in settings.items() if key != "no"]

    def route(url: str) -> Route:
        try:
            return _route(url, settings, bypass)
        except _RefusedError as error:
            return failure(*error.args, *secrets)

    return route


def _route(url: str, settings: Mapping[str, Setting], bypass: StandardBypass) -> Route:
    matched = _TYPE.match(url.strip())
    located = _HOST.match(matched[2]) if matched else None
    if matched is None or located is None or matched[1].lower() not in _PORTS:
        kind = matched[1].lower() if matched else ""
        raise _RefusedError("urllib.error.URLError", f"<urlopen error unknown url type: {kind}>")
    scheme, site = matched[1].lower(), unquote(located[1])
    request = _Request(scheme, site)
    setting = settings.get(scheme)
    exempt: str | None = None
    for _ in range(len(settings) + 1):
        if setting is None:
            break
        proxy = _parse_proxy(setting.value, request.kind)
        exempt = bypass.find(request.host)
        if exempt is not None:
            break
        kind = request.kind
        request = _set_proxy(request, proxy, setting.variable)
        if kind in {proxy.scheme, "https"}:
            break
        # The URL of the proxy has another scheme: urllib begins anew with that one, and its proxy.
        setting = settings.get(request.kind)
    else:
        raise _RefusedError("builtins.RecursionError", "maximum recursion depth exceeded")
    _check_request(request, url, site)
    if not request.proxied:
        return Route.bypassed(exempt, bypass.variable) if exempt is not None else no_variable(scheme)
    return _through(request, scheme)


def _set_proxy(request: _Request, proxy: _Proxy, variable: str) -> _Request:
    login = (proxy.username, proxy.password) if proxy.username and proxy.password else request.login
    if proxy.username and proxy.password:
        _encode(f"{proxy.username}:{proxy.password}", "utf-8")
    changed = replace(request, host=proxy.location, proxied=True, variable=variable, login=login)
    if request.kind == "https" and not request.tunnel:
        return replace(changed, tunnel=request.host)
    return replace(changed, kind=proxy.scheme, absolute=True)


def _check_request(request: _Request, url: str, site: str) -> None:
    """Raise what urllib raises before it connects."""
    if request.kind not in _PORTS:
        raise _RefusedError("urllib.error.URLError", f"<urlopen error unknown url type: {request.kind}>")
    if not request.host:
        raise _RefusedError("urllib.error.URLError", "<urlopen error no host given>")
    _split_location(request.host, request.kind)
    target = url.partition("#")[0]
    if request.absolute:
        _encode(f"GET {target} HTTP/1.1", "ascii")
    _encode(site, "latin-1")
    if request.tunnel and not _TUNNELS_ENCODE_NAMES:
        _encode(_split_location(request.tunnel, "https")[0], "ascii")


def _encode(text: str, encoding: str) -> None:
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        raise _RefusedError("builtins.UnicodeEncodeError", str(error)) from None


def _split_location(location: str, scheme: str) -> tuple[str, int]:
    """Host and port as ``http.client`` reads them."""
    host, port = location, _PORTS[scheme]
    colon = location.rfind(":")
    if colon > location.rfind("]"):
        host, text = location[:colon], location[colon + 1 :]
        try:
            port = int(text) if text else port
        except ValueError:
            raise _RefusedError("http.client.InvalidURL", f"nonnumeric port: '{text}'") from None
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    control = _CONTROL.search(host)
    if control:
        message = f"URL can't contain control characters. {host!r} (found at least {control[0]!r})"
        raise _RefusedError("http.client.InvalidURL", message)
    return host, port


def _through(request: _Request, scheme: str) -> Route:
    host, port = _split_location(request.host, request.kind)
    secure = request.kind == "https" and scheme == "http" and not request.tunnel
    proxy = ProxyURL("https" if secure else "http", host, port, *(request.login or (None, None)))
    return through("urllib.error.URLError", proxy, request.variable)


URLLIB: Final = Dialect(
    name="urllib",
    verified=("3.11", "3.12", "3.13"),
    source="CPython: `urllib.request.ProxyHandler`, `proxy_bypass_environment`, `http.client`",
    prepare=_prepare,
)
