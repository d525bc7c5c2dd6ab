"""Lists of names, indexed so that a decision costs the labels of the host and not the entries of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.no_proxy.dialects.listed import Listed, first_of, names_above

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
