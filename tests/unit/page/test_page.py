"""The page: one file that loads nothing, runs nothing, and says everything."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.page.markup import spell
from proxyenv.page.page import POLICY, render_page
from proxyenv.page.style import STYLE
from support.pages import HOSTILE, make_no, make_odd, make_yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.page.content import Page

PAGES: Final = pytest.mark.parametrize(
    "make", [make_yes, make_no, make_odd], ids=["a yes", "a no", "an odd machine"]
)

VOID: Final = {"meta", "br"}

ELEMENTS: Final = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article"),
    *("div", "span", "p", "h1", "h2", "h3", "h4", "strong", "code", "a", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("svg", "symbol", "path", "rect", "use", "text"),
}

ATTRIBUTES: Final = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "title", "href", "open", "role"),
    *("tabindex", "scope", "aria-label", "aria-labelledby", "aria-hidden"),
    *("viewbox", "width", "height", "x", "y", "d", "rx"),
}


class Read(HTMLParser):
    """The page as a parser sees it; what is not closed in order is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href":
                self.links.add(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.words.append(data)


@PAGES
def test_it_has_the_elements_that_we_wrote_and_no_other(make: Callable[[], Page]) -> None:
    seen = Read(render_page(make()))
    assert sorted(seen.names - ELEMENTS) == []
    assert sorted(seen.attributes - ATTRIBUTES) == []


@PAGES
def test_its_links_lead_to_places_on_it(make: Callable[[], Page]) -> None:
    seen = Read(render_page(make()))
    assert {link for link in seen.links if not link.startswith("#")} == set()
    assert {link.removeprefix("#") for link in seen.links} - set(seen.ids) == set()


@PAGES
def test_no_name_of_a_place_is_given_twice(make: Callable[[], Page]) -> None:
    ids = Read(render_page(make())).ids
    assert len(ids) == len(set(ids))


@PAGES
def test_it_is_ascii_and_always_the_same(make: Callable[[], Page]) -> None:
    assert render_page(make()).isascii()
    assert render_page(make()) == render_page(make())


def test_hostile_texts_are_on_it_as_they_were_said() -> None:
    words = "".join(Read(render_page(make_odd())).words)
    assert [
        each for each in HOSTILE if spell(each) not in words and spell(each.replace("`", "")) not in words
    ] == []


def test_a_browser_may_apply_our_style_and_nothing_else() -> None:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'") == POLICY
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in render_page(make_yes())
    assert f"<style>{STYLE}</style>" in render_page(make_yes())


def test_the_style_loads_nothing() -> None:
    assert re.findall(r"url\(|@import|expression|</", STYLE) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(make_yes, ("Yes, it works", "16 passed", "ready"), id="a yes"),
        pytest.param(
            make_no,
            (
                *("No, it does not work", "ca-rejected", "Missing Authority Key Identifier", "next step"),
                *("usual reasons", "websocket-denied", "they differ", "not covered", "Not shown"),
            ),
            id="a no",
        ),
    ],
)
def test_what_it_says(make: Callable[[], Page], words: tuple[str, ...]) -> None:
    said = "".join(Read(render_page(make())).words)
    assert [each for each in words if each not in said] == []


@pytest.mark.parametrize(
    ("passed", "words"), [(True, "Yes, as it was written"), (False, "No, something has changed")]
)
def test_status_says_whether_it_is_as_written(*, passed: bool, words: str) -> None:
    page = render_page(make_yes()._replace(verb="status", passed=passed))
    assert f"<h1>{words}</h1>" in page
    assert "connects to nothing" in page


def test_what_is_not_known_leaves_no_empty_section() -> None:
    page = make_yes()._replace(ways=(), forest=(), grid=None, cards=(), facts=())
    assert re.findall(r"<h2[^>]*>([^<]*)</h2>", render_page(page)) == ["Findings"]
