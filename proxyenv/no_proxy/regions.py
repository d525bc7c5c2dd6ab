"""Where clients part: the kinds of URL around a rule, each with an example.

A rule means a set of URLs; a client that reads the same text may take a smaller or a larger one. Around
every rule there are only a few places where that happens: below the name, at another port, and so on.
Each is a region, and one example of it shows what a client does with all of it.
"""

from __future__ import annotations

import enum
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.model.no_proxy import Address, Domain, Everything, ExactHost, PlainNames, Subnet
from proxyenv.model.url import bracket
from proxyenv.no_proxy.matcher import parse_endpoint

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from proxyenv.model.no_proxy import Rule
    from proxyenv.no_proxy.matcher import Endpoint


class Region(enum.Enum):
    """A kind of URL, seen from a rule; the value completes "sends … to the proxy"."""

    ITSELF = "it"
    APEX = "the name itself"
    BELOW = "the names below it"
    BESIDE = "names that merely end like it"
    OTHER_PORT = "its other ports"
    IMPLIED_PORT = "its port where a URL leaves that out"
    FINAL_DOT = "its name with a final dot"
    OTHER_SPELLING = "its address spelled otherwise"


_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_DEFAULT: Final = {80: "http", 443: "https"}


def is_meant(rule: Rule, region: Region) -> bool:
    """Whether a rule means the URLs of a region to be direct."""
    if region is Region.BELOW:
        return isinstance(rule, Domain)
    return region not in {Region.APEX, Region.BESIDE, Region.OTHER_PORT}


def find_region(rule: Rule, url: str) -> Region | None:
    """The region of a rule in which a URL lies, or ``None`` when it has nothing to do with it.

    Raises:
        ValueError: the URL's authority is malformed.
    """
    endpoint = parse_endpoint(url)
    match rule:
        case Everything():
            return Region.ITSELF
        case PlainNames():
            plain = endpoint.address is None and "." not in endpoint.name
            return _variant(url, endpoint, None) if plain else None
        case ExactHost() | Domain():
            return _find_name_region(rule, url, endpoint)
        case Address():
            return _variant(url, endpoint, rule.port) if endpoint.address == rule.address else None
        case Subnet():
            if endpoint.address is not None and endpoint.address in rule.network:
                return _variant(url, endpoint, None)
            return Region.BESIDE if _is_mapped_into(rule.network, url) else None


def _is_mapped_into(network: IPv4Network | IPv6Network, url: str) -> bool:
    """Whether a URL names an IPv4 address by an IPv6 text that lies in a network of IPv6."""
    host = urlsplit(url).hostname or ""
    return ":" in host and network.version == _MAPPED.version and ipaddress.ip_address(host) in network


def _find_name_region(rule: ExactHost | Domain, url: str, endpoint: Endpoint) -> Region | None:
    below = endpoint.name.endswith(f".{rule.name}")
    if endpoint.name == rule.name:
        apex = isinstance(rule, ExactHost) or rule.apex
        return _variant(url, endpoint, rule.port) if apex else Region.APEX
    if below and isinstance(rule, ExactHost):
        return Region.BELOW
    if below:
        variant = _variant(url, endpoint, rule.port)
        return Region.BELOW if variant is Region.ITSELF else variant
    return Region.BESIDE if endpoint.name.endswith(rule.name) else None


def _variant(url: str, endpoint: Endpoint, port: int | None) -> Region:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if port is not None and endpoint.port != port:
        return Region.OTHER_PORT
    if endpoint.address is not None and host != endpoint.address.compressed:
        return Region.OTHER_SPELLING
    if host.endswith("."):
        return Region.FINAL_DOT
    return Region.IMPLIED_PORT if port is not None and parts.port is None else Region.ITSELF


def make_examples(rule: Rule) -> dict[Region, tuple[str, ...]]:
    """URLs that lie in each region of a rule."""
    match rule:
        case Everything():
            return {
                Region.ITSELF: (
                    "https://www.example/",
                    "http://plain/",
                    "http://[fd00::1]/",
                )
            }
        case PlainNames():
            return {Region.ITSELF: _urls("plain", None), Region.FINAL_DOT: _urls("plain.", None)}
        case ExactHost() | Domain():
            return _make_name_examples(rule)
        case Address():
            return _make_address_examples((rule.address,), rule.port)
        case Subnet():
            ends = (end for end in (rule.network[0], rule.network[-1]) if end not in _MAPPED)
            return _make_address_examples(tuple(ends), None) | _make_mapped_examples(rule.network)


def _make_name_examples(rule: ExactHost | Domain) -> dict[Region, tuple[str, ...]]:
    below = f"www.{rule.name}"
    examples = {Region.BESIDE: _urls(f"x{rule.name}", rule.port), Region.BELOW: _urls(below, rule.port)}
    meant: tuple[str, ...] = (below,)
    if isinstance(rule, Domain) and not rule.apex:
        examples[Region.APEX] = _urls(rule.name, rule.port)
    else:
        examples[Region.ITSELF] = _urls(rule.name, rule.port)
        meant = (rule.name,) if isinstance(rule, ExactHost) else (rule.name, below)
    examples[Region.FINAL_DOT] = tuple(url for host in meant for url in _urls(f"{host}.", rule.port))
    return examples | _make_port_examples(meant, rule.port)


def _make_address_examples(
    addresses: tuple[IPv4Address | IPv6Address, ...], port: int | None
) -> dict[Region, tuple[str, ...]]:
    hosts = tuple(bracket(address.compressed) for address in addresses)
    return {
        Region.ITSELF: tuple(url for host in hosts for url in _urls(host, port)),
        Region.OTHER_SPELLING: tuple(
            url for address in addresses for host in _respell(address) for url in _urls(host, port)
        ),
        **_make_port_examples(hosts, port),
    }


def _make_mapped_examples(network: IPv4Network | IPv6Network) -> dict[Region, tuple[str, ...]]:
    if isinstance(network, ipaddress.IPv4Network) or not network.overlaps(_MAPPED):
        return {}
    first = max(network[0], _MAPPED[0])
    return {Region.BESIDE: _urls(f"[{first.compressed}]", None)}


def _respell(address: IPv4Address | IPv6Address) -> tuple[str, ...]:
    if isinstance(address, ipaddress.IPv4Address):
        return (f"[::ffff:{address}]",)
    return (f"[{address.exploded}]",) if address.exploded != address.compressed else ()


def _make_port_examples(hosts: tuple[str, ...], port: int | None) -> dict[Region, tuple[str, ...]]:
    if port is None:
        return {}
    other = tuple(f"{scheme}://{host}:{port % 60000 + 7}/" for host in hosts for scheme in ("http", "https"))
    plain = tuple(f"{scheme}://{host}/" for host in hosts for scheme in ("http", "https"))
    implied = tuple(f"{_DEFAULT[port]}://{host}/" for host in hosts) if port in _DEFAULT else ()
    others = other + tuple(url for url in plain if url not in implied)
    return {Region.OTHER_PORT: others} | ({Region.IMPLIED_PORT: implied} if implied else {})


def _urls(host: str, port: int | None) -> tuple[str, ...]:
    """The host at the port that is meant, or at several when any is."""
    if port is not None:
        return tuple(f"{scheme}://{host}:{port}/" for scheme in ("http", "https"))
    return (f"http://{host}/", f"https://{host}/", f"http://{host}:4200/", f"https://{host}:8443/")
