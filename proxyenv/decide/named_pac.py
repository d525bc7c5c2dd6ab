"""PAC files that this machine names, where no proxy is found that counts more."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import WPAD
from proxyenv.decide.proxies import SCHEMES, is_usable, rank_candidates, rank_proxies
from proxyenv.errors import AmbiguityError
from proxyenv.model.url import quote_location, show_source
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.decide.proxies import Candidate
    from proxyenv.model.findings import Findings, Found
    from proxyenv.model.intent import Intent

_MOST_SHOWN: Final = 3
_DETECT: Final = "`proxyenv setup --wpad` shows what the network answers, and asks whether to follow it"


class NamedPac(NamedTuple):
    """A PAC file that sources name.

    Args:
        location: its URL, or its absolute path.
        places: where it is named.
    """

    location: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"`{show_source(self.location)}` ({', '.join(self.places[:_MOST_SHOWN])})"

    @property
    def command(self) -> str:
        """What follows it."""
        return f"proxyenv setup --pac {quote_location(self.location)}"


def find_named_pac(findings: Findings, intent: Intent) -> tuple[NamedPac, ...]:
    """The PAC files that count more than any proxy that was found, the strongest first, declined or not.

    None where a proxy is given or saved, and for ``refresh``, which adopts nothing that is found.
    """
    asked = intent._replace(declined_pac=())
    stronger = takewhile(lambda each: each.pac, rank_candidates(asked, findings.sources))
    return tuple(_group(found for candidate in stronger for found in candidate.pac))


def require_pac_answer(findings: Findings, intent: Intent) -> None:
    """Ask whether the PAC file that counts most is to be followed; of several, which.

    Raises:
        AmbiguityError: there is one to ask about.
    """
    ranked = rank_candidates(intent, findings.sources)
    strongest = next(ranked, None)
    if strongest is None or not strongest.pac:
        return
    places = {each.location: each for each in find_named_pac(findings, intent)}
    named = [places[each.location] for each in _group(strongest.pac)]
    proxy = next((each for each in ranked if not each.pac), None)
    raise AmbiguityError(
        "proxy-conflict",
        _describe_question(findings, strongest, proxy, is_one=len(named) == 1),
        option="--pac",
        choices=(*map(str, named), "none of this"),
        answers=(*(each.location for each in named), "no"),
        hint=f"`{named[0].command}` follows it",
    )


def _describe_question(
    findings: Findings, strongest: Candidate, proxy: Candidate | None, *, is_one: bool
) -> str:
    """What is named, what counts more and says that there is no proxy, and the proxy that counts less."""
    before = takewhile(lambda each: each is not strongest.source, findings.sources)
    direct = [f"{each.provenance} {each.value}" for source in before for each in source.direct]
    what = "a PAC file is named" if is_one else "several PAC files are named"
    if proxy:
        less = next(found for _, found in proxy.source.proxies if is_usable(found.value))
        what += f", which {'counts' if is_one else 'count'} more than {less.provenance}"
    elif not direct:
        what = f"no proxy was found, and {what}"
    what = "; ".join((*direct, what))
    return what if is_one else f"{what}; which one is to be followed?"


def _group(finds: Iterable[Found[str]]) -> Iterator[NamedPac]:
    """Those that agree are one, with all of their places."""
    places: dict[str, dict[str, None]] = {}
    for found in finds:
        places.setdefault(found.value, {})[found.provenance] = None
    yield from (NamedPac(location, tuple(names)) for location, names in places.items())


def describe_pac(findings: Findings, intent: Intent) -> tuple[str, str] | None:
    """What names a PAC file, as a clause, and the next step; ``None`` where nothing does."""
    named = find_named_pac(findings, intent)
    if named:
        shown = ", ".join(map(str, named[:_MOST_SHOWN]))
        word = "a PAC file is named" if len(named) == 1 else "PAC files are named"
        return f"{word}: {shown}", f"`{named[0].command}` follows it, if one proxy says the same"
    detecting = _find_detecting(findings, intent)
    if detecting is None:
        return None
    return f"{detecting.provenance} leaves the choice to the local network (WPAD)", _DETECT


def pac_notes(findings: Findings, intent: Intent) -> Iterator[str]:
    """What is there and not followed; WPAD is among the notes of its source."""
    is_set = any(rank_proxies(intent, findings.sources, scheme) for scheme in SCHEMES)
    lead = "a PAC file is named, and not followed" if is_set else "no proxy is set, and a PAC file is named"
    for each in find_named_pac(findings, intent)[:_MOST_SHOWN]:
        yield f"{lead}: {each}; `{each.command}` follows it"


def _find_detecting(findings: Findings, intent: Intent) -> Found[str] | None:
    if intent.refresh or not intent.leaves_proxy_open:
        return None
    if any(rank_proxies(intent, findings.sources, scheme) for scheme in SCHEMES):
        return None
    notes = (note for source in findings.sources if source.use == "adopted" for note in source.notes)
    return next((note for note in notes if note.value == WPAD), None)
