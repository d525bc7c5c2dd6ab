"""The page: what is on it, in which order, and what a browser may do with it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from proxyenv.page.cards import list_cards
from proxyenv.page.findings import list_findings, name_targets
from proxyenv.page.forest import draw_forest
from proxyenv.page.grid import draw_grid
from proxyenv.page.markup import Markup, element, join, prose
from proxyenv.page.picture import draw_way
from proxyenv.page.signs import define_signs, draw_sign
from proxyenv.page.steps import list_steps
from proxyenv.page.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.report import Outcome
    from proxyenv.page.content import Page

_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

_SHOWN: Final = (
    "Passwords are masked. Names, addresses and paths are as they are: `--anonymize` puts aliases in their "
    "place, for a page that leaves your company."
)
_HIDDEN: Final = (
    "Aliases stand for names, addresses, paths and fingerprints, the same for the same. Look at the page "
    "before it leaves your company."
)

POLICY: Final = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
"""What a browser may do with the page: apply our style, and nothing else."""


def render_page(page: Page) -> str:
    """The page as HTML, in ASCII. The same content gives the same bytes."""
    targets = name_targets(page.groups)
    head = element("head", *_head(page))
    body = element(
        "body",
        define_signs(),
        element("header", *_top(page)),
        element("main", *_sections(page, targets)),
        element("footer", *_bottom(page)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}"


def _head(page: Page) -> Iterator[str]:
    yield Markup('<meta charset="utf-8">')
    yield Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">')
    yield Markup('<meta name="viewport" content="width=device-width, initial-scale=1">')
    yield Markup('<meta name="color-scheme" content="light dark">')
    yield Markup('<meta name="referrer" content="no-referrer">')
    yield element("title", f"proxyenv {page.verb}: {'yes' if page.passed else 'no'}")
    yield Markup(f"<style>{STYLE}</style>")


def _top(page: Page) -> Iterator[str]:
    yield element(
        "div",
        element("span", element("strong", "proxyenv"), f" {page.verb}"),
        element("span", page.made),
        class_="mark-line",
    )
    status = "ok" if page.passed else "failed"
    words = element("div", element("h1", _headline(page)), element("p", prose(page.verdict)))
    yield element("div", draw_sign(status), words, class_="verdict")
    broken = _find_first(page)
    if broken is not None and broken.hint:
        label = element("span", "next step", class_="kind")
        yield element("div", label, element("p", prose(broken.hint)), class_=f"next {broken.status}")
    pairs = (element("div", element("dt", label), element("dd", prose(value))) for label, value in page.facts)
    yield element("dl", *pairs, class_="facts") if page.facts else ""


def _headline(page: Page) -> str:
    if page.verb == "status":
        return "Yes, as it was written" if page.passed else "No, something has changed"
    return "Yes, it works" if page.passed else "No, it does not work"


def _find_first(page: Page) -> Outcome | None:
    """What to begin with: the first failure that says what to do."""
    every = [each for group in page.groups for each in group.outcomes]
    return next((each for status in ("failed", "warning") for each in every if each.status == status), None)


def _sections(page: Page, targets: Mapping[str, str]) -> Iterator[Markup]:
    if page.ways:
        yield _section("The way", "way", _lead_way(page), *_panels(page, targets))
    yield _section("Findings", "findings", "", list_findings(page.groups, targets))
    if page.forest:
        lead = "Who issued what, and what each runtime says to the path that ends there."
        yield _section("Certificates", "certificates", lead, draw_forest(page.forest))
    if page.grid is not None:
        lead = "Where each client goes for each host, by the client's own reading of the variables."
        yield _section("NO_PROXY", "no-proxy", lead, draw_grid(page.grid))
    if page.cards:
        yield _section(
            "Clients", "clients", "Whether each gets the proxy and the CA.", list_cards(page.cards)
        )
    if page.notes:
        items = (element("li", prose(note)) for note in page.notes)
        yield _section("Not shown", "notes", "", element("ul", *items, class_="bullets"))


def _lead_way(page: Page) -> str:
    if page.verb == "status":
        return "What a process is told to do. `status` connects to nothing; `proxyenv check` tries each step."
    return "What the checked process has to reach, and how far it gets."


def _panels(page: Page, targets: Mapping[str, str]) -> Iterator[Markup]:
    for way in page.ways:
        title = f"the way of {way.process.title}"
        heading = element("h3", way.process.title) if len(page.ways) > 1 else ""
        yield element("div", heading, draw_way(way, title=title), list_steps(way, targets), class_="panel")


def _section(title: str, name: str, lead: str, *content: Markup) -> Markup:
    heading = element("h2", title, id=name)
    return element(
        "section",
        heading,
        element("p", prose(lead), class_="lead") if lead else "",
        join(content),
        aria_labelledby=name,
    )


def _bottom(page: Page) -> Iterator[Markup]:
    yield element("p", f"{page.made}. This page holds no script and loads nothing.")
    yield element("p", prose(_HIDDEN if page.hidden else _SHOWN))
