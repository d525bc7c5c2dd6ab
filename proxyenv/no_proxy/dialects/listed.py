"""The entries of a list, found by name or by address without walking the list.

A client takes the first entry that matches, so each entry carries its place in the list. A decision costs the
labels of the host and not the entries of the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Listed(NamedTuple):
    """An entry of a list: its place, and its text as it was written."""

    place: int
    text: str


def first_of(*found: Listed | None) -> Listed | None:
    """The one that stands first in the list."""
    return min((entry for entry in found if entry is not None), default=None)


def names_above(host: str) -> Iterator[str]:
    """The host itself, then what follows each of its dots: `a.b.c`, `b.c`, `c`."""
    yield host
    at = host.find(".")
    while at >= 0:
        yield host[at + 1 :]
        at = host.find(".", at + 1)


def tails_of(host: str) -> Iterator[str]:
    """All that the host ends with, the host itself first and nothing last."""
    for at in range(len(host) + 1):
        yield host[at:]


@dataclass(slots=True)
class NetworkIndex:
    """Networks by family and prefix length: a look-up is one per length that occurs.

    Args:
        networks: for each family (4 or 6) and prefix length, the leading bits and the first entry with them.
    """

    networks: dict[tuple[int, int], dict[int, Listed]] = field(default_factory=dict)

    def add(self, family: int, address: int, length: int, entry: Listed) -> None:
        """Enter a network; one that was there before stays."""
        width = 32 if family == 4 else 128  # noqa: PLR2004 - the version of the protocol
        self.networks.setdefault((family, length), {}).setdefault(address >> (width - length), entry)

    def find(self, family: int, address: int) -> Listed | None:
        """The first entry whose network holds the address."""
        width = 32 if family == 4 else 128  # noqa: PLR2004 - the version of the protocol
        return first_of(
            *(
                by_bits.get(address >> (width - length))
                for (of, length), by_bits in self.networks.items()
                if of == family
            )
        )


@dataclass(frozen=True, slots=True)
class SuffixIndex:
    """Names, each of which covers itself and whatever ends with a dot and it.

    Args:
        entries: by name, the first entry that says it.
    """

    entries: Mapping[str, Listed]

    def find(self, *hosts: str) -> Listed | None:
        """The first entry of the list that covers one of the *hosts*."""
        return first_of(*(self.entries.get(name) for host in hosts for name in names_above(host)))


def index_suffixes(entries: Iterable[tuple[str, str]]) -> SuffixIndex:
    """Index a list.

    Args:
        entries: pairs of the name that is compared and the entry as it was written, in their order.
    """
    index: dict[str, Listed] = {}
    for place, (name, text) in enumerate(entries):
        index.setdefault(name, Listed(place, text))
    return SuffixIndex(index)
