"""The text of PAC files: encodings, web pages, and the questions that are in it."""

from __future__ import annotations

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.formats.pac import find_questions, parse_pac

SCRIPT = 'function FindProxyForURL(url, host) { return "DIRECT"; } // Zürich'


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        pytest.param(SCRIPT.encode(), None, id="UTF-8"),
        pytest.param(SCRIPT.encode("utf-8-sig"), None, id="UTF-8 with a mark"),
        pytest.param(SCRIPT.encode("utf-8-sig"), "latin-1", id="a mark that the server contradicts"),
        pytest.param(SCRIPT.encode("latin-1"), None, id="Latin-1"),
        pytest.param(SCRIPT.encode("latin-1"), "ISO-8859-1", id="Latin-1 that the server names"),
        pytest.param(SCRIPT.encode("latin-1"), "utf-8", id="Latin-1 that the server calls UTF-8"),
        pytest.param(SCRIPT.encode("cp1252"), "windows-1252", id="Windows' own"),
        pytest.param(SCRIPT.encode(), "no-such-charset", id="a charset that nobody knows"),
        pytest.param(b"\xff\xfe" + SCRIPT.encode("utf-16-le"), None, id="UTF-16, small end first"),
        pytest.param(b"\xfe\xff" + SCRIPT.encode("utf-16-be"), None, id="UTF-16, big end first"),
    ],
)
def test_every_encoding_gives_the_same_text(content: bytes, charset: str | None) -> None:
    assert parse_pac(content, source="`a`", charset=charset) == SCRIPT


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape"])
def test_an_encoding_that_only_python_knows_is_none(charset: str) -> None:
    content = b"-\\u0061" * 1_000_000  # of which punycode would make something else, in a quarter of an hour
    assert parse_pac(content, source="`a`", charset=charset) == content.decode("ascii")


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        pytest.param(b"", "pac-syntax", "is empty", id="empty"),
        pytest.param(b" \r\n", "pac-syntax", "is empty", id="blank"),
        pytest.param(
            b"<!DOCTYPE html><title> Please\nlog in </title>", "pac-is-html", "`Please log in`", id="page"
        ),
        pytest.param(b"\xef\xbb\xbf\n <html>FindProxyForURL", "pac-is-html", "web page", id="a mark first"),
        pytest.param(b"<!-- x --><HTML>", "pac-is-html", "web page", id="a comment first"),
        pytest.param(b"<?xml version='1.0'?>", "pac-is-html", "web page", id="XML"),
    ],
)
def test_what_is_no_script_is_told(content: bytes, code: str, words: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        parse_pac(content, source="`a`")
    assert (caught.value.code, words in caught.value.message) == (code, True)


def test_a_script_may_begin_with_a_comment_of_html() -> None:
    script = "<!-- hidden from old browsers\nfunction FindProxyForURL() { return 'DIRECT' }"
    assert parse_pac(script.encode(), source="`a`") == script


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        pytest.param("return 'DIRECT'", (), id="none"),
        pytest.param(
            "isInNet(myIpAddress(), a, b) && timeRange(8, 18)", ("clock", "own-address", "dns"), id="all"
        ),
        pytest.param("new Date().getDay()", ("clock",), id="a date"),
        pytest.param("Math.random() < 0.5", ("chance",), id="random numbers"),
        pytest.param("dnsResolveEx(host)", ("dns",), id="Ex"),
        pytest.param("// timeRange(8, 18)\n/* myIpAddress() */", (), id="in comments"),
        pytest.param("var a = 'http://x'; timeRange(8)", ("clock",), id="after slashes in a text"),
        pytest.param(r"if (/^http:\/\//.test(url) && timeRange(8)) {}", ("clock",), id="after an expression"),
        pytest.param("/* never closed timeRange(8)", (), id="a comment that is not closed"),
        pytest.param("var isUpdate = dateRanger", (), id="a longer name"),
    ],
)
def test_the_questions_in_a_text_are_found(script: str, kinds: tuple[str, ...]) -> None:
    assert find_questions(script) == kinds


@pytest.mark.parametrize("text", ["/*", "`", "'", '"', "\\", "//", "<", "Date "])
def test_a_text_without_an_end_takes_no_time(text: str) -> None:
    find_questions(text * 500_000)
