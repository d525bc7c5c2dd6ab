"""What is taken for a secret in bytes, wherever the pieces of a file end, and what is not."""

from __future__ import annotations

from base64 import b64encode

import pytest

from proxyenv.decide.images.secrets import Known, SecretSearch, know
from proxyenv.model.proxy_url import ProxyURL

PROXY = ProxyURL("http", "proxy.corp.example", 3128, "ada", "p@ss/wörd")
NOTHING = Known()


def find(
    text: bytes, known: Known = NOTHING, *, piece: int = 1 << 20, only_known: bool = False
) -> list[tuple[str, int]]:
    search = SecretSearch(known, is_code=True, only_known=only_known)
    for start in range(0, len(text), piece):
        search.feed(text[start : start + piece])
    return list(search.hits)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param("p@ss/wörd".encode(), id="raw"),
        pytest.param(b"p%40ss%2Fw%C3%B6rd", id="percent-encoded"),
        pytest.param(b"p%40ss%2fw%c3%b6rd", id="in lower case"),
        pytest.param(b64encode("ada:p@ss/wörd".encode()), id="Basic authentication"),
        pytest.param(b64encode("ada:p@ss/wörd".encode()).rstrip(b"="), id="without padding"),
    ],
)
def test_a_known_password_is_found_in_every_spelling(spelling: bytes) -> None:
    assert find(b"one\ntwo " + spelling, know([PROXY]), only_known=True) == [("known", 2)]


def test_a_short_password_is_searched_with_what_is_around_it() -> None:
    known = know([PROXY._replace(password="abc")])
    assert find(b"the abc of it", known, only_known=True) == []
    assert find(b"http://ada:abc@proxy", known, only_known=True) == [("known", 1)]


def test_a_user_without_a_password_is_searched_as_a_password_is() -> None:
    known = know([PROXY._replace(username="t0ken/key", password="")])
    assert find(b"key=t0ken%2Fkey", known, only_known=True) == [("known", 1)]
    short = know([PROXY._replace(username="abc", password="")])
    assert find(b"the abc of it", short, only_known=True) == []
    assert find(b"http://abc:@proxy\nhttp://abc@proxy", short, only_known=True) == [
        ("known", 1),
        ("known", 2),
    ]


def test_a_masked_password_is_not_known() -> None:
    assert know([PROXY._replace(password="****")]) == NOTHING


@pytest.mark.parametrize("piece", [1, 7, 100, 4096, 1 << 20])
def test_where_the_pieces_end_does_not_matter(piece: int) -> None:
    text = b"x\n" * 5000 + b"https://ada:kuckuck-77@proxy.corp.example\n" + b"y\n" * 5000
    assert find(text, piece=max(piece, 512)) == [("url", 5001)]


@pytest.mark.parametrize(
    "text",
    [
        b"http://user:password@proxy:3128",
        b"http://$USER:$PASS@proxy:3128",
        b"http://ada:****@proxy:3128",
        b"http://<user>:<pass>@proxy:3128",
        b"http://%s:%s@proxy:3128",
        b"http://host:3128/a@b",
        b"mailto:ada@corp.example",
        b"re.compile('://([^:]+):([^@]+)@')",
        b"-----BEGIN PRIVATE KEY-----",
        b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 64,
        b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        b"Authorization: Basic $TOKEN",
    ],
)
def test_an_example_is_no_secret(text: bytes) -> None:
    assert find(text) == []
