"""Files that set proxy variables, or settings that come to the same: sorted into what a source says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.slips import find_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Kinds = Iterable[tuple[str, Found[str]]]


def sort_out(source: str, variables: Mapping[str, Found[str]]) -> SourceSettings:
    """What variables say.

    Args:
        source: its name.
        variables: by name; the provenance of each is its place, without its name.
    """
    return sort_out_kinds(
        source, ((kind, found) for kind in PROXY_VARIABLES for found in _find(variables, kind))
    )


def sort_out_kinds(source: str, named: Kinds) -> SourceSettings:
    """Proxies, lists, and what says "no proxy".

    Args:
        source: its name.
        named: values with ``http``, ``https``, ``all``, or ``no`` for a list.
    """
    pairs = tuple(named)
    proxies = tuple((kind, found) for kind, found in pairs if kind != "no")
    return SourceSettings(
        source,
        tuple((kind, found) for kind, found in proxies if find_nothing(found.value) is None),
        tuple(found for kind, found in pairs if kind == "no" and found.value.strip()),
        direct=tuple(
            Found(_describe(kind, word), found.provenance)
            for kind, found in proxies
            if (word := find_nothing(found.value)) is not None
        ),
    )


def _describe(kind: str, word: str) -> str:
    said = f"says `{word}`" if word else "is empty"
    return f"{said}: no proxy{'' if kind == 'all' else f' for `{kind}://`'}"


def _find(variables: Mapping[str, Found[str]], kind: str) -> Iterable[Found[str]]:
    """The values of one kind: equal ones are one find."""
    places: dict[str, list[str]] = {}
    for name in PROXY_VARIABLES[kind]:
        if name in variables:
            value, place = variables[name]
            places.setdefault(value, []).append(f"`{name}` in {place}")
    yield from (Found(value, ", and ".join(found)) for value, found in places.items())
