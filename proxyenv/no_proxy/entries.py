"""NO_PROXY lists, in every grammar that people bring, read for what they mean.

There is no standard. curl, Go, Kubernetes and OpenShift write names, `.domain`, `*.domain`, addresses
and networks between commas; Windows and macOS write patterns (`;` between them, `<local>`); Java writes
patterns with `|` between them. In the first grammar `x` and `.x` mean the name and what is below it,
since that is the one meaning which all clients can be brought to share; in patterns `x` is that name
alone and `*.x` is what is below it.
"""

from __future__ import annotations

import contextlib
import enum
import ipaddress
import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from urllib.parse import urlsplit

from proxyenv.model.no_proxy import (
    Address,
    Domain,
    Everything,
    ExactHost,
    Mistake,
    NoProxy,
    NoProxyEntry,
    PlainNames,
    Rule,
    Subnet,
)
from proxyenv.model.slips import find_word
from proxyenv.model.url import show_location
from proxyenv.no_proxy.dialects.hosts import to_ascii


class Grammar(enum.Enum):
    """How a list is written."""

    LIST = "list"
    """curl, Go, Kubernetes, OpenShift: commas or blanks; `x` is a domain."""

    PATTERNS = "patterns"
    """Windows, macOS, Java: `;`, `|` or commas; `x` is one name, `*` stands for anything."""


_LARGEST_PORT: Final = 65535
_LARGEST_OCTET: Final = 255
_LONGEST_NAME: Final = 253
_LONGEST_SHOWN: Final = 80
_LABEL: Final = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME: Final = rf"{_LABEL}(\.{_LABEL})*"
_OCTETS: Final = r"(\d{1,3})(\.\d{1,3}){0,2}(\.|(\.\*)+)"
_ADDRESS_END: Final = r"\*?\.(\d{1,3}(?:\.\d{1,3}){0,2})"
_ADDRESS_LIKE: Final = r"[0-9]*[./][0-9./]*|[0-9a-f./]*:[0-9a-f:./]*"
_ZONED: Final = r"[0-9a-f]*:[0-9a-f:.]+%"
_SHORT_NETWORK: Final = r"(\d{1,3}(?:\.\d{1,3}){0,2})/(\d{1,2})"
_MAPPED_BITS: Final = 96
_SIGNS: Final = frozenset(":=%\uff20\ufe6b")
"""One of them is in every text that may hold a secret and has no `@`."""
_HIDDEN: Final = "****"
_NUMBERS: Final = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,3})?"
_NUMERIC: Final = rf"{_NUMBERS}(?::[\w*-]{{0,11}})?"
_NO_USER: Final = (
    rf"(?:{_NUMBERS}|\[[0-9A-Fa-f:.]+\]|[\w.-]*\*[\w.*-]*|\.[\w.-]+):(?:[\w*-]{{1,11}}(?::[\w-]{{0,5}})?)?"
)
"""What stands before a port in no URL's user: an address, a network, a `*`, a domain with its dot."""
_BAD_PORT: Final = r"[\w.-]+:[0-9][\w:-]{0,9}"
"""A host with a mistyped port; a password looks so too, and is hidden, but nothing behind it is its rest."""
_SEPARATORS: Final = r"[,;|\s\x00]+"
_AT_SIGN: Final = "[@\uff20\ufe6b]|%40"
_REST: Final = "may be a part of the password of a URL, since an `@` stands behind it"
_WORD: Final = "is the name of a host to every client: none reads it as an empty list"


class _MistakeFound(Exception):  # noqa: N818 - no error leaves this module: it becomes a value
    """An entry is not what its author thinks, or not readable at all."""

    def __init__(self, reason: str, rule: Rule | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule


def find_grammar(text: str) -> Grammar:
    """Which grammar a list is written in: `;`, `|` and `<…>` occur in patterns only."""
    return Grammar.PATTERNS if re.search(r"[;|]|<-?\w+>", text.strip(" ;\t\r\n")) else Grammar.LIST


def split_entries(text: str) -> tuple[str, ...]:
    """The entries of a list, whatever separates them: commas, blanks, `;` or `|`."""
    items = (item.strip("\"'") for item in re.split(_SEPARATORS, text))
    return tuple(item for item in items if item)


def parse_no_proxy(text: str, *, source: str, grammar: Grammar | None = None) -> NoProxy:
    """Read a list. Nothing in it is lost: what has no meaning is a mistake that names the entry.

    Args:
        text: the list; bytes that are not UTF-8 may stand in it as surrogates.
        source: the variable or option that holds it, for people.
        grammar: how it is written; found out when it is not given.
    """
    return parse_entries(split_entries(text), source=source, grammar=grammar or find_grammar(text))


def parse_entries(entries: tuple[str, ...], *, source: str, grammar: Grammar = Grammar.LIST) -> NoProxy:
    """The same for a list that has been split already."""
    found: dict[Rule, NoProxyEntry] = {}
    mistakes: dict[tuple[str, str], Mistake] = {}
    word = find_word(entries)
    views, rests = _show_all(entries)
    for place, (text, shown) in enumerate(zip(entries, views, strict=True), 1):
        known = _REST if place - 1 in rests else _WORD if text == word else ""
        rule, reason = (None, known) if known else _read(text.lower(), grammar)
        if reason and (text, shown) not in mistakes:
            number = f"{place} of {len(entries)}" if _is_hidden(shown) else ""
            mistakes[text, shown] = Mistake(shown, reason, source, rule, number)
        if rule is not None and rule not in found:
            found[rule] = NoProxyEntry(rule, text, source)
    return NoProxy(tuple(found.values()), tuple(mistakes.values()))


@lru_cache(maxsize=10_000)  # several variables and files of a machine hold much the same list
def _read(text: str, grammar: Grammar) -> tuple[Rule | None, str]:
    """The rule of an entry, and what is wrong with it."""
    try:
        return (_read_list_entry(text) if grammar is Grammar.LIST else _read_pattern(text)), ""
    except _MistakeFound as mistake:
        return mistake.rule, mistake.reason


def show_list(text: str) -> str:
    """A list for showing: of its entries those are hidden that may hold a secret, or the rest of one."""
    return text if show_location(text) == text else ",".join(_show_all(split_entries(text))[0])


def show_entry(text: str) -> str:
    """An entry for showing; a `:` behind an address, a `*` or a leading dot is that of a port."""
    return text if re.fullmatch(_NO_USER, text) else show_location(text)


def _show_all(entries: tuple[str, ...]) -> tuple[list[str], set[int]]:
    """Each entry for showing, and the places of those that give no rule.

    A URL's password may hold separators, so what it may reach into is hidden.
    """
    views = {text: show_entry(text) for text in {*entries}}
    hidden = {text for text, view in views.items() if view != text and not _SIGNS.isdisjoint(text)}
    rests = _find_rests(entries, hidden)
    secret = max((place for place, text in enumerate(entries) if "@" in text), default=-1)
    cuts = {text for text in hidden if "@" not in text and re.fullmatch(_BAD_PORT, text) is None}
    cut = next((place for place, text in enumerate(entries) if text in cuts), len(entries))
    shown = [
        _HIDDEN
        if place < secret or place in rests or (place > cut and re.fullmatch(_NUMERIC, text) is None)
        else _shorten(views[text])
        for place, text in enumerate(entries)
    ]
    return shown, rests


def _find_rests(entries: tuple[str, ...], hidden: set[str]) -> set[int]:
    """The places between the beginning of a URL and its `@`: that URL's password may hold separators.

    Args:
        entries: of a list.
        hidden: those that are not shown as they are: one may be a URL that a separator has cut.
    """
    rests: set[int] = set()
    start: int | None = None
    for place, text in enumerate(entries):
        ends = re.search(_AT_SIGN, text) is not None
        if ends and start is not None and "://" not in text:
            rests.update(range(start, place))
            start = place + 1  # a password may hold an `@` too
        elif ends:
            start = place + 1 if "://" in text else None
        elif "://" in text or (start is None and text in hidden):
            start = place
    return rests


def _is_hidden(shown: str) -> bool:
    return _HIDDEN in shown or re.fullmatch(r"\([0-9]+ characters\)", shown) is not None


def _shorten(view: str) -> str:
    masked = view.encode("utf-8", "backslashreplace").decode("utf-8")
    return masked if len(masked) <= _LONGEST_SHOWN else f"{masked[:_LONGEST_SHOWN]}…"


def _read_list_entry(text: str) -> Rule:
    if text == "*":
        return Everything()
    if "://" in text:
        host = _find_host_of_url(text)
        read = None if isinstance(host, Everything) else host
        raise _MistakeFound("is a URL, and only a host means something here", read)
    literal = _find_literal(text)
    if literal is not None:
        return literal
    if network := _find_octets(text):
        raise _MistakeFound("is the beginning of an address, which hardly a client understands", network)
    if ending := _find_ending(text):
        reason = "is the end of addresses, which only clients that compare texts understand"
        raise _MistakeFound(reason, ending)
    name, port = _split_port(text)
    if name.startswith((".", "*.")):
        return Domain(_check_name(name.removeprefix("*").removeprefix(".")), port=port)
    checked = _check_name(name)
    return Domain(checked, port=port) if "." in checked else ExactHost(checked, port)


def _read_pattern(text: str) -> Rule:
    if text in {"*", "<local>"}:
        return Everything() if text == "*" else PlainNames()
    if text == "<-loopback>":
        raise _MistakeFound("asks that loopback be proxied, which no proxy could serve")
    if "://" in text:
        rule = _read_pattern(text.partition("://")[2].partition("/")[0])
        raise _MistakeFound("is limited to a scheme, which no client can be told", rule)
    literal = _find_literal(text)
    if literal is not None:
        return literal
    if text.endswith("*") and (network := _find_octets(text)):
        return network
    name, port = _split_port(text)
    if name.startswith(("*.", ".")):
        return Domain(_check_name(name.removeprefix("*").removeprefix(".")), apex=False, port=port)
    if name.startswith("*"):
        rule = Domain(_check_name(name.removeprefix("*")), port=port)
        raise _MistakeFound("covers names that merely end like it, which no client can be told", rule)
    return ExactHost(_check_name(name), port)


def _find_host_of_url(text: str) -> Rule | None:
    with contextlib.suppress(ValueError, _MistakeFound):
        host = urlsplit(text).hostname
        return _read_list_entry(host) if host else None
    return None


def _find_literal(text: str) -> Rule | None:
    """An address or a network, with brackets and a port as they may be; ``None`` for a name."""
    if text.startswith("["):
        return _read_brackets(text)
    if re.match(_ZONED, text):
        raise _MistakeFound("has a zone, which no client compares")
    if not re.fullmatch(_ADDRESS_LIKE, text):
        return None
    if short := re.fullmatch(_SHORT_NETWORK, text):
        text = f"{_fill(short[1])}/{short[2]}"
    with contextlib.suppress(ValueError):
        network = _unmap(ipaddress.ip_network(text, strict=False))
        single = network.prefixlen == network.max_prefixlen
        return Address(network.network_address) if single else Subnet(network)
    head, colon, port = text.rpartition(":")
    literal: Rule | None = _find_plain_literal(head) if colon else None
    if "/" in head and literal is None and port.isdigit():
        literal = _find_literal(head)
    return _with_port(literal, port) if literal else None


def _read_brackets(text: str) -> Rule:
    inside, bracket, after = text[1:].partition("]")
    if not bracket or (after and not after.startswith(":")):
        raise _MistakeFound("has a `[` without its `]`")
    literal = None if inside.startswith("[") else _find_literal(inside)
    if literal is None:
        raise _MistakeFound("has brackets around what is no address")
    return _with_port(literal, after[1:]) if after else literal


def _unmap(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """`::ffff:10.0.0.0/104` is `10.0.0.0/8` (RFC 4291, section 2.5.5.2)."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))


def _find_plain_literal(text: str) -> Address | Subnet | None:
    with contextlib.suppress(ValueError):
        network = IPv4Network(text, strict=False)
        return Subnet(network) if "/" in text else Address(network.network_address)
    return None


def _with_port(literal: Rule, port: str) -> Rule:
    if isinstance(literal, Address):
        return Address(literal.address, _check_port(port))
    raise _MistakeFound("limits a network to a port, which no client understands")


def _find_octets(text: str) -> Subnet | None:
    """`10.`, `10.*`, `10.1.*.*`: the network that they stand for."""
    if not re.fullmatch(_OCTETS, text):
        return None
    given = re.findall(r"\d+", text)
    with contextlib.suppress(ValueError):
        return Subnet(IPv4Network(f"{_fill('.'.join(given))}/{8 * len(given)}"))
    return None


def _find_ending(text: str) -> Domain | None:
    """`.7`, `*.0.7`: some clients take every IPv4 address that ends so for a name below a domain."""
    found = re.fullmatch(_ADDRESS_END, text)
    if found is None or any(int(octet) > _LARGEST_OCTET for octet in found[1].split(".")):
        return None
    return Domain(".".join(str(int(octet)) for octet in found[1].split(".")), apex=False)


def _fill(octets: str) -> str:
    return octets + ".0" * (3 - octets.count("."))


def _split_port(text: str) -> tuple[str, int | None]:
    name, colon, port = text.partition(":")
    return (name, _check_port(port)) if colon else (text, None)


def _check_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_PORT))):
        raise _MistakeFound("has no number behind its `:`, and crashes every httpx client")
    port = int(text)
    if not 1 <= port <= _LARGEST_PORT:
        raise _MistakeFound("has an impossible port")
    return port


def _check_name(text: str) -> str:
    name = text.removesuffix(".")
    if "*" in name:
        raise _MistakeFound("has a `*` where no client looks for one")
    if not name.isascii() and len(name) <= _LONGEST_NAME:
        name = to_ascii(name) or ""
        if not name:
            raise _MistakeFound("is no name that DNS could hold")
    if len(name) > _LONGEST_NAME or not re.fullmatch(_NAME, name):
        raise _MistakeFound("is no host, domain, address or network")
    if name.rpartition(".")[2].isdigit():
        raise _MistakeFound("ends in a number and is no whole address, which every client reads differently")
    return name
