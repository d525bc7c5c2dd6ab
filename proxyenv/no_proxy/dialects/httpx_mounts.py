"""The mounts of httpx: which pattern of a URL decides, found without trying them one after the other."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from proxyenv.no_proxy.dialects.dialect import ClientRefusedError
from proxyenv.no_proxy.dialects.listed import names_above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.no_proxy.dialects.httpx_url import HttpxURL
    from proxyenv.no_proxy.dialects.python_urllib import ProxyVariable

_OCTETS: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_Place = tuple[str, str] | tuple[int, int, int]
_Key = tuple[_Place, str, int | None]


@dataclass(frozen=True, slots=True)
class Mount:
    """What httpx keeps by a pattern: a proxy, or for an entry of NO_PROXY none.

    Args:
        setting: where it comes from; for an entry its text is the value.
        proxy: the proxy, or nothing.
    """

    setting: ProxyVariable
    proxy: ProxyURL | None = None


@dataclass(frozen=True, slots=True)
class _Ranked:
    rank: tuple[int, ...]
    mount: Mount


class Mounts:
    """Mounts by scheme, host and port, found in the order in which httpx tries them.

    httpx sorts its patterns: those with a port first; then hosts, the longer first, then networks, the
    smaller first; then the longer scheme; then the earlier. Some look-ups for each label of the host,
    and one for each length of prefix in the list, find the same one.

    Args:
        any_label: hosts are compared decoded whichever of their labels is Punycode, as httpx2 does.
    """

    def __init__(self, *, any_label: bool) -> None:
        self._any_label = any_label
        self._mounts: dict[_Key, _Ranked] = {}
        self._prefixes: set[tuple[int, int]] = set()
        self._added = 0

    def add(self, url: HttpxURL, mount: Mount, network: IPNetwork | None = None) -> None:
        """Mount at a pattern, after all others.

        Args:
            url: the pattern.
            mount: what is there.
            network: the addresses that it covers, instead of its host.

        Raises:
            ClientRefusedError: httpx raises.
        """
        scheme = "" if url.scheme == "all" else url.scheme
        host = url.decode_host(any_label=self._any_label)
        host = "" if host == "*" else host
        if network is not None:
            self._prefixes.add((network.version, network.prefixlen))
            order = (1, network.num_addresses, 0)
        else:
            order = (0, 0, -len(host)) if host else (2, 0, 0)
        place = _place(host) if network is None else _network_place(network)
        rank = (url.port is None, *order, -len(scheme), self._added)
        self._added += 1
        key = (place, scheme, url.port)
        self._mounts.setdefault(key, _Ranked(rank, mount))  # of two at one place, the earlier ranks first

    def find(self, url: HttpxURL) -> Mount | None:
        """The mount of a URL.

        Raises:
            ClientRefusedError: its host cannot be decoded.
        """
        host = url.decode_host(any_label=self._any_label)
        found = [
            ranked
            for place in (*_covering(host), *self._networks(host))
            for scheme in ("", url.scheme)
            for port in {None, url.port}
            if (ranked := self._mounts.get((place, scheme, port))) is not None
        ]
        best = min(found, key=lambda ranked: ranked.rank, default=None)
        return best.mount if best else None

    def _networks(self, host: str) -> Iterator[_Place]:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return
        for version, length in self._prefixes:
            if version == address.version:
                hidden = address.max_prefixlen - length
                yield version, length, int(address) >> hidden


def _place(host: str) -> _Place:
    if not host:
        return "any", ""
    if host.startswith("*."):
        return "below", host[2:]
    if host.startswith("*"):
        return "suffix", host[1:]
    return "exact", host


def _network_place(network: IPNetwork) -> _Place:
    hidden = network.max_prefixlen - network.prefixlen
    return network.version, network.prefixlen, int(network.network_address) >> hidden


def _covering(host: str) -> Iterator[_Place]:
    yield "any", ""
    yield "exact", host
    yield "suffix", host
    for suffix in names_above(host):
        if len(suffix) < len(host) - 1:  # something stands before the dot
            yield "suffix", suffix
            yield "below", suffix


def find_network(pattern: str, url: HttpxURL) -> IPNetwork | None:
    """The network that a pattern of httpx2 stands for, if it has the form of one.

    Raises:
        ClientRefusedError: it has the form, and is none.
    """
    prefix = unquote(url.path).removeprefix("/")
    host = url.decode_host(any_label=True)
    if not prefix or find_version(host) is None:
        return None
    written = f"[{host}]/{prefix}" if ":" in host else f"{host}/{prefix}"
    if "@" not in pattern and "%" not in pattern and prefix.isdigit() and pattern.endswith(written):
        try:
            return ipaddress.ip_network(f"{host}/{prefix}", strict=False)
        except ValueError:
            pass
    raise ClientRefusedError("InvalidURL", f"Invalid network in {pattern!r}")


def find_version(entry: str) -> int | None:
    """4 or 6 when an entry is an address, or a network by what stands before its first `/`."""
    address = entry.partition("/")[0]
    if ":" not in address and not _OCTETS.fullmatch(address):
        return None
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None
