"""The clients: those that are here as cards, the others in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.page.markup import Markup, element, join, prose
from proxyenv.page.signs import COVERAGES, badge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.page.content import Card

_ORDER = {"not-covered": 0, "configure": 1, "trust-install": 1, "source": 1, "covered": 2}


def list_cards(cards: tuple[Card, ...]) -> Markup:
    """Those that need something first."""
    return join(_list(cards))


def _list(cards: tuple[Card, ...]) -> Iterator[Markup]:
    here = sorted((each for each in cards if each.place), key=lambda card: _ORDER.get(card.coverage, 0))
    absent = [each for each in cards if not each.place]
    if here:
        yield element("div", *map(_draw_card, here), class_="cards")
    else:
        yield element("p", "None of the clients that are known is here.", class_="calm")
    if absent:
        names = ", ".join(each.name for each in absent)
        summary = element("summary", f"{len(absent)} that are not on this machine")
        yield element("details", summary, element("p", names), class_="fold")


def _draw_card(card: Card) -> Markup:
    status, words = COVERAGES.get(card.coverage, ("skipped", "nothing is set up"))
    rows = (
        ("roots", ", ".join(card.roots)),
        ("proxy", ", ".join(card.proxy)),
        ("file", card.file),
        ("at", card.place),
    )
    pairs = (
        part
        for label, value in rows
        if value
        for part in (element("dt", label), element("dd", prose(value), class_="mono"))
    )
    version = element("span", card.version, class_="quiet") if card.version else ""
    return element(
        "article",
        element("h3", card.name, version),
        element("p", badge(status, words)),
        element("p", prose(card.reason), class_="reason") if card.reason else "",
        element("dl", *pairs),
        class_=f"card {status}",
    )
