from __future__ import annotations

import pytest

from proxyenv.checks.answer import (
    Author,
    Circumstances,
    HTTPAnswer,
    Way,
    find_author,
    find_cause_of_answer,
    find_proxy_error,
    hint_for_refusal,
    is_same_page,
)
from proxyenv.model.subject import Origin
from support.growth import soon

URL = "https://origin.test/page"
ORIGIN = Origin("https", "origin.test", 443)
DATE = {"date": "Sat, 28 Nov 2026 12:00:00 GMT"}
NOBODY = HTTPAnswer(502, "Bad Gateway", {"server": "Corp Gate 4"}, "<h1>No such host</h1>")
PORTAL = HTTPAnswer(302, "Found", {"location": "http://login.hotel.test/?url=abc.invalid"})
WELCOME = HTTPAnswer(200, "OK", {}, "<h1>Welcome to the guest network</h1> Session 77123")


def answer(status: int, body: str = "", **headers: str) -> HTTPAnswer:
    return HTTPAnswer(status, "", {name.replace("_", "-"): text for name, text in headers.items()}, body)


@pytest.mark.parametrize(
    ("got", "way", "control", "author"),
    [
        pytest.param(answer(511), Way.UNKNOWN, None, Author.PORTAL, id="the-status-for-a-log-in"),
        pytest.param(
            answer(403, x_squid_error="ERR_ACCESS_DENIED 0"), Way.READ, None, Author.PROXY, id="squid"
        ),
        pytest.param(
            answer(503, x_squid_error="ERR_CONNECT_FAIL 111", server="squid"),
            Way.SEALED,
            None,
            Author.ORIGIN,
            id="squid-behind-a-public-root",
        ),
        pytest.param(
            answer(502, server="nginx"),
            Way.SEALED,
            NOBODY,
            Author.GATEWAY,
            id="gateway-of-a-public-root",
        ),
        pytest.param(
            answer(502, proxy_status="proxy.corp.test; error=dns_error"),
            Way.READ,
            None,
            Author.PROXY,
            id="proxy-status",
        ),
        pytest.param(
            answer(502, proxy_status="edge.test; error=connection_refused"),
            Way.READ,
            NOBODY,
            Author.GATEWAY,
            id="the-proxy-status-of-somebody-else",
        ),
        pytest.param(
            answer(502, proxy_status="gate; error=dns_error", via="1.1 edge.test, 1.1 gate.corp.test"),
            Way.READ,
            NOBODY,
            Author.PROXY,
            id="the-proxy-status-of-the-nearest-hop",
        ),
        pytest.param(
            answer(403, proxy_status="gate; error=http_request_denied"),
            Way.READ,
            NOBODY,
            Author.PROXY,
            id="a-denial-by-policy",
        ),
        pytest.param(answer(407), Way.READ, None, Author.PROXY, id="407"),
        pytest.param(
            answer(403, server="Zscaler/6.2"), Way.READ, None, Author.PROXY, id="a-proxy-by-its-name"
        ),
        pytest.param(
            answer(200, server="squid.blog"), Way.READ, NOBODY, Author.ORIGIN, id="no-error-and-a-proxys-name"
        ),
        pytest.param(
            answer(403, server="Corp Gate 4"), Way.READ, NOBODY, Author.PROXY, id="the-same-unusual-server"
        ),
        pytest.param(
            answer(404, server="nginx", **DATE),
            Way.READ,
            NOBODY._replace(headers={"server": "nginx"}),
            Author.ORIGIN,
            id="the-same-usual-server-proves-nothing",
        ),
        pytest.param(
            answer(503, "the host is unreachable, incident 9313"),
            Way.READ,
            HTTPAnswer(502, body="the name is unknown, incident 9312"),
            Author.PROXY,
            id="as-bare-as-the-proxys-own",
        ),
        pytest.param(
            answer(302, location="http://login.hotel.test/?url=origin.test"),
            Way.READ,
            PORTAL,
            Author.PORTAL,
            id="led-to-the-same-log-in",
        ),
        pytest.param(
            answer(302, location="http://www.origin.test/"),
            Way.READ,
            PORTAL,
            Author.ORIGIN,
            id="led-elsewhere",
        ),
        pytest.param(
            answer(200, "<h1>Welcome to the guest network</h1> Session 77124"),
            Way.READ,
            WELCOME,
            Author.PORTAL,
            id="the-same-page-but-for-its-number",
        ),
        pytest.param(answer(200, "{}"), Way.READ, WELCOME, Author.ORIGIN, id="another-page"),
        pytest.param(answer(401, www_authenticate="Basic"), Way.READ, None, Author.ORIGIN, id="401"),
        pytest.param(answer(502), Way.READ, None, Author.UNKNOWN, id="no-evidence"),
        pytest.param(answer(502), Way.UNKNOWN, None, Author.UNKNOWN, id="no-evidence-at-all"),
        pytest.param(answer(404), Way.DIRECT, None, Author.ORIGIN, id="nobody-on-the-way"),
        pytest.param(
            answer(200, WELCOME.body), Way.DIRECT, WELCOME, Author.PORTAL, id="a-portal-without-a-proxy"
        ),
    ],
)
def test_whose_answer_it_is(got: HTTPAnswer, way: Way, control: HTTPAnswer | None, author: Author) -> None:
    assert find_author(got, Circumstances(way, control, URL)).author is author


@pytest.mark.parametrize(
    ("got", "author", "cause"),
    [
        pytest.param(answer(200), Author.PORTAL, "captive-portal", id="portal"),
        pytest.param(answer(200), Author.PROXY, "block-page", id="a-page-of-the-proxys"),
        pytest.param(answer(302), Author.PROXY, "block-page", id="a-redirect-of-the-proxys"),
        pytest.param(answer(403), Author.PROXY, "proxy-denied", id="403"),
        pytest.param(answer(451), Author.PROXY, "proxy-denied", id="451"),
        pytest.param(answer(500), Author.PROXY, "proxy-gateway", id="500"),
        pytest.param(answer(404), Author.PROXY, "proxy-answer", id="404"),
        pytest.param(answer(502), Author.GATEWAY, "other", id="gateway"),
        pytest.param(answer(502), Author.UNKNOWN, "other", id="unknown"),
        pytest.param(
            answer(502, proxy_status="p; error=http_request_denied"),
            Author.PROXY,
            "proxy-denied",
            id="rfc-9209",
        ),
    ],
)
def test_what_an_answer_means(got: HTTPAnswer, author: Author, cause: str) -> None:
    assert find_cause_of_answer(got, author, otherwise="other") == cause


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param("p; error=dns_error", "dns_error", id="one"),
        pytest.param(
            "edge; error=x, proxy.corp; error=tls_certificate_error", "tls_certificate_error", id="nearest"
        ),
        pytest.param("edge; error=x, proxy.corp", None, id="only-the-farther-one"),
        pytest.param(
            'p; details="a, b; error=no"; error=connection_refused', "connection_refused", id="quoted"
        ),
        pytest.param("p; received-status=502", None, id="passed-on"),
        pytest.param('p; error=x; details="a; error=no', "x", id="quoted-to-the-end"),
        pytest.param("p; error=x; details=" + '"\\' * 50_000, "x", id="quoted-very-often"),
        pytest.param("", None, id="empty"),
    ],
)
def test_proxy_status_of_the_nearest(value: str, error: str | None) -> None:
    with soon(1):
        found = find_proxy_error(answer(502, proxy_status=value))
    assert found == error


@pytest.mark.parametrize(
    ("got", "hint"),
    [
        pytest.param(
            answer(502, proxy_status="p; error=tls_certificate_error"),
            "the proxy itself cannot establish TLS with `origin.test:443` or does not trust its certificate; "
            "this machine cannot change that: ask IT to add the CA of `origin.test` at the proxy",
            id="tls",
        ),
        pytest.param(
            answer(502, proxy_status="p; error=dns_timeout"),
            "the proxy itself cannot resolve `origin.test`: check the name",
            id="name",
        ),
        pytest.param(
            answer(502),
            "the proxy itself cannot connect to `origin.test:443`: check the name and port",
            id="none",
        ),
        pytest.param(answer(403), None, id="denied"),
    ],
)
def test_why_the_proxy_failed(got: HTTPAnswer, hint: str | None) -> None:
    assert hint_for_refusal(got, ORIGIN) == hint


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param('{"uuid": "3f2a-11"}', '{"uuid": "9c40-27"}', True, id="json-with-an-incident"),
        pytest.param(
            "Access denied: https://origin.test/page, incident 31",
            "Access denied: https://origin.test/e3b0c442, incident 32",
            True,
            id="the-url-quoted",
        ),
        pytest.param("Access denied by policy", "Not found on this server", False, id="two-pages"),
        pytest.param('{"uuid": "1"}', "<h1>404</h1>", False, id="two-kinds"),
        pytest.param("", "", True, id="both-empty"),
        pytest.param("deadbeef", "0badcafe", True, id="hexadecimal"),
    ],
)
def test_the_same_page(one: str, other: str, same: bool) -> None:
    assert is_same_page(one, other, URL) is same
