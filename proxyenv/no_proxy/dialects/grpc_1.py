"""gRPC's C core, which Python's, Ruby's and PHP's gRPC share."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.dialect import UNREACHABLE, Dialect, Router, first_set, lower_ascii, through
from proxyenv.no_proxy.dialects.hosts import find_address
from proxyenv.no_proxy.dialects.listed import Listed, NetworkIndex, SuffixIndex, first_of, index_suffixes

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLANK: Final = " \t\n\v\f\r"
_SCHEME: Final = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_TAIL: Final = re.compile(r"[\w.~!$&'()*+,;=:@/?%-]*", re.ASCII)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_LENGTH: Final = re.compile(r"[ \t\n\v\f\r]*\+?([0-9]+)[ \t\n\v\f\r]*", re.ASCII)
_DEFAULT_PORT: Final = 443
_WIDTHS: Final = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class _GrpcNoProxy:
    """The entries of NO_PROXY: names, with or without a leading dot, and networks."""

    variable: str
    names: SuffixIndex
    networks: NetworkIndex

    def find(self, host: str) -> str | None:
        """The first entry that exempts a host."""
        address = find_address(host)
        network = self.networks.find(*address) if address else None
        first = first_of(self.names.find(lower_ascii(host)), network)
        return first.text if first else None


def _read_bypass(environment: Mapping[str, str]) -> _GrpcNoProxy:
    variable, value = first_set(environment, "no_grpc_proxy", "no_proxy") or ("", "")
    networks = NetworkIndex()
    stripped = (text.strip(_BLANK) for text in value.split(","))
    entries = [entry for entry in dict.fromkeys(stripped) if entry not in {"", "."}]
    for place, entry in enumerate(entries):
        listed = Listed(place, entry)
        network = _find_network(entry)
        if network is not None:
            networks.add(*network, listed)
    names = index_suffixes((lower_ascii(entry.removeprefix(".")), entry) for entry in entries)
    return _GrpcNoProxy(variable, names, networks)


def _find_network(entry: str) -> tuple[int, int, int] | None:
    address, _, text = entry.partition("/")
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") and ":" in address else address
    base, length = find_address(bare), _LENGTH.fullmatch(text)
    if base is None or length is None or len(length[1]) > 9:  # noqa: PLR2004 - an unsigned number of 32 bits
        return None
    return (*base, min(int(length[1]), _WIDTHS[base[0]]))


def _decode(text: str) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    decoded = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), octets)
    return decoded.decode("utf-8", "surrogateescape")


def _find_proxy(value: str) -> tuple[str, str | None] | str:
    """Location and credentials of a proxy, or why gRPC ignores it."""
    matched = _SCHEME.fullmatch(value)
    if matched is None:
        return "is no URI"
    scheme, authority, _, query, fragment = matched.groups()
    if query == "" or not all(_TAIL.fullmatch(part or "") for part in (query, fragment)) or not authority:
        return "is no URI"
    if scheme.lower() != "http":
        return f"has the scheme `{scheme}`"
    userinfo, at, location = _decode(authority).rpartition("@")
    return (location, userinfo if at and userinfo else None) if location else "has no host"


def _prepare(environment: Mapping[str, str]) -> Router:
    named = first_set(environment, "grpc_proxy", "https_proxy", "http_proxy")
    bypass = _read_bypass(environment)

    def route(url: str) -> Route:
        try:
            location = urlsplit(url).netloc.rpartition("@")[2]
        except ValueError as error:
            return Route.error(f"builtins.ValueError: {error}")
        host = _split_location(location)[0].strip("[]")
        chosen = _choose(host, named, bypass)
        if chosen.kind is RouteKind.DIRECT and not host.isascii():
            return Route.error(f"grpc.RpcError: no such host, `{host}`: gRPC does not encode names")
        return chosen

    return route


def _choose(host: str, named: tuple[str, str] | None, bypass: _GrpcNoProxy) -> Route:
    if named is None or not named[1]:
        return Route.direct("no variable in lower case names a proxy")
    variable, value = named
    proxy = _find_proxy(value)
    if isinstance(proxy, str):
        return Route.direct(f"`{variable}` {proxy}, and gRPC ignores it")
    entry = bypass.find(host)
    if entry is not None:
        return Route.bypassed(entry, bypass.variable)
    if not proxy[0].isascii():
        return Route.error(f"grpc.RpcError: {UNREACHABLE}, host `{proxy[0]}`: gRPC does not encode names")
    return _through(variable, *proxy)


def _through(variable: str, location: str, userinfo: str | None) -> Route:
    username, colon, password = (userinfo or "").partition(":")
    login = (None if userinfo is None else username, password if colon else None)
    host, port = _split_location(location)
    bare = host[1:-1] if host.startswith("[") and ":" in host else host
    try:
        bare = ipaddress.ip_address(bare).compressed
    except ValueError:
        bare = bare.lower()
    return through("grpc.RpcError", ProxyURL("http", bare, port, *login), variable)


def _split_location(location: str) -> tuple[str, int]:
    """Host and port; port 0 where it is no number, and the default where there is none."""
    host, port = location, ""
    if location.startswith("["):
        end = location.find("]") + 1
        host, port = location[:end], location[end + 1 :]
    elif location.count(":") == 1:
        host, _, port = location.partition(":")
    if not port:
        return host, _DEFAULT_PORT
    number = _LENGTH.fullmatch(port)
    return host, int(number[1]) if number and len(number[1]) < 10 else 0  # noqa: PLR2004 - fits into 32 bits


GRPC: Final = Dialect(
    name="grpc",
    verified=("1.85.1",),
    source="gRPC core 1.85: `http_proxy_mapper.cc`, `uri.cc`",
    prepare=_prepare,
)
