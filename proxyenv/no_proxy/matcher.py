"""Whether a URL is to be reached directly, by what the list means.

Rules are indexed once, so that a decision costs as many look-ups as the host has labels, however long
the list is.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.model.no_proxy import Address, Domain, Everything, ExactHost, PlainNames, Subnet
from proxyenv.no_proxy.dialects.hosts import to_ascii
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Address, IPv6Address

    from proxyenv.model.no_proxy import NoProxy, NoProxyEntry, Rule

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


_IPV4: Final = 4


class Endpoint(NamedTuple):
    """The host and port that a URL asks for.

    Args:
        name: lower case, punycode, without a final dot; empty for an address.
        address: the address; an IPv4 address in IPv6 clothes counts as IPv4.
        port: that of the URL, or its scheme's own.
    """

    name: str
    address: IPv4Address | IPv6Address | None
    port: int | None


def parse_endpoint(url: str) -> Endpoint:
    """What a URL asks for.

    Raises:
        ValueError: its authority is malformed.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    port = parts.port if parts.port is not None else DEFAULT_PORTS.get(parts.scheme)
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = to_ascii(host)
        if name is None:
            raise ValueError(f"`{host}` is no name that DNS could hold") from None
        return Endpoint(name, None, port)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return Endpoint("", mapped or address, port)


class Matcher:
    """An index of what is to be reached directly.

    Args:
        no_proxy: the rules.
    """

    def __init__(self, no_proxy: NoProxy) -> None:
        self._by_key: dict[object, list[tuple[int, NoProxyEntry]]] = defaultdict(list)
        self._prefixes: dict[int, set[int]] = {4: set(), 6: set()}
        for position, entry in enumerate(no_proxy.entries):
            for key in self._keys(entry.rule):
                self._by_key[key].append((position, entry))

    def _keys(self, rule: Rule) -> Iterable[object]:
        match rule:
            case ExactHost():
                return (("name", rule.name),)
            case Domain():
                below = ("below", rule.name)
                return (("name", rule.name), below) if rule.apex else (below,)
            case Address():
                return (rule.address,)
            case Subnet():
                self._prefixes[rule.network.version].add(rule.network.prefixlen)
                return (_network_key(rule.network.network_address, rule.network.prefixlen),)
            case PlainNames():
                return ("plain",)
            case Everything():
                return ("everything",)

    def find_entry(self, url: str) -> NoProxyEntry | None:
        """The first entry that covers a URL, or ``None``.

        Raises:
            ValueError: the URL's authority is malformed.
        """
        endpoint = parse_endpoint(url)
        found = [
            (position, entry)
            for key in self._questions(endpoint)
            for position, entry in self._by_key.get(key, ())
            if getattr(entry.rule, "port", None) in {None, endpoint.port}
        ]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def _questions(self, endpoint: Endpoint) -> Iterator[object]:
        yield "everything"
        if endpoint.address is not None:
            yield endpoint.address
            for bits in self._prefixes[endpoint.address.version]:
                yield _network_key(endpoint.address, bits)
            if endpoint.address.version == _IPV4:
                yield from _find_above(str(endpoint.address))
            return
        yield ("name", endpoint.name)
        if "." not in endpoint.name:
            yield "plain"
        yield from _find_above(endpoint.name)


def _find_above(name: str) -> Iterator[object]:
    """The keys of the domains that a name, or by its text an address, is below."""
    while "." in name:
        name = name.partition(".")[2]
        yield ("below", name)


def _network_key(address: IPv4Address | IPv6Address, bits: int) -> tuple[int, int, int]:
    return address.version, bits, int(address) >> (address.max_prefixlen - bits)
