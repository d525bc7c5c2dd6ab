"""From what is meant to the one value that gives the most clients that route.

No client reads every spelling, and some spellings crash some clients: one bracketed or CIDR IPv6 entry
makes every httpx 0.28 client raise, whatever it asks for. For each kind of rule the spellings below are
the best that can be had: a test tries every set of candidates against all dialects.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from proxyenv.model.no_proxy import (
    Address,
    Domain,
    Everything,
    ExactHost,
    NoProxy,
    NoProxyEntry,
    PlainNames,
    Subnet,
    join,
)
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Address, IPv6Address

    from proxyenv.model.no_proxy import Rule

SMALL_NETWORK: Final = 16
"""Networks of up to so many addresses are spelled out for the clients that know addresses only."""

LONGEST: Final = 65_536
"""Characters that a list may have: Linux starts no program with a variable of more than twice that."""

Lister = Callable[[Subnet], tuple[str, ...]]

_JAVA_OCTET_BITS: Final = 8


class Compiled(NamedTuple):
    """One list, in the spellings that clients read.

    Args:
        entries: for `no_proxy` and `NO_PROXY`, in order, each once.
        java: for the property ``http.nonProxyHosts``, which also serves ``https``; `|` between.
        own: variables that one client reads before the common ones, and what they hold: only where that
            says more than the common value, which must crash none of the others.
    """

    entries: tuple[str, ...]
    java: tuple[str, ...]
    own: tuple[tuple[str, str], ...] = ()

    @property
    def value(self) -> str:
        """What the variables hold: commas and no blanks, which httplib2 and apt would take along."""
        return ",".join(self.entries)


def compile_no_proxy(no_proxy: NoProxy) -> Compiled:
    """Spell a list for the environment. What no spelling can say, ``find_gaps`` reports."""
    if any(isinstance(rule, Everything) for rule in no_proxy.rules):
        return Compiled(("*",), ("*",))  # most clients know it only when it is alone
    compiled = _compile(no_proxy, _spell_out)
    return compiled if len(compiled.value) <= LONGEST else _compile(no_proxy, lambda _: ())


def _compile(no_proxy: NoProxy, list_addresses: Lister) -> Compiled:
    entries = _spell_all(no_proxy, spell, list_addresses)
    own = ((name, _spell_all(no_proxy, speller, list_addresses)) for name, speller in _OWN.items())
    return Compiled(
        entries,
        _spell_all(no_proxy, spell_for_java, list_addresses),
        tuple((name, ",".join(texts)) for name, texts in own if texts != entries),
    )


def _spell_all(
    no_proxy: NoProxy, speller: Callable[[Rule, Lister], tuple[str, ...]], list_addresses: Lister
) -> tuple[str, ...]:
    texts = (text for rule in no_proxy.rules for text in speller(rule, list_addresses))
    return tuple(dict.fromkeys(texts))


def _spell_out(rule: Subnet) -> tuple[str, ...]:
    """The addresses of a small network, for clients that know no networks."""
    network = rule.network
    return tuple(map(str, network)) if network.num_addresses <= SMALL_NETWORK else ()


def spell(rule: Rule, list_addresses: Lister = _spell_out) -> tuple[str, ...]:
    """The entries of `NO_PROXY` for a rule: none when every spelling would harm more than help."""
    if isinstance(rule, ExactHost | Domain) and is_beyond_ascii(rule.name):
        return ()  # httpx2 raises on every request when the list holds such a name
    return _spell_in_full(rule, list_addresses)


def _spell_in_full(rule: Rule, list_addresses: Lister) -> tuple[str, ...]:
    match rule:
        case ExactHost():
            return (str(rule),)
        case Domain():
            # `x` alone is an exact name to Node and httplib2, `.x` alone leaves the apex out in a dozen.
            below = str(Domain(rule.name, apex=False, port=rule.port))
            return (str(ExactHost(rule.name, rule.port)), below) if rule.apex else (below,)
        case Address():
            # An IPv6 address with a port needs brackets, on which httpx raises.
            return (rule.address.compressed,) if rule.address.version == _IPV6 else (str(rule),)
        case Subnet():
            listed = list_addresses(rule)
            return (*listed, str(rule)) if isinstance(rule.network, IPv4Network) else listed
        case Everything() | PlainNames():
            return ("*",) if isinstance(rule, Everything) else ()


_IPV6: Final = 6


def _spell_for_grpc(rule: Rule, list_addresses: Lister) -> tuple[str, ...]:
    if isinstance(rule, Subnet) and rule.network.version == _IPV6:
        return (str(rule),)
    return _spell_in_full(rule, list_addresses)


_OWN: Final = {"npm_config_noproxy": _spell_in_full, "no_grpc_proxy": _spell_for_grpc}


def is_beyond_ascii(name: str) -> bool:
    """Whether a name has a label in punycode (RFC 5890)."""
    return ".xn--" in f".{name}"


def spell_for_java(rule: Rule, list_addresses: Lister = _spell_out) -> tuple[str, ...]:
    """The patterns of ``http.nonProxyHosts`` for a rule: `*` at an end only, no ports, no networks."""
    match rule:
        case ExactHost():
            return (rule.name,)
        case Domain():
            return (rule.name, f"*.{rule.name}") if rule.apex else (f"*.{rule.name}",)
        case Address():
            address = rule.address.compressed
            return (f"[{address}]" if rule.address.version == _IPV6 else address,)
        case Subnet():
            return _spell_network_for_java(rule, list_addresses)
        case Everything() | PlainNames():
            return ("*",) if isinstance(rule, Everything) else ()


def _spell_network_for_java(rule: Subnet, list_addresses: Lister) -> tuple[str, ...]:
    """Whole octets, each with a final `*`: `172.16.0.0/12` takes sixteen."""
    network = rule.network
    if not isinstance(network, IPv4Network):
        return tuple(f"[{address}]" for address in list_addresses(rule))
    octets = -(-network.prefixlen // _JAVA_OCTET_BITS)
    if octets == 0:
        return ("*",)
    parts = network.subnets(new_prefix=octets * _JAVA_OCTET_BITS)
    heads = (".".join(str(part.network_address).split(".")[:octets]) for part in parts)
    return tuple(heads) if octets == len("abcd") else tuple(f"{head}.*" for head in heads)


def may_differ(rule: Rule) -> bool:
    """Whether some client may take a rule otherwise: domains and IPv4 addresses reach every one as meant."""
    if isinstance(rule, ExactHost):
        return rule.port is not None or is_beyond_ascii(rule.name) or "." in rule.name
    if isinstance(rule, Domain):
        return rule.port is not None or is_beyond_ascii(rule.name) or not rule.apex
    return not isinstance(rule, Address) or rule.port is not None or rule.address.version == _IPV6


def add_known_hosts(no_proxy: NoProxy, known: Mapping[str, Iterable[IPv4Address | IPv6Address]]) -> NoProxy:
    """Name the hosts that are known to lie in a network of the list, for clients without networks.

    Args:
        no_proxy: what is meant.
        known: names and what they resolve to; names that lie in no network are left alone.
    """
    networks = [rule for rule in no_proxy.rules if isinstance(rule, Subnet)]
    added: list[NoProxyEntry] = []
    for name, addresses in known.items():
        for address in addresses:
            network = next((rule for rule in networks if address in rule.network), None)
            if network is not None:
                reason = f"`{address}` lies in `{network}`"
                added += [
                    NoProxyEntry(ExactHost(name), name, reason),
                    NoProxyEntry(Address(address), str(address), reason),
                ]
    return join(no_proxy, NoProxy(tuple(added)))
