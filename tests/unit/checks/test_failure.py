from __future__ import annotations

import ssl

import httpx
import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from proxyenv.checks.answer import HTTPAnswer
from proxyenv.checks.child.record import describe
from proxyenv.checks.failure import ReportedError, classify, parse_chain


def holding(kind: str, status: int, squid: str = "") -> ReportedError:
    """An exception that holds an answer."""
    headers = {"x-squid-error": squid} if squid else {}
    return ReportedError(kind, "no", answer=HTTPAnswer(status, headers=headers))


@pytest.mark.parametrize(
    ("chain", "cause"),
    [
        pytest.param(
            (ReportedError("httpx.ProxyError", "407 Proxy Authentication Required"),),
            "proxy-credentials-refused",
            id="407",
        ),
        pytest.param((ReportedError("httpx.ProxyError", "403 Forbidden"),), "proxy-denied", id="403"),
        pytest.param((ReportedError("httpx.ProxyError", "502 Bad Gateway"),), "proxy-gateway", id="502"),
        pytest.param((ReportedError("httpx.ProxyError", "418 I'm a teapot"),), "proxy-answer", id="418"),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 403),),
            "websocket-denied",
            id="ws-403",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 405),),
            "websocket-denied",
            id="ws-405",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 407),),
            "proxy-credentials-refused",
            id="ws-407",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 503),),
            "proxy-gateway",
            id="ws-503",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 418),),
            "websocket-failed",
            id="ws-418",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidStatus", 401),),
            "api-unauthorized",
            id="ws-origin-401",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidStatus", 404),),
            "websocket-upgrade-dropped",
            id="ws-origin-404",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidStatus", 426),),
            "websocket-upgrade-dropped",
            id="ws-origin-426",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidStatus", 500),),
            "websocket-failed",
            id="ws-origin-500",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidStatus", 403, "ERR_ACCESS_DENIED 0"),),
            "proxy-denied",
            id="ws-squid-403-inside-the-tunnel",
        ),
        pytest.param(
            (holding("websockets.exceptions.InvalidProxyStatus", 403, "ERR_ACCESS_DENIED 0"),),
            "websocket-denied",
            id="ws-squid-403-to-connect",
        ),
        pytest.param(
            (holding("p.PrefectHTTPStatusError", 403, "ERR_ACCESS_DENIED 0"),),
            "proxy-denied",
            id="api-squid-403",
        ),
        pytest.param(
            (holding("p.PrefectHTTPStatusError", 503, "ERR_CONNECT_FAIL 111"),),
            "proxy-gateway",
            id="api-squid-503",
        ),
        pytest.param(
            (holding("prefect.exceptions.PrefectHTTPStatusError", 401),),
            "api-unauthorized",
            id="api-401",
        ),
        pytest.param(
            (holding("prefect.exceptions.PrefectHTTPStatusError", 500),),
            "api-status",
            id="api-500",
        ),
        pytest.param(
            (ReportedError("builtins.FileNotFoundError", "[Errno 2] No such file"),),
            "bundle-missing",
            id="no-bundle",
        ),
        pytest.param(
            (ReportedError("ssl.SSLError", "[X509] PEM lib (_ssl.c:4154)"),),
            "bundle-unreadable",
            id="a-bundle-that-is-no-pem",
        ),
        pytest.param((ReportedError("httpx.ConnectTimeout", ""),), "timeout", id="connect-timeout"),
        pytest.param((ReportedError("builtins.TimeoutError", ""),), "timeout", id="timeout"),
        pytest.param(
            (ReportedError("ssl.SSLError", "x", reason="WRONG_VERSION_NUMBER"),),
            "tls-failed",
            id="wrong-version",
        ),
        pytest.param(
            (ReportedError("httpx.ConnectError", "All connection attempts failed"),), "fallback", id="unknown"
        ),
        pytest.param((), "fallback", id="no-exception"),
    ],
)
def test_classify(chain: tuple[ReportedError, ...], cause: str) -> None:
    assert classify(chain, otherwise="fallback").cause == cause


def test_what_led_to_it_says_more_than_the_outermost() -> None:
    chain = (
        ReportedError("builtins.RuntimeError", "Failed to reach API at https://a.test/api"),
        ReportedError("httpx.ConnectError", "[SSL: CERTIFICATE_VERIFY_FAILED] …"),
        ReportedError(
            "ssl.SSLCertVerificationError", "long text", verify_code=20, verify_message="unable to get issuer"
        ),
    )
    failure = classify(chain, otherwise="api-unreachable")
    assert (failure.cause, failure.verify_code) == ("ca-missing", 20)
    assert failure.detail == "SSLCertVerificationError: unable to get issuer"


def test_the_innermost_speaks_where_nothing_is_known() -> None:
    chain = (
        ReportedError("builtins.RuntimeError", "Failed to reach API"),
        ReportedError("builtins.OSError", "no\nroute"),
    )
    assert classify(chain, otherwise="api-unreachable").detail == "OSError: no route"


def test_a_long_text_is_cut() -> None:
    assert classify((ReportedError("builtins.ValueError", "x" * 1000),), otherwise="flow-failed").detail == (
        "ValueError: " + "x" * 240 + " …"
    )


def test_exceptions_reach_the_report() -> None:
    refused = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refused.verify_code, refused.verify_message = 20, "unable to get local issuer certificate"
    outer = RuntimeError("Failed to reach API")
    outer.__cause__ = ExceptionGroup("attempts", [ConnectionRefusedError(111, "refused"), refused])
    links = parse_chain(describe(outer))
    assert [link.name for link in links] == [
        "RuntimeError",
        "ExceptionGroup",
        "ConnectionRefusedError",
        "SSLCertVerificationError",
    ]
    assert links[3].verify_code == 20


def test_squids_reason_replaces_the_clients() -> None:
    link = holding("p.PrefectHTTPStatusError", 403, "ERR_ACCESS_DENIED 0")  # fmt: skip
    failure = classify((link,), otherwise="api-status")
    assert failure.detail == "PrefectHTTPStatusError: 403, squid says `ERR_ACCESS_DENIED`"
    assert failure.link is link


def test_response_headers_reach_the_report() -> None:
    request = httpx.Request("GET", "https://a.test/")
    headers = {"X-Squid-Error": "ERR_DNS_FAIL 0", "Via": "1.1 squid"}
    error = httpx.HTTPStatusError("no", request=request, response=httpx.Response(503, headers=headers))
    (link,) = parse_chain(describe(error))
    assert link.answer is not None
    assert (link.answer.status, link.answer.headers) == (
        503,
        {"x-squid-error": "ERR_DNS_FAIL 0", "via": "1.1 squid"},
    )


def test_a_name_without_end_is_cut() -> None:
    link = holding("p.PrefectHTTPStatusError", 403, "E" * 1000)
    assert classify((link,), otherwise="api-status").detail.endswith(f"squid says `{'E' * 64}`")


def test_a_header_that_websockets_saw_twice_is_joined() -> None:
    headers = Headers([("Via", "1.1 a"), ("Via", "1.1 b"), ("X-Squid-Error", "ERR_DNS_FAIL 0")])
    (link,) = parse_chain(describe(InvalidStatus(Response(503, "", headers))))
    assert link.answer is not None
    assert link.answer.headers["via"] == "1.1 a, 1.1 b"


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert [link["text"] for link in describe(first)] == ["a", "b"]
