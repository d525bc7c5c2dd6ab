"""PAC files that this machine names, where nothing names a proxy."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import WPAD
from proxyenv.decide.proxies import SCHEMES, rank_proxies, take_sources
from proxyenv.errors import AmbiguityError
from proxyenv.model.url import mask_userinfo
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.findings import Findings, Found
    from proxyenv.model.intent import Intent

_STARTS: Final = ("http://", "https://", "file:", "/")
_MOST_SHOWN: Final = 3
_DETECT: Final = "`proxyenv pac --wpad` shows what the network answers"


class NamedPac(NamedTuple):
    """A PAC file that sources name.

    Args:
        location: its URL, or its absolute path.
        places: where it is named.
    """

    location: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"`{mask_userinfo(self.location)}` ({', '.join(self.places[:_MOST_SHOWN])})"

    @property
    def command(self) -> str:
        """What follows it; with a word for the URL where that holds a password, which would be shown."""
        is_shown = mask_userinfo(self.location) == self.location
        return f"proxyenv setup --pac {shlex.quote(self.location) if is_shown else 'URL'}"


def find_named_pac(findings: Findings, intent: Intent) -> tuple[NamedPac, ...]:
    """The PAC files of the sources that count by themselves, the strongest first, with all of their places.

    None where a proxy is given, saved or found, and for ``refresh``, which adopts nothing that is found.
    """
    if _is_decided(findings, intent):
        return ()
    places: dict[str, dict[str, None]] = {}
    for source in take_sources(intent, findings.sources):
        for found in source.pac if source.use == "adopted" else ():
            if found.value.lower().startswith(_STARTS):
                places.setdefault(found.value, {})[found.provenance] = None
    return tuple(NamedPac(location, tuple(names)) for location, names in places.items())


def require_pac_answer(findings: Findings, intent: Intent) -> None:
    """Ask whether a PAC file is to be followed; of several, which.

    Raises:
        AmbiguityError: there is one to ask about.
    """
    named = find_named_pac(findings, intent)
    if not named:
        return
    raise AmbiguityError(
        "proxy-conflict",
        "no proxy was found, and a PAC file is named"
        if len(named) == 1
        else "no proxy was found, and several PAC files are named; which one is to be followed?",
        option="--pac",
        choices=(*map(str, named), "none of this"),
        answers=(*(each.location for each in named), "no"),
        hint=f"`{named[0].command}` follows it",
    )


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
    for each in find_named_pac(findings, intent)[:_MOST_SHOWN]:
        yield f"no proxy is set, and a PAC file is named: {each}; `{each.command}` follows it"


def _is_decided(findings: Findings, intent: Intent) -> bool:
    if intent.refresh or not intent.leaves_proxy_open:
        return True
    return any(rank_proxies(intent, findings.sources, scheme) for scheme in SCHEMES)


def _find_detecting(findings: Findings, intent: Intent) -> Found[str] | None:
    if _is_decided(findings, intent):
        return None
    notes = (note for source in findings.sources if source.use == "adopted" for note in source.notes)
    return next((note for note in notes if note.value == WPAD), None)
