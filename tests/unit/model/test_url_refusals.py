from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from proxyenv.errors import UsageError
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.slips import names_nothing
from proxyenv.model.subject import parse_origin
from proxyenv.model.url import describe_refusal
from support.growth import soon


@pytest.mark.parametrize("url", ["http://ada:Zq7vXj3:/?#[]@p.test", "http://ada:Zq7\u2100@p.test:1"])
def test_no_part_of_it_is_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="Zq7") as caught:
        _ = urlsplit(url).port
    assert describe_refusal(caught.value) == "its host or its port is malformed"


def test_what_repeats_nothing_is_kept() -> None:
    with pytest.raises(ValueError, match="IPv6") as caught:
        urlsplit("http://[bad/x.pem")
    assert describe_refusal(caught.value) == "Invalid IPv6 URL"


def test_a_long_value_without_a_scheme_is_read_once() -> None:
    with soon(5):
        assert not names_nothing("xn--." * 80_000)


@pytest.mark.parametrize("host", ["ü" * 500_000, "ü." * 250_000, "\u0a5e" * 500_000])
def test_a_host_that_nobody_writes_is_not_encoded(host: str) -> None:
    with soon(0.3), pytest.raises(UsageError, match="host name that cannot be encoded"):
        parse_proxy_url(host)
    with soon(0.3), pytest.raises(UsageError) as caught:
        parse_origin(f"https://{host}/")
    assert caught.value.code == "url-invalid"


@pytest.mark.parametrize(
    "text",
    [
        *("none", "http://none", "HTTP://none/", '"https://null"', "http://"),
        *("none:", "http://none:80", "null:null", "http://undefined:undefined", "http://null:3128", "off:0"),
    ],
)
def test_a_word_for_no_proxy(text: str) -> None:
    assert names_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://none:Zq7vXj3@p.test",
        "null@p.test",
        "undefined:undefined@p.test:1",
        "http://http://none",
        "none.test",
        "a b://none",
        "off:3128",
        ":3128",
        "nonesuch:80",
        "direct.test:80",
    ],
)
def test_no_word_for_no_proxy(text: str) -> None:
    assert not names_nothing(text)
