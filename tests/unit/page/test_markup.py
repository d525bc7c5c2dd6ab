"""Markup: whatever a text is, a browser sees the text and no element of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.page.markup import Markup, element, join, prose, spell, text
from support.pages import HOSTILE

ANY = st.one_of(st.text(), st.sampled_from(HOSTILE), st.text(alphabet="<>&'\"`/=\\ \u202e\u200f\x00\x1b-!["))


class Seen(HTMLParser):
    """What a parser of HTML makes of it: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", {"data": data}))

    def handle_decl(self, decl: str) -> None:
        self.elements.append(("declaration", {"data": decl}))

    def handle_pi(self, data: str) -> None:
        self.elements.append(("instruction", {"data": data}))


@given(ANY)
def test_a_text_is_text_and_nothing_else(words: str) -> None:
    seen = Seen(element("p", words))
    assert seen.words == spell(words)
    assert {tag for tag, _ in seen.elements} <= {"p", "span"}
    assert [given for tag, given in seen.elements if tag == "span" and given["class"] != "unseen"] == []


@given(ANY)
def test_an_attribute_stays_one_attribute(words: str) -> None:
    seen = Seen(element("p", "a", title=words, class_="b"))
    assert seen.elements == [("p", {"title": spell(words), "class": "b"})]


@given(ANY)
def test_code_of_a_sentence_is_text_too(words: str) -> None:
    assert {tag for tag, _ in Seen(prose(words)).elements} <= {"code", "span"}


@given(ANY)
def test_all_is_ascii(words: str) -> None:
    assert element("p", words, prose(words), title=words).isascii()


@given(ANY)
def test_everything_that_is_shown_can_be_seen(words: str) -> None:
    assert spell(words).isprintable()


@pytest.mark.parametrize(
    ("words", "html"),
    [
        pytest.param("a < b & c", "a &#60; b &#38; c", id="signs of markup"),
        pytest.param('say "it\'s"', "say &#34;it&#39;s&#34;", id="quotes"),
        pytest.param("Köln", "K&#246;ln", id="a letter beyond ASCII"),
        pytest.param(
            "a\u202eb",
            'a<span class="unseen" title="a character that cannot be seen">&#92;u202e</span>b',
            id="a mark that turns the direction",
        ),
    ],
)
def test_how_it_is_escaped(words: str, html: str) -> None:
    assert text(words) == html


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("evil\u202egpj.exe", "evil\\u202egpj.exe", id="right to left"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="an escape sequence"),
        pytest.param("a\nb\tc", "a\\nb\\tc", id="a line break"),
        pytest.param("pay\u200bpal\xad", "pay\\u200bpal\\xad", id="no width"),
        pytest.param("a\xa0b", "a\\xa0b", id="a space that is none"),
        pytest.param("\u3164", "\\u3164", id="a filler"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
        pytest.param("e\u0301", "e\u0301", id="an accent"),
        pytest.param("e" + "\u0301" * 5, "e\u0301\u0301\u0301\\u0301\\u0301", id="a tower of accents"),
        pytest.param("\x00" * 20, "\\x00" * 8 + "… and 12 more", id="many in succession"),
        pytest.param("שלום", "שלום", id="letters that are written from the right"),
    ],
)
def test_what_cannot_be_seen_is_written_out(words: str, shown: str) -> None:
    assert spell(words) == shown


def test_markup_with_something_added_is_a_text_again() -> None:
    assert element("p", Markup("<b></b>") + "<i>") == "<p>&#60;b&#62;&#60;/b&#62;&#60;i&#62;</p>"


def test_markup_is_joined_as_it_is() -> None:
    assert join((Markup("<b></b>"), "<i>")) == "<b></b>&#60;i&#62;"


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert element("p", id=None, aria_label="x") == '<p aria-label="x"></p>'


def test_a_backtick_alone_is_a_backtick() -> None:
    assert prose("it`s") == "it&#96;s"


@pytest.mark.parametrize("name", ["", "p onload", "p>", "1", "p\n"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\A" + name.replace("\n", r"\n")):
        element(name)
