"""reqwest: uv, deno, rattler, rustup and other programs in Rust.

After ``client/proxy/matcher.rs`` of hyper-util. Upper case wins and counts even where it is empty. A
proxy URL that is none is forgotten, and ALL_PROXY or nothing takes its place. `*` covers names, not
addresses. In a CGI environment (`REQUEST_METHOD`) no variable is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import (
    WHITE_SPACE,
    first_set,
    lower_ascii,
    make_proxy,
    no_variable,
    repair,
)
from proxyenv.no_proxy.dialects.hosts import find_address
from proxyenv.no_proxy.dialects.listed import Listed, NetworkIndex, first_of, names_above
from proxyenv.no_proxy.dialects.web_url import find_web_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.no_proxy.dialects.dialect import Router

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,63})://")
_AUTHORITY: Final = re.compile(r"[^/?#]*")
_URI: Final = re.compile(r"[A-Za-z0-9!#$&'()*+,./:;=?@\[\]_~%-]*")
_PATH: Final = re.compile(r"[!\x24-\x3b=?\x40-\x7e\x80-\U0010ffff#]*")
_PREFIX_LENGTH: Final = re.compile(r"[0-9]{1,3}")
_PORT: Final = re.compile(r"\+?[0-9]+")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SOCKS: Final = frozenset({"socks4", "socks4a", "socks5", "socks5h"})
_WIDTHS: Final = {4: 32, 6: 128}
_LONGEST: Final = 65534
_MOST_COLONS: Final = 8


@dataclass(slots=True)
class _ReqwestNoProxy:
    """A list as hyper-util reads it."""

    everything: Listed | None = None
    names: dict[str, Listed] = field(default_factory=dict)
    networks: NetworkIndex = field(default_factory=NetworkIndex)

    @classmethod
    def read(cls, text: str) -> _ReqwestNoProxy:
        read = cls()
        for place, part in enumerate(text.split(",")):
            if not part:
                continue
            entry = Listed(place, part.strip(WHITE_SPACE))
            network = _find_network(entry.text)
            if network is not None:
                read.networks.add(*network, entry)
            elif entry.text == "*":
                read.everything = read.everything or entry
            elif entry.text:
                read.names.setdefault(lower_ascii(entry.text.removeprefix(".")), entry)
        return read

    def find(self, host: str) -> Listed | None:
        """The entry that covers a host without brackets."""
        address = find_address(host)
        if address is not None:
            return self.networks.find(*address)
        above = names_above(lower_ascii(host))
        return first_of(self.everything, *(self.names.get(name) for name in above))


def prepare_reqwest(*, socks: bool) -> Callable[[Mapping[str, str]], Router]:
    """The reading of a program; *socks* says whether it was built with SOCKS."""

    def prepare(environment: Mapping[str, str]) -> Router:
        listed = _first_text(environment, "NO_PROXY", "no_proxy")
        variable, no_proxy = listed[0], _ReqwestNoProxy.read(listed[1])
        cgi = "REQUEST_METHOD" in environment
        proxies = {} if cgi else _read_proxies(environment)

        def route(url: str) -> Route:
            target = find_web_url(url)
            if target is None:
                return Route.error("builder error: invalid URL")
            if target.scheme not in proxies:
                return Route.direct("`REQUEST_METHOD` is set (CGI)") if cgi else no_variable(target.scheme)
            entry = no_proxy.find(target.bare_host)
            if entry is not None:
                return Route.bypassed(entry.text, variable)
            name, proxy = proxies[target.scheme]
            if proxy.scheme in _SOCKS and not socks:
                return Route.error(f"unknown proxy scheme `{proxy.scheme}`")
            return Route.proxied(proxy, name)

        return route

    return prepare


def _read_proxies(environment: Mapping[str, str]) -> dict[str, tuple[str, ProxyURL]]:
    """For each scheme that has one, the variable and the proxy."""
    proxies = {}
    for scheme in ("http", "https"):
        for name in (scheme, "all"):
            variable, value = _first_text(environment, f"{name.upper()}_PROXY", f"{name}_proxy")
            proxy = _find_proxy(value)
            if proxy is not None:
                proxies[scheme] = variable, proxy
                break
    return proxies


def _first_text(environment: Mapping[str, str], *names: str) -> tuple[str, str]:
    """The first variable that is there and valid UTF-8."""
    valid = {
        name: environment[name]
        for name in names
        if name in environment and repair(environment[name]) == environment[name]
    }
    return first_set(valid, *names) or (names[0], "")


def _find_proxy(value: str) -> ProxyURL | None:
    """The proxy that a value names, by the grammar of ``http::Uri``."""
    if not value or len(value) > _LONGEST:
        return None
    found = _SCHEME.match(value)
    rest = value[found.end() :] if found else value
    scheme = lower_ascii(found[1]) if found else "http"
    before = _AUTHORITY.match(rest)
    authority = before[0] if before else ""
    if not authority or (found is None and authority != rest) or not _is_authority(authority):
        return None
    if not _PATH.fullmatch(rest[len(authority) :]):
        return None
    if found is not None and scheme not in _DEFAULT_PORTS and found[1] not in _SOCKS:
        return None
    userinfo, at, location = authority.partition("@")
    host, port = _split_port(location.rpartition("@")[2] if at else authority)
    number = port if port is not None else _DEFAULT_PORTS.get(scheme, 1080)
    if not at:
        return make_proxy(scheme, host, number)
    username, _, password = userinfo.partition(":")
    return make_proxy(scheme, host, number, unquote(username), unquote(password))


def _is_authority(text: str) -> bool:
    """The rule of ``http::uri::Authority``: what counts is what follows the last `@` or bracket."""
    if not _URI.fullmatch(text) or text.endswith("@"):
        return False
    location = text.rpartition("@")[2]
    brackets = text.count("["), text.count("]")
    if brackets not in {(0, 0), (1, 1)} or text.find("[") > text.find("]"):
        return False
    after = location.rpartition("]")[2]
    return "%" not in after and after.count(":") <= 1 and text.count(":") <= _MOST_COLONS


def _split_port(location: str) -> tuple[str, int | None]:
    end = location.rfind("]") + 1
    host, colon, port = location[end:].partition(":")
    if not colon or not _PORT.fullmatch(port) or len(port) > 8 or int(port) > 65535:  # noqa: PLR2004 - digits and values of a port
        return location[:end] + host, None
    return location[:end] + host, int(port)


def _find_network(text: str) -> tuple[int, int, int] | None:
    """The family, the address and the prefix length of an address or a network."""
    before, slash, after = text.partition("/")
    address = find_address(before)
    if address is None:
        return None
    width = _WIDTHS[address[0]]
    if not slash:
        return (*address, width)
    return (*address, int(after)) if _PREFIX_LENGTH.fullmatch(after) and int(after) <= width else None
