"""What the sources of settings say, as ``discover`` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.model.proxy_url import describe_proxy, find_proxy_url
from proxyenv.model.url import show_source
from proxyenv.no_proxy.entries import show_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.discover import DiscoverResult
    from proxyenv.model.findings import SourceSettings
    from proxyenv.model.proxy_url import ProxyURL

    Sources = tuple[SourceSettings, ...]

USES: Final = {
    "adopted": "",
    "proposed": " (`setup` asks, or takes it with `--from-tools`)",
    "shown": " (of the working directory, never taken)",
}


@dataclass(frozen=True, slots=True)
class ProxyFound:
    """A proxy.

    Args:
        scheme: `http`, `https` or `all`: for which URLs it is.
        url: the password is masked.
        provenance: where it was found.
        source: a name of [the sources](sources.md).
        use: what `setup` does with it: `adopted` where nothing stronger decides, `proposed`: asked
            about, or taken with `--from-tools`; `shown` alone.
    """

    scheme: str
    url: str
    provenance: str
    source: str
    use: str


@dataclass(frozen=True, slots=True)
class DirectFound:
    """Something that says that there is no proxy, or sends one tool past it.

    Args:
        detail: what it says, as a clause.
        provenance: where it was found.
        use: as that of a proxy.
    """

    detail: str
    provenance: str
    use: str


@dataclass(frozen=True, slots=True)
class PacFound:
    """A PAC file that a source names.

    Args:
        location: its URL or path.
        provenance: where it was found.
    """

    location: str
    provenance: str


@dataclass(frozen=True, slots=True)
class NoProxyFound:
    """A NO_PROXY list.

    Args:
        value: as it was found.
        provenance: where it was found.
        use: as that of a proxy.
    """

    value: str
    provenance: str
    use: str


def describe_proxies(sources: Sources) -> tuple[ProxyFound, ...]:
    """The proxies, passwords masked."""
    return tuple(
        ProxyFound(scheme, describe_proxy(found.value), found.provenance, source.source, source.use)
        for source in sources
        for scheme, found in source.proxies
    )


def describe_lists(sources: Sources) -> tuple[NoProxyFound, ...]:
    """The NO_PROXY lists."""
    lists = ((found, source.use) for source in sources for found in source.no_proxy)
    return tuple(NoProxyFound(show_list(found.value), found.provenance, use) for found, use in lists)


def describe_direct(sources: Sources) -> tuple[DirectFound, ...]:
    """What says that there is no proxy."""
    return tuple(DirectFound(*found, source.use) for source in sources for found in source.direct)


def describe_pac(sources: Sources) -> tuple[PacFound, ...]:
    """The PAC files that are named."""
    named = (found for source in sources for found in source.pac)
    return tuple(PacFound(show_source(found.value), found.provenance) for found in named)


def describe_notes(sources: Sources) -> tuple[str, ...]:
    """What is odd about the sources, with its place."""
    return tuple(f"{found.provenance}: {found.value}" for source in sources for found in source.notes)


def find_conflicting(sources: Sources) -> tuple[str, ...]:
    """The kinds of proxies for which the strongest source that names any names several."""
    return tuple(kind for kind in ("http", "https", "all") if _count_values(sources, kind) > 1)


def _count_values(sources: Sources, kind: str) -> int:
    """How many proxies differ, not texts: `h:1` and `http://h:1/` are one."""
    for source in sources:
        kinds = (kind, "all") if source.use == "proposed" else (kind,)
        values = (found.value for other, found in source.proxies if other in kinds and found.value.strip())
        named = {_normalise(value) for value in values}
        if named and source.use != "shown":
            return len(named)
    return 0


def _normalise(text: str) -> ProxyURL | str:
    return find_proxy_url(text) or text


def list_sources(result: DiscoverResult) -> Iterator[tuple[str, str]]:
    """Each find with its provenance, as pairs of a label and a text."""
    for proxy in result.proxies:
        yield f"proxy {proxy.scheme}", f"{proxy.url}  from {proxy.provenance}{USES[proxy.use]}"
    for direct in result.direct:
        never = USES[direct.use] if direct.use == "shown" else ""  # no tool's is adopted
        yield "direct", f"{direct.provenance}: {direct.detail}{never}"
    for pac in result.pac:
        yield "pac", f"{pac.location}  from {pac.provenance}"
    for scheme in result.conflicts:
        yield "conflict", f"two different values for `{scheme}`: clients would use either"
    for entry in result.no_proxy:
        yield "no proxy", f"{entry.value}  from {entry.provenance}{USES[entry.use]}"
