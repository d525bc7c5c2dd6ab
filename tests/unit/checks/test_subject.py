from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.checks.proxy import ExpectedRoute, find_route, find_websocket_proxy
from proxyenv.errors import UsageError
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Origin, Subject, name_url, parse_origin, show_url

WEB = ProxyURL("http", "web.corp.test", 3128)
SECURE = ProxyURL("http", "secure.corp.test", 3129, "user", "p@ss/word")

SUBJECT = Subject(
    python=sys.executable,
    environment={"HTTPS_PROXY": SECURE.reveal()},
    directory=Path("/"),
    http_proxy=WEB,
    https_proxy=SECURE,
    no_proxy=("localhost", "intra.corp.test"),
    bundle=None,
    profile="corp",
    api_url=None,
    urls=("https://example.test/",),
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        pytest.param("http://a.test/x", Origin("http", "a.test", 80), id="the-port-of-http"),
        pytest.param("https://a.test", Origin("https", "a.test", 443), id="the-port-of-https"),
        pytest.param("HTTPS://A.Test:8443/x?y", Origin("https", "a.test", 8443), id="a-port-and-upper-case"),
        pytest.param("https://u:p@a.test/", Origin("https", "a.test", 443), id="credentials"),
        pytest.param("http://[::1]:4200/api", Origin("http", "::1", 4200), id="ipv6"),
    ],
)
def test_parse_origin_reads(url: str, origin: Origin) -> None:
    assert parse_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param("example.test/uuid", id="no-scheme"),
        pytest.param("ftp://example.test/", id="another-scheme"),
        pytest.param("https:///uuid", id="no-host"),
        pytest.param("https://example.test:99999/", id="impossible-port"),
    ],
)
def test_parse_origin_refuses(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_origin(url)
    assert caught.value.code == "url-invalid"


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        parse_origin("ftp://user:s3cret@example.test/")
    assert "s3cret" not in caught.value.message


def test_an_origin_always_shows_its_port() -> None:
    assert str(Origin("https", "a.test", 443)) == "https://a.test:443"
    assert str(Origin("http", "::1", 80)) == "http://[::1]:80"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("https://a.test/x", "https://a.test/x", id="nothing-to-hide"),
        pytest.param(
            "https://a.test/x?y=1&token=s",
            "https://a.test/x?y=****&token=****",
            id="a-query-without-values",
        ),
        pytest.param("https://u:p@a.test/x", "https://a.test/x", id="credentials-go-and-the-path-stays"),
        pytest.param("https://u:p@a.test/x@y", "https://****@y", id="an-at-sign-in-the-path"),
        pytest.param("https://user/SEC@a.test", "https://****@a.test", id="a-slash-and-no-colon"),
        pytest.param("https://u:80/SEC@a.test", "https://****@a.test", id="a-slash-behind-a-number"),
        pytest.param("https://u%3ASEC%40a.test:80", "(27 characters)", id="all-of-it-encoded"),
        pytest.param("https://a.test/t/SEC/x", "https://a.test/t/****/x", id="a-token-of-conda"),
        pytest.param("https://u:p@ss@a.test", "https://a.test", id="an-at-sign-in-the-password"),
        pytest.param("https://u:p/ss@a.test", "https://****@a.test", id="a-slash-in-the-password"),
        pytest.param("https://u:pass", "(14 characters)", id="cut"),
        pytest.param("https://a.test/x#token=s", "https://a.test/x#token=****", id="a-fragment"),
    ],
)
def test_show_url(url: str, shown: str) -> None:
    assert show_url(url) == shown


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://u:p@a.test/x", "https://a.test/x"),
        ("https://a.test/x?t=SEC", "https://a.test/x?t=****"),
        ("https://a.test/x@y", "https://a.test:443/****"),
        ("https://a.test/x%40y", "https://a.test:443/****"),
    ],
)
def test_a_check_is_named_after_the_host_that_is_asked(url: str, named: str) -> None:
    assert name_url(url) == named


def test_an_encoded_host_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        parse_origin("http://u%3ASEC%40h:80")
    assert caught.value.message == "`(21 characters)` is not a URL: its host is percent-encoded"
    assert parse_origin("http://[fe80::1%25eth0]:80").host == "fe80::1%25eth0"


@pytest.mark.parametrize(
    ("url", "route"),
    [
        pytest.param("http://a.test/", ExpectedRoute(WEB), id="http"),
        pytest.param("https://a.test/", ExpectedRoute(SECURE), id="https"),
        pytest.param("HTTPS://a.test/", ExpectedRoute(SECURE), id="upper-case"),
        pytest.param("https://x.intra.corp.test/", ExpectedRoute(None, "intra.corp.test"), id="bypassed"),
    ],
)
def test_route(url: str, route: ExpectedRoute) -> None:
    assert find_route(SUBJECT, url) == route


def test_without_a_proxy_the_route_is_direct() -> None:
    subject = replace(SUBJECT, http_proxy=None)
    assert find_route(subject, "http://x.intra.corp.test/") == ExpectedRoute(None)


def test_plain_websocket_prefers_the_https_proxy() -> None:
    assert find_websocket_proxy(SUBJECT, "http://a.test:4200/api") == SECURE


def test_plain_websocket_falls_back_to_the_http_proxy() -> None:
    assert find_websocket_proxy(replace(SUBJECT, https_proxy=None), "http://a.test:4200/api") == WEB


def test_tls_websocket_ignores_the_http_proxy() -> None:
    assert find_websocket_proxy(replace(SUBJECT, https_proxy=None), "https://a.test/api") is None


def test_a_websocket_is_bypassed_like_the_rest() -> None:
    assert find_websocket_proxy(SUBJECT, "http://intra.corp.test:4200/api") is None


def test_proxies_lists_the_same_proxy_once() -> None:
    assert SUBJECT.proxies == (WEB, SECURE)
    assert replace(SUBJECT, http_proxy=SECURE).proxies == (SECURE,)


def test_a_representation_shows_no_password() -> None:
    assert "p@ss" not in repr(SUBJECT)
    assert "p%40ss" not in repr(SUBJECT)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("http://user:p%40ss%2Fword@h:1", "http://user:****@h:1", id="percent-encoded"),
        pytest.param("http://user:p@ss/word@h:1", "http://user:****@h:1", id="raw"),
        pytest.param("it is p@ss/word here", "it is **** here", id="alone"),
        pytest.param("nothing to hide", "nothing to hide", id="absent"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert SUBJECT.mask(text) == masked


def test_a_user_without_a_password_is_masked() -> None:
    subject = replace(SUBJECT, http_proxy=None, https_proxy=SECURE._replace(username="t0k/en", password=""))
    assert subject.mask("t0k%2Fen, t0k/en, dDBrL2VuOg==") == "****, ****, ****"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("geheim and tajne", "**** and ****", id="passwords"),
        pytest.param("it got p%40ss, p%40SS%2f and p@SS/", "it got p%40ss, **** and ****", id="spellings"),
        pytest.param("the user tok3n is unknown", "the user **** is unknown", id="a user alone"),
        pytest.param("u is here", "u is here", id="a user with a password"),
    ],
)
def test_mask_knows_the_secrets_of_urls(text: str, masked: str) -> None:
    urls = ("https://u:geheim@a.test/", "https://u:p%40SS%2F@c.test/", "https://tok3n@d.test/", "https://[x")
    subject = replace(SUBJECT, urls=urls, api_url="https://u:tajne@b.test/api")
    assert subject.mask(text) == masked


@given(
    password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8),
    before=st.text(),
    after=st.text(),
)
def test_what_is_masked_never_holds_the_password(password: str, before: str, after: str) -> None:
    subject = replace(SUBJECT, https_proxy=SECURE._replace(password=password))
    shown = subject.mask(f"{before}{password}{after}")
    assert password not in shown or set(password) <= {"*"}
