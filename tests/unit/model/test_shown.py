from __future__ import annotations

import pytest

from proxyenv.errors import UsageError
from proxyenv.model.shown import hide_credentials, show_image, show_volume
from proxyenv.model.subject import parse_origin
from proxyenv.model.url import parse_url, require_fetchable, show_location
from support.growth import soon


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("https://ada:SECxyz", "(18 characters)", id="cut before its host"),
        pytest.param("https://ada:SECxyz%40host.test/", "(31 characters)", id="an encoded at sign"),
        pytest.param("https://ada:SECxyz\uff20host.test/x", "(30 characters)", id="a full-width at sign"),
        pytest.param("https://ada:SECxyz\ufe6bhost.test/x", "(30 characters)", id="a small at sign"),
        pytest.param("https://token%40host.test/", "(26 characters)", id="a token for a user"),
        pytest.param("https:ada:SECxyz", "(16 characters)", id="no slashes"),
        pytest.param("https:/ada:SECxyz", "(17 characters)", id="one slash"),
        pytest.param("//ada:SECxyz", "(12 characters)", id="no scheme, two slashes"),
        pytest.param("ada:SECxyz", "(10 characters)", id="no scheme"),
        pytest.param("'https://ada:SECxyz'", "(20 characters)", id="in quotes"),
        pytest.param("https://ada:'SECxyz'", "(20 characters)", id="quotes in it"),
        pytest.param("https://ada:,SECxyz", "(19 characters)", id="a comma in front"),
        pytest.param("https://ada: SECxyz", "(19 characters)", id="a blank in front"),
        pytest.param("https://ada:=SECxyz", "(19 characters)", id="an equals sign in front"),
        pytest.param("https://ada:SEC?xyz", "(19 characters)", id="a question mark in it"),
        pytest.param("localhost,http://ada:SECxyz", "(27 characters)", id="in a list"),
        pytest.param("proxy=http://ada:SECxyz", "(23 characters)", id="with a name"),
        pytest.param("x https://ada:SECxyz", "(20 characters)", id="behind a word"),
        pytest.param("https://http://ada:SECxyz", "(25 characters)", id="two schemes"),
        pytest.param("https://h.test/https:/ada:SECxyz", "(32 characters)", id="in a path"),
        pytest.param("/home/ada/https:/eva:SECxyz", "(27 characters)", id="made a path"),
        pytest.param("/home/ada/https:eva:SECxyz", "(26 characters)", id="made a path, no slashes"),
        pytest.param("http://eva:one@host:SECxyz", "(26 characters)", id="two colons"),
        pytest.param("ada:SECxyz http://eva:one@h.test", "****@h.test", id="before a URL"),
    ],
)
def test_what_does_not_parse_is_shown_as_its_length(text: str, shown: str) -> None:
    assert show_location(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        *(
            "http://proxy.test:99999",
            "proxy.test:0",
            "10.0.0.0/8:80",
            "[fd00::/8]:80",
            "fd00::/8:443",
            "[::1",
            "host:http",
            "10.0.0.0/33",
            "10.0.0.0/8,*.corp.test,[::1]:443",
        ),
        *(
            "fd00::/200",
            "fe80::1%eth0",
            "http://[fd00::1]:3128/x",
            "http://",
            "ftp://h.test",
            "b\u00fccher.test:80",
        ),
        *(
            "../ca.pem",
            "~/ca.pem",
            "/a/b:/c/d",
            "/data:/data:ro",
            "file:///home/ada/x.pac",
            "file:///C:/x.pac",
            "file:.",
        ),
        *(
            "C:\\ca.pem",
            "C:/ca.pem",
            "C:",
            "AB:CD:EF:01:02",
            "sha256:00112233445566778899",
            "https://h.test/a:b",
        ),
        *(
            "PROXY proxy.test:3128; DIRECT",
            "http=proxy.test:80;https=proxy.test:443",
            "profile: mine",
            "(7 characters)",
            "/home/ada/t/ca.pem",
            "file:///home/ada/t/ca.pem",
            "src/t/ca.pem",
            "https://repo.test/x/at/y",
            "https://repo.test/t/",
        ),
        *(
            "/sys/pci0000:00/x",
            "-Dhttp.nonProxyHosts=localhost|*.corp.test|[::1]",
            "`http://a.test:1`, `b.test`",
        ),
    ],
)
def test_what_holds_no_secret_is_shown(text: str) -> None:
    assert show_location(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://h.test/x#SECxyz", "https://h.test/x#****"),
        ("https://h.test/x#token=SECxyz", "https://h.test/x#token=****"),
        ('"https://h.test/x;token=SECxyz"', '"https://h.test/x;token=****'),
        ("https://h.test/x;token=SECxyz", "https://h.test/x;token=****"),
        ("https://[::1]/x;token=SECxyz?a=b", "https://[::1]/x;token=****"),
        ("/home/ada/a#b.pem", "/home/ada/a#b.pem"),
        ("http://h.test:3128;user=bob;password=SECxyz", "http://h.test:3128;user=****"),
        ("http://[::1];password=SECxyz", "http://[::1];password=****"),
        ("http://ada:12;SEC=x@h.test", "http://****@h.test"),
        ("https://h.test/x#", "https://h.test/x#"),
        ("https://h.test/x;y", "https://h.test/x;y"),
        ("https://repo.test/t/SECxyz", "https://repo.test/t/****"),
        ("https://repo.test/conda/t/SEC-xyz/main?a=b", "https://repo.test/conda/t/****/main?a=****"),
        ("https://ada:SEC@repo.test:80/t/SECxyz/x", "https://****@repo.test:80/t/****/x"),
        ("repo.test/t/SECxyz/x", "repo.test/t/****/x"),
        ("https://a.test/t/SECx,https://b.test/t/SECy", "https://a.test/t/****,https://b.test/t/****"),
    ],
)
def test_a_fragment_parameters_and_a_token_of_a_path_are_masked_as_a_query(text: str, shown: str) -> None:
    assert show_location(text) == shown


@pytest.mark.parametrize("url", ["https://ada:SECxyz", "https://ada:SECxyz%40h.test/", "https:ada:SECxyz"])
def test_no_error_repeats_what_did_not_parse(url: str) -> None:
    with pytest.raises(UsageError) as parsed:
        parse_url(url, code="url-invalid", source="`--url`")
    assert "SEC" not in f"{parsed.value.message}{parsed.value.hint}"
    with pytest.raises(UsageError) as asked:
        parse_origin(url)
    assert "SEC" not in f"{asked.value.message}{asked.value.hint}"
    name = f"`--ca {show_location(url)}`"
    if url == "https://ada:SECxyz":
        with pytest.raises(UsageError) as fetched:
            require_fetchable(url, source=name, example="https://corp.example/ca.pem")
        assert fetched.value.message == "`--ca (18 characters)` names no host that could be asked"


@pytest.mark.parametrize(
    ("text", "word", "shown"),
    [
        ("no `https://ada:SECxyz`", "--ca=https://ada:SECxyz", "no `(18 characters)`"),
        ("no `/x/https:/ada:SECxyz`", "https://ada:SECxyz", "no `/x/https:/****`"),
        ("no port `SECxyz`", "https://ada:SECxyz", "no port `****`"),
        ("choice: 'ada:SE\\\\xyz'", "ada:SE\\xyz", "choice: '(10 characters)'"),
        ("a port, b", "a:b", "a port, b"),
        ("no `/x/https:/h.test/t/SECx`", "https://h.test/t/SECx", "no `/x/https:/h.test/t/****`"),
        ("the variable `PW`", "http://e@h.test:9", "the variable `PW`"),
        ("no `e@h.test:9` or 'e'", "http://e@h.test:9", "no `****@h.test:9` or '****'"),
        ("the variable: `PW`", "http://variable@h.test", "the variable: `PW`"),
        ("the variable: `PW`", "http://e:@h.test", "the variable: `PW`"),
        ("no `/x@y/a:b.pem`", "--ca=/x@y/a:b.pem", "no `/x@y/(7 characters)`"),
    ],
)
def test_a_message_does_not_repeat_what_did_not_parse(text: str, word: str, shown: str) -> None:
    assert hide_credentials(text, (word,)) == shown


@pytest.mark.parametrize(
    "text",
    [
        ":" * 200_000,
        "a:" * 100_000,
        "/a:" * 100_000,
        "?" * 200_000,
        "a://" * 50_000,
        ";" * 200_000,
        f"a://{'a' * 200_000};",
    ],
)
def test_a_long_text_is_judged_in_linear_time(text: str) -> None:
    with soon(2):
        show_location(text)


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("prefecthq/prefect:3-latest", "prefecthq/prefect:3-latest"),
        ("reg.test:5000/x/y:1@sha256:00ff", "reg.test:5000/x/y:1@sha256:00ff"),
        ("ada:SECxyz@reg.test/x:1", "(23 characters)"),
        ("https://ada:SECxyz", "(18 characters)"),
    ],
)
def test_the_name_of_an_image_is_shown(image: str, shown: str) -> None:
    assert show_image(image) == shown


@pytest.mark.parametrize(
    ("volume", "shown"),
    [
        ("/home/ada/x:/x:ro", "/home/ada/x:/x:ro"),
        ("data:/data", "data:/data"),
        ("data", "data"),
        ("ada:SECxyz@nas.test:/x", "(22 characters)"),
        ("https:/ada:SECxyz", "(17 characters)"),
        ("https://ada:SECxyz:/x", "(21 characters)"),
    ],
)
def test_a_volume_is_shown(volume: str, shown: str) -> None:
    assert show_volume(volume) == shown
