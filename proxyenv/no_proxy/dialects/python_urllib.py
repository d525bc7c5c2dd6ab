"""``urllib.request`` of Python itself, and the reading of the variables that most Python clients build on.

Follows ``getproxies_environment`` and ``proxy_bypass_environment``, which are the same in CPython 3.11 to
3.14. Windows' registry and macOS' settings are not looked at: both are consulted only where no proxy variable
is set.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import (
    ClientRefusedError,
    Dialect,
    Router,
    failure,
    no_variable,
    through,
)
from proxyenv.no_proxy.dialects.listed import SuffixIndex, index_suffixes

if TYPE_CHECKING:
    from collections.abc import Mapping


_TAIL: Final = "_proxy"
_PORT: Final = re.compile(r"(.*):([0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ProxyVariable:
    """A value and the variable that it comes from."""

    value: str
    variable: str


def read_proxies(environment: Mapping[str, str]) -> dict[str, ProxyVariable]:
    """The proxy variables by what stands before their `_proxy`: `http`, `https`, `all`, `no` and any other.

    A name in lower case wins over any other spelling, and erases it when its value is empty. Of the
    other spellings the last in the environment's order wins, and an empty one counts as unset. In a
    CGI program, where `REQUEST_METHOD` is set, only the lower-case `http_proxy` counts, since a server
    makes `HTTP_PROXY` of a header that the visitor sends.
    """
    named = [
        (name, name[: -len(_TAIL)].lower(), value)
        for name, value in environment.items()
        if name[-len(_TAIL) :].lower() == _TAIL
    ]
    settings = {key: ProxyVariable(value, name) for name, key, value in named if value}
    if "REQUEST_METHOD" in environment:
        settings.pop("http", None)
    for name, key, value in named:
        if not name.endswith(_TAIL):
            continue
        if value:
            settings[key] = ProxyVariable(value, name)
        else:
            settings.pop(key, None)
    return settings


@dataclass(frozen=True, slots=True)
class UrllibNoProxy:
    """The standard library's reading of NO_PROXY.

    Names match themselves and what is below them, with or without a leading dot; a lone `*` matches
    everything; all else, networks and addresses included, is compared as text.

    Args:
        variable: that holds the list, or nothing.
        everything: the list is `*`.
        names: the entries.
    """

    variable: str
    everything: bool
    names: SuffixIndex

    def find(self, host: str) -> str | None:
        """The entry that exempts a host.

        Args:
            host: as the client gives it, with or without a port. What looks like a port is tried
                without it as well, even where it is the end of an IPv6 address.
        """
        if self.everything:
            return "*"
        folded = host.lower()
        matched = _PORT.fullmatch(folded)
        hosts = (matched[1], folded) if matched else (folded,)
        found = self.names.find(*hosts)
        return found.text if found else None


def read_bypass(settings: Mapping[str, ProxyVariable]) -> UrllibNoProxy:
    """Index the list of :func:`read_proxies`."""
    setting = settings.get("no", ProxyVariable("", ""))
    entries = [] if setting.value == "*" else [text.strip() for text in setting.value.split(",")]
    names = index_suffixes((entry.lstrip(".").lower(), entry) for entry in entries if entry)
    return UrllibNoProxy(setting.variable, setting.value == "*", names)


_PORTS: Final = {"http": 80, "https": 443}
_TYPE: Final = re.compile(r"([^/:]+):(.*)", re.DOTALL)
_HOST: Final = re.compile(r"//([^/#?]*)(.*)", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_TUNNELS_ENCODE_NAMES: Final = sys.version_info >= (3, 12)
"""Since CPython 3.12 a name that is not ASCII is encoded for CONNECT; before, that raises."""


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
        raise ClientRefusedError("builtins.ValueError", f"proxy URL with no authority: {value!r}")
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
        except ClientRefusedError as error:
            return failure(*error.args, *secrets)

    return route


def _route(url: str, settings: Mapping[str, ProxyVariable], bypass: UrllibNoProxy) -> Route:
    matched = _TYPE.match(url.strip())
    located = _HOST.match(matched[2]) if matched else None
    if matched is None or located is None or matched[1].lower() not in _PORTS:
        kind = matched[1].lower() if matched else ""
        raise ClientRefusedError("urllib.error.URLError", f"<urlopen error unknown url type: {kind}>")
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
        # The URL of the proxy has another scheme: urllib starts again with that one, and its proxy.
        setting = settings.get(request.kind)
    else:
        raise ClientRefusedError("builtins.RecursionError", "maximum recursion depth exceeded")
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
        raise ClientRefusedError("urllib.error.URLError", f"<urlopen error unknown url type: {request.kind}>")
    if not request.host:
        raise ClientRefusedError("urllib.error.URLError", "<urlopen error no host given>")
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
        raise ClientRefusedError("builtins.UnicodeEncodeError", str(error)) from None


def _split_location(location: str, scheme: str) -> tuple[str, int]:
    """Host and port as ``http.client`` reads them."""
    host, port = location, _PORTS[scheme]
    colon = location.rfind(":")
    if colon > location.rfind("]"):
        host, text = location[:colon], location[colon + 1 :]
        try:
            port = int(text) if text else port
        except ValueError:
            raise ClientRefusedError("http.client.InvalidURL", f"nonnumeric port: '{text}'") from None
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    control = _CONTROL.search(host)
    if control:
        message = f"URL can't contain control characters. {host!r} (found at least {control[0]!r})"
        raise ClientRefusedError("http.client.InvalidURL", message)
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
