from __future__ import annotations

import pytest

from proxyenv.checks.answer import HTTPAnswer
from proxyenv.checks.tunnel import NotHTTPError, judge_refusal, parse_answer
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Origin

PROXY = ProxyURL("http", "proxy.test", 3128)
KNOWN = ProxyURL("http", "proxy.test", 3128, "user", "s3cret")
ORIGIN = Origin("https", "origin.test", 443)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", HTTPAnswer(200, "OK", {}), id="ok"),
        pytest.param(b"HTTP/1.0 200 \r\n\r\n", HTTPAnswer(200, "", {}), id="no-reason"),
        pytest.param(b"HTTP/1.1 200\r\n\r\n", HTTPAnswer(200, "", {}), id="no-blank-after-the-status"),
        pytest.param(
            b"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n\r\n",
            HTTPAnswer(407, "Auth", {"proxy-authenticate": "Negotiate, NTLM"}),
            id="a-repeated-header",
        ),
        pytest.param(b"HTTP/1.1 403 \x1b[31m\r\n\r\n", HTTPAnswer(403, "?[31m", {}), id="an-escape-sequence"),
    ],
)
def test_parse_answer_reads(head: bytes, answer: HTTPAnswer) -> None:
    parsed = parse_answer(head)
    assert (parsed.status, parsed.reason) == (answer.status, answer.reason)
    assert {key: value for key, value in parsed.headers.items() if key} == answer.headers


@pytest.mark.parametrize(
    ("head", "message"),
    [
        pytest.param(b"", "closes the connection without an answer", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", "answers `SSH-2.0-OpenSSH??`", id="ssh"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", "answers `??????F`", id="a-tls-alert"),
    ],
)
def test_parse_answer_refuses(head: bytes, message: str) -> None:
    with pytest.raises(NotHTTPError) as caught:
        parse_answer(head)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("status", "is_tunnel"),
    [(199, False), (200, True), (204, True), (299, True), (300, False)],
)
def test_only_2xx_opens_a_tunnel(status: int, is_tunnel: bool) -> None:
    assert HTTPAnswer(status, "", {}).is_tunnel is is_tunnel


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, "proxy-not-a-proxy"),
        (403, "proxy-denied"),
        (404, "proxy-not-a-proxy"),
        (405, "proxy-not-a-proxy"),
        (407, "proxy-credentials-wanted"),
        (418, "proxy-answer"),
        (501, "proxy-not-a-proxy"),
        (502, "proxy-gateway"),
        (503, "proxy-gateway"),
        (504, "proxy-gateway"),
    ],
)
def test_every_refusal_has_its_cause(status: int, cause: str) -> None:
    finding = judge_refusal(HTTPAnswer(status, "Reason", {}), PROXY, ORIGIN)
    assert (finding.status, finding.cause) == ("failed", cause)
    assert finding.detail.startswith(
        f"`proxy.test:3128` answers `{status} Reason` to `CONNECT origin.test:443`"
    )


@pytest.mark.parametrize(
    ("status", "error", "cause", "hint"),
    [
        pytest.param(
            500,
            "ERR_CANNOT_FORWARD 0",
            "proxy-gateway",
            "the proxy itself cannot connect to `origin.test:443`: check the name and port",
            id="an-internal-error-is-about-the-target",
        ),
        pytest.param(
            503,
            "ERR_DNS_FAIL 0",
            "proxy-gateway",
            "the proxy itself cannot resolve `origin.test`: check the name",
            id="no-such-name",
        ),
        pytest.param(
            404,
            "ERR_INVALID_URL 0",
            "proxy-answer",
            "this is the proxy's own answer: check the target's name and port",
            id="it-does-not-understand",
        ),
    ],
)
def test_squid_says_why(status: int, error: str, cause: str, hint: str) -> None:
    finding = judge_refusal(HTTPAnswer(status, "", {"x-squid-error": error}), PROXY, ORIGIN)
    assert (finding.cause, finding.hint) == (cause, hint)
    assert finding.detail.endswith(f": squid says `{error.removesuffix(' 0')}`")


@pytest.mark.parametrize(
    ("port", "hint"),
    [
        pytest.param(
            443,
            "ask IT to allow CONNECT to `origin.test:443`; or name another page with `--url`",
            id="the-usual-port",
        ),
        pytest.param(
            8443,
            "ask IT to allow CONNECT to `origin.test:8443`: most proxies allow it to port 443 only; "
            "or name another page with `--url`",
            id="another-port",
        ),
    ],
)
def test_a_denied_tunnel_names_the_usual_reason(port: int, hint: str) -> None:
    finding = judge_refusal(HTTPAnswer(403, "", {}), PROXY, Origin("https", "origin.test", port))
    assert finding.hint == hint


def test_refused_credentials_differ_from_missing_ones() -> None:
    finding = judge_refusal(HTTPAnswer(407, "", {"proxy-authenticate": 'Basic realm="x"'}), KNOWN, ORIGIN)
    assert finding.cause == "proxy-credentials-refused"
    assert finding.hint == (
        "check the password of `user`: `--proxy http://USER@proxy.test:3128` asks for the password again, "
        "and takes it as it is typed"
    )


def test_a_hint_does_not_show_a_user_without_a_password() -> None:
    proxy = KNOWN._replace(username="t0ken", password="")
    finding = judge_refusal(HTTPAnswer(407, "", {"proxy-authenticate": 'Basic realm="x"'}), proxy, ORIGIN)
    assert finding.hint == (
        "check the credentials: `--proxy http://USER@proxy.test:3128` asks for the password again, "
        "and takes it as it is typed"
    )


def test_a_proxy_that_does_not_offer_basic_needs_another_way() -> None:
    answer = HTTPAnswer(407, "", {"proxy-authenticate": "Negotiate, NTLM"})
    finding = judge_refusal(answer, PROXY, ORIGIN)
    assert finding.cause == "proxy-scheme-unsupported"
    assert finding.detail.endswith(
        "; it offers Negotiate, NTLM (Negotiate: px with a Kerberos ticket, no Python client by itself; "
        "NTLM: git by itself, curl with `--proxy-anyauth`, no Python client)"
    )


def test_a_web_server_is_called_by_its_name() -> None:
    finding = judge_refusal(HTTPAnswer(405, "", {"server": "nginx"}), PROXY, ORIGIN)
    assert finding.detail.endswith("and calls itself `nginx`")
