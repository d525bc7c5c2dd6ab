"""What is to be reached directly, as people mean it and not as one client spells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


_MOST_MISTAKES: Final = 3


class ExactHost(NamedTuple):
    """One name and nothing below it.

    Args:
        name: lower case, punycode, without a final dot.
        port: the only port that is meant, or ``None`` for all.
    """

    name: str
    port: int | None = None

    def __str__(self) -> str:
        return _with_port(self.name, self.port)


class Domain(NamedTuple):
    """Everything below a name.

    Args:
        name: lower case, punycode, without dots at its ends.
        apex: whether the name itself is meant too.
        port: the only port that is meant, or ``None`` for all.
    """

    name: str
    apex: bool = True
    port: int | None = None

    def __str__(self) -> str:
        return _with_port(self.name if self.apex and "." in self.name else f".{self.name}", self.port)


class Address(NamedTuple):
    """One address.

    Args:
        address: IPv4 or IPv6, without a zone.
        port: the only port that is meant, or ``None`` for all.
    """

    address: IPv4Address | IPv6Address
    port: int | None = None

    def __str__(self) -> str:
        bare = self.address.compressed
        return bare if self.port is None else _with_port(f"[{bare}]" if ":" in bare else bare, self.port)


class Subnet(NamedTuple):
    """Every address of a network. A name that resolves into it is not meant: no client asks DNS."""

    network: IPv4Network | IPv6Network

    def __str__(self) -> str:
        return self.network.compressed


class PlainNames(NamedTuple):
    """Every name without a dot: ``<local>`` of Windows."""

    text: str = "<local>"

    def __str__(self) -> str:
        return self.text


class Everything(NamedTuple):
    """No proxy at all."""

    text: str = "*"

    def __str__(self) -> str:
        return self.text


Rule = ExactHost | Domain | Address | Subnet | PlainNames | Everything
"""One thing that is meant. ``str()`` is how the lists of curl, Go and Kubernetes would spell it.

Rules are compared with one another, so the fields of no two kinds may ever be equal.
"""


class NoProxyEntry(NamedTuple):
    """A rule, and where it comes from.

    Args:
        rule: what is meant.
        text: as it was written.
        reason: why it is there: the variable or option that holds it, or what it was derived from.
    """

    rule: Rule
    text: str
    reason: str


class Mistake(NamedTuple):
    """An entry that is ambiguous, or certainly not what was meant.

    Args:
        entry: as it was written, credentials masked.
        reason: what is wrong with it, as a clause.
        rule: what it is taken for, or ``None`` when it is set aside.
        source: the variable or option that holds it.
        place: its number among the entries, where its text is hidden; else empty.
    """

    entry: str
    reason: str
    source: str
    rule: Rule | None = None
    place: str = ""

    @property
    def shown(self) -> str:
        """The entry, or what stands for it, with its number."""
        return f"`{self.entry}` ({self.place})" if self.place else f"`{self.entry}`"

    def __str__(self) -> str:
        taken = f"it is read as `{self.rule}`" if self.rule else "it is left out"
        return f"the entry {self.shown} of {self.source} {self.reason}; {taken}"


class NoProxy(NamedTuple):
    """Everything that is to be reached directly.

    Args:
        entries: in the order in which they were given, each rule once.
        mistakes: what was written and is not, or hardly, meant so.
    """

    entries: tuple[NoProxyEntry, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules alone."""
        return tuple(entry.rule for entry in self.entries)


def describe_mistakes(mistakes: Iterable[Mistake]) -> Iterator[str]:
    """A sentence for each mistake; many of one kind in one list get one together."""
    kinds: dict[tuple[str, str, bool], list[Mistake]] = {}
    for each in mistakes:
        kinds.setdefault((each.source, each.reason, each.rule is None), []).append(each)
    for same in kinds.values():
        if len(same) <= _MOST_MISTAKES:
            yield from map(str, same)
            continue
        first = same[0]
        shown = ", ".join(each.shown for each in same[:_MOST_MISTAKES])
        meant = "" if str(first.rule) == first.entry else f", {first.shown} as `{first.rule}`"
        taken = "are left out" if first.rule is None else f"stay{meant}"
        yield f"{len(same)} entries of {first.source} {taken}: {shown} and more; each {first.reason}"


def is_ending(rule: Rule) -> bool:
    """Whether a rule is the end of IPv4 addresses, which some clients take for a domain."""
    return isinstance(rule, Domain) and rule.name.rpartition(".")[2].isdigit()


def join(*parts: NoProxy) -> NoProxy:
    """All that is in *parts*, each rule once and where it came first."""
    merged: dict[Rule, NoProxyEntry] = {}
    for entry in (each for part in parts for each in part.entries):
        merged.setdefault(entry.rule, entry)
    return NoProxy(tuple(merged.values()), tuple(each for part in parts for each in part.mistakes))


def _with_port(name: str, port: int | None) -> str:
    return name if port is None else f"{name}:{port}"
