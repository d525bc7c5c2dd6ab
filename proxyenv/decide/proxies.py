"""The one rank of what was found, proxies and PAC files alike; and which proxy serves which scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer
from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.errors import AmbiguityError, UsageError
from proxyenv.model.findings import Found
from proxyenv.model.intent import Rank
from proxyenv.model.proxy_url import find_proxy_url, find_websocket_url, names_port, parse_proxy_url
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.clients.client import Proxy
    from proxyenv.model.findings import SourceSettings
    from proxyenv.model.intent import Intent
    from proxyenv.model.proxy_url import ProxyURL

    Sources = tuple[SourceSettings, ...]

SCHEMES: Final = ("http", "https")
_KINDS: Final = (*SCHEMES, "all")
_PAC_STARTS: Final = ("http://", "https://", "file:", "/")


class Proxies(NamedTuple):
    """The proxy for each scheme; ``None`` means direct."""

    http: ProxyURL | None
    https: ProxyURL | None

    @property
    def any(self) -> bool:
        """Whether there is a proxy at all."""
        return bool(self.http or self.https)


class Candidate(NamedTuple):
    """What one source offers.

    Args:
        source: what names it.
        pac: the PAC files; none where the proxies of the source are meant.
    """

    source: SourceSettings
    pac: tuple[Found[str], ...] = ()


def take_sources(intent: Intent, sources: Sources) -> Sources:
    """Those that count without a question: what tools have in their files only where that was asked for."""
    uses = {"adopted", "proposed"} if intent.from_tools else {"adopted"}
    return tuple(source for source in sources if source.use in uses)


def rank_candidates(intent: Intent, sources: Sources) -> Iterator[Candidate]:
    """What can be used, the strongest first; of one source its proxies come before its PAC files.

    A PAC file that was declined is none, and ``refresh`` adopts none.
    """
    for source in take_sources(intent, sources):
        if any_usable(list_named(source, *_KINDS)):
            yield Candidate(source)
        if source.use == "adopted" and intent.leaves_proxy_open and not intent.refresh:
            pac = tuple(found for found in source.pac if _is_followed(found, intent))
            if pac:
                yield Candidate(source, pac)


def rank_proxies(intent: Intent, sources: Sources, scheme: str) -> tuple[Found[str], ...]:
    """What names the proxy for a scheme: several where variables of one rank do.

    Args:
        intent: what is wanted; unless it leaves the proxy open, nothing else counts.
        sources: what was found, the strongest first: the first that names a proxy that can be used decides
            for both schemes, and where none can, the first that names any. A PAC file is no proxy yet: who
            follows one has asked :func:`rank_candidates` before.
        scheme: ``http`` or ``https``.
    """
    name = f"{scheme}_proxy"
    if intent.rank(name) is not Rank.OPEN:
        text = getattr(intent, name)
        return () if text is None else (Found(text, intent.where(name)),)
    usable = (each.source for each in rank_candidates(intent, sources) if not each.pac)
    named = (source for source in take_sources(intent, sources) if list_named(source, *_KINDS))
    strongest = next(usable, None) or next(named, None)
    if strongest is None:
        return ()
    if strongest.use == "proposed":  # each find is of another tool
        return tuple(each for each in list_named(strongest, scheme, "all") if is_usable(each.value))
    groups = [finds for kind in (scheme, "all") if (finds := list_named(strongest, kind))]
    return next((finds for finds in groups if any_usable(finds)), next(iter(groups), ()))


def list_named(source: SourceSettings, *kinds: str) -> tuple[Found[str], ...]:
    """What a source names for these kinds; an empty text names none."""
    return tuple(each for kind, each in source.proxies if kind in kinds and each.value.strip())


def any_usable(finds: tuple[Found[str], ...]) -> bool:
    """Whether one of them is the address of a proxy."""
    return any(is_usable(each.value) for each in finds)


def is_usable(text: str) -> bool:
    """Whether a text is the address of a proxy."""
    return find_proxy_url(text) is not None


def _is_followed(found: Found[str], intent: Intent) -> bool:
    return found.value.lower().startswith(_PAC_STARTS) and found.value not in intent.declined_pac


def choose_proxies(intent: Intent, sources: Sources) -> tuple[Proxies, tuple[str, ...]]:
    """The proxy for each scheme, and what the user should know of the choice.

    A scheme for which there is none gets the proxy of the other one: on a network that needs a proxy,
    direct means not at all. One find that cannot be used does not hide another that can.

    Raises:
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``configuration-invalid``.
        UsageError: ``proxy-url-invalid``: nothing that was found can be used.
    """
    notes: list[str] = []
    refused: list[UsageError] = []
    chosen = {scheme: _choose(scheme, intent, sources, notes, refused) for scheme in SCHEMES}
    if refused and not any(chosen.values()):
        raise refused[0]
    notes += [f"left out: {error.message}{f'; {error.hint}' if error.hint else ''}" for error in refused]
    for scheme, other in (SCHEMES, SCHEMES[::-1]):
        if chosen[scheme] is None and chosen[other] is not None:
            chosen[scheme] = chosen[other]
            notes.append(f"no proxy is set for `{scheme}://`; the one for `{other}://` is used for both")
    notes += _source_notes(intent, sources)
    return Proxies(**chosen), tuple(dict.fromkeys(notes))


def _choose(
    scheme: str, intent: Intent, sources: Sources, notes: list[str], refused: list[UsageError]
) -> ProxyURL | None:
    name = f"{scheme}_proxy"
    is_open = intent.rank(name) is Rank.OPEN
    ranked = rank_proxies(intent, sources, scheme)
    proxies: dict[ProxyURL, Found[str]] = {}
    for each in ranked:
        try:
            proxy = parse_ranked(intent, name, each)
        except UsageError as error:
            if not is_open:
                raise
            refused.append(error)
            continue
        known = proxies.get(proxy)
        proxies[proxy] = _join(known, each) if known else each
    if len(proxies) > 1:
        raise _conflict(scheme, proxies)
    chosen = next(iter(proxies), None)
    if is_open and chosen is not None:
        proxies[chosen], others = _weigh_weaker(
            _find_weaker(intent, sources, scheme, ranked), chosen, proxies
        )
        notes += others
    notes += [_missing_port(each, found) for each, found in proxies.items() if not names_port(found.value)]
    if is_open:
        notes += _empty_variables(sources, scheme, reached_all=not ranked or ranked[0] in _of(sources, "all"))
        notes += [f"proxy for `{scheme}://` from {each.provenance}" for each in proxies.values()]
    elif intent.rank(name) is not Rank.GIVEN:
        notes += _other_finds(sources, scheme, chosen)
    return chosen


def _find_weaker(
    intent: Intent, sources: Sources, scheme: str, ranked: tuple[Found[str], ...]
) -> tuple[Found[str], ...]:
    """What sources name that count less than the one that has *ranked*; files of tools are left out."""
    taken = take_sources(intent, sources)
    after = next(
        n for n, source in enumerate(taken, 1) if any(ranked[0] == each for _, each in source.proxies)
    )
    weaker = (source for source in taken[after:] if source.use == "adopted")
    return tuple(
        each for source in weaker for each in list_named(source, scheme, "all") if is_usable(each.value)
    )


def _weigh_weaker(
    weaker: tuple[Found[str], ...], chosen: ProxyURL, proxies: dict[ProxyURL, Found[str]]
) -> tuple[Found[str], list[str]]:
    """The find that was chosen with the places of those that agree, and what the others say."""
    found, notes = proxies[chosen], []
    for each in weaker:
        other = find_proxy_url(each.value)
        if other == chosen:
            found = _join(found, each)
        else:
            notes.append(f"{each.provenance} names another proxy, {other}, and counts less")
    return found, notes


def _source_notes(intent: Intent, sources: Sources) -> list[str]:
    """What is to be known of the source that decides, or where none does, of each."""
    if not intent.leaves_proxy_open:
        return []
    taken = [source for source in take_sources(intent, sources) if source.use == "adopted"]
    named = (n for n, source in enumerate(taken) if any_usable(list_named(source, *SCHEMES, "all")))
    place = next(named, None)
    deciding, before = (taken, taken) if place is None else (taken[place : place + 1], taken[:place])
    direct = dict.fromkeys(each for source in (*before, *deciding) for each in source.direct)
    return [
        *(f"{each.provenance}: {each.value}" for source in deciding for each in source.notes),
        *(
            f"{each.provenance} {each.value}{'' if place is None else ', and is not followed'}"
            for each in direct
        ),
    ]


def _join(one: Found[str], other: Found[str]) -> Found[str]:
    return Found(one.value, f"{one.provenance}, and {other.provenance}")


def _missing_port(proxy: ProxyURL, found: Found[str]) -> str:
    return (
        f"{found.provenance} names no port, so {proxy.port} is meant; most proxies listen at another, "
        "such as 3128 or 8080"
    )


def parse_ranked(intent: Intent, name: str, text: Found[str]) -> ProxyURL:
    """Parse the proxy that an option or a variable names.

    Raises:
        DiscoveryError: ``configuration-invalid``: a file holds it.
        UsageError: ``proxy-url-invalid``.
    """
    try:
        return parse_proxy_url(text.value, source=text.provenance)
    except UsageError as error:
        from proxyenv.decide.refusal import refuse_value

        raise refuse_value(intent, name, error) from error


def _of(sources: Sources, kind: str) -> tuple[Found[str], ...]:
    return tuple(each for source in sources for other, each in source.proxies if other == kind)


def _empty_variables(sources: Sources, scheme: str, *, reached_all: bool) -> list[str]:
    kinds = (scheme, "all") if reached_all else (scheme,)
    empty = (each for kind in kinds for each in _of(sources, kind) if not each.value.strip())
    return [f"{each.provenance} is empty and hides its other spelling" for each in empty]


def _conflict(scheme: str, finds: dict[ProxyURL, Found[str]]) -> AmbiguityError:
    option = f"--{scheme}-proxy"
    shown = tuple(f"{proxy} ({found.provenance})" for proxy, found in finds.items())
    return AmbiguityError(
        "proxy-conflict",
        f"two different proxies were found for `{scheme}://`: {' and '.join(shown)}",
        option=option,
        choices=shown,
        answers=tuple(proxy.reveal() for proxy in finds),
        hint=f"say which with `{option} URL`, or take the other out of where it is",
    )


def _other_finds(sources: Sources, scheme: str, chosen: ProxyURL | None) -> list[str]:
    """What the saved proxy wins over. A find that cannot be parsed would not be taken anyway."""
    notes = []
    for each in _of(tuple(source for source in sources if source.use == "adopted"), scheme):
        other = find_proxy_url(each.value) if each.value.strip() else None
        if other is not None and other != chosen:
            notes.append(f"{each.provenance} names another proxy, {other}; `--{scheme}-proxy` takes it")
    return notes


def credential_notes(proxies: Proxies) -> list[str]:
    """What some client cannot do with these proxies."""
    notes = []
    distinct = [proxy for proxy in dict.fromkeys(proxies) if proxy is not None]
    if any(find_websocket_url(proxy) is None for proxy in distinct):
        notes.append(
            "websockets cannot send the proxy's credentials as they are, so Prefect would lose task runs "
            "unless its API is reached directly; ask for a password in ASCII without blanks, `/`, `#`, `?`, "
            "`[` and `]`"
        )
    if any(proxy.password and not proxy.password.isascii() for proxy in distinct):
        notes.append(
            "requests, pip, boto3 and aiohttp cannot send a proxy password with letters beyond ASCII"
        )
    if any(proxy.scheme == "https" for proxy in distinct):
        unable = [each.name for each in CLIENTS if each.proxy and not _takes_tls_by_variables(each.proxy)]
        notes.append(f"a proxy that itself speaks TLS is of no use to {', '.join(unable)} by variables alone")
    return notes


def _takes_tls_by_variables(proxy: Proxy) -> bool:
    """Whether a client can speak TLS to a proxy under a root that a variable names, as far as is known."""
    return proxy.tls is Answer.UNKNOWN or (proxy.tls is Answer.YES and bool(proxy.tls_roots))
