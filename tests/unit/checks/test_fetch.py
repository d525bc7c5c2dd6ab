from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proxyenv.checks.answer import Circumstances, HTTPAnswer, Way
from proxyenv.checks.fetch import judge_fetch, judge_without_ca
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject

if TYPE_CHECKING:
    from proxyenv.checks.finding import Finding

SUBJECT = Subject(
    python=sys.executable,
    environment={},
    directory=Path("/"),
    http_proxy=ProxyURL("http", "127.0.0.1", 3128),
    https_proxy=ProxyURL("http", "127.0.0.1", 3128, "user", "s3cret"),
    no_proxy=("intra.test",),
    bundle=Path("/b/ca-bundle.pem"),
    profile="corp",
    api_url=None,
    urls=(),
)
REFUSED = {
    "error": [
        {
            "type": "ssl.SSLCertVerificationError",
            "text": "[SSL: CERTIFICATE_VERIFY_FAILED]",
            "verify_code": 20,
            "verify_message": "unable to get local issuer certificate",
        }
    ]
}


def record(status: int = 200, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    answer = {"status": status, "reason": "No", "headers": headers or {}, "body": ""}
    good = {
        "answer": answer,
        "peer": ["127.0.0.1", 3128],
        "issuer": [[["organizationName", "Corp"]], [["commonName", "Corp CA"]]],
    }
    return {**good, **changes}


def judge(
    url: str, record: dict[str, Any], *, subject: Subject = SUBJECT, nobody: HTTPAnswer | None = None
) -> Finding:
    return judge_fetch(subject, url, record, Circumstances(Way.READ, nobody, url))


def test_a_fetch_that_connected_to_the_proxy_is_proof_of_the_route() -> None:
    finding = judge("https://a.test/uuid", record())
    assert (finding.status, finding.cause) == ("ok", None)
    assert finding.detail == (
        "the client connected to 127.0.0.1:3128, the proxy, certificate issued by `Corp CA (Corp)`"
    )


def test_proxy_certificate_is_not_the_origins() -> None:
    finding = judge("http://a.test/uuid", record())
    assert finding.detail == "the client connected to 127.0.0.1:3128, the proxy"


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(["127.0.0.1", 3129], id="another-port"),
        pytest.param(["192.0.2.7", 3128], id="another-address"),
    ],
)
def test_a_fetch_that_worked_past_the_proxy_is_a_failure(peer: list[Any]) -> None:
    finding = judge("https://a.test/uuid", record(peer=peer))
    assert (finding.status, finding.cause) == ("failed", "not-proxied")


@pytest.mark.parametrize(
    ("environment", "said", "hint"),
    [
        pytest.param(
            {"https_proxy": "http://127.0.0.1:3128", "no_proxy": "b.test,a.test"},
            "`a.test` in `no_proxy` of its environment",
            "remove `a.test` from NO_PROXY",
            id="an-entry-of-the-environments-own",
        ),
        pytest.param(
            {},
            "",
            "`proxyenv refresh` writes the variables again; then open a new shell",
            id="no-variable-at-all",
        ),
        pytest.param(
            {"https_proxy": "http://127.0.0.1:3128"},
            "",
            "look for code that sets its own proxy, such as a `sitecustomize` module",
            id="against-all-variables",
        ),
    ],
)
def test_why_it_went_past_the_proxy(environment: dict[str, str], said: str, hint: str) -> None:
    subject = replace(SUBJECT, environment=environment)
    finding = judge("https://a.test/uuid", record(peer=["192.0.2.7", 443]), subject=subject)
    assert (finding.cause, finding.hint) == ("not-proxied", hint)
    assert said in finding.detail


def test_a_bypassed_fetch_is_a_warning_that_names_the_entry() -> None:
    finding = judge("https://intra.test/uuid", record(peer=["192.0.2.7", 443]))
    assert (finding.status, finding.cause) == ("warning", "bypassed")
    assert "NO_PROXY has `intra.test`" in finding.detail
    assert (
        finding.hint
        == "name a URL that goes through the proxy with `--url`, or remove `intra.test` from NO_PROXY"
    )


UNREACHED = {"error": [{"type": "httpx.ConnectError", "text": "[Errno 111] Connection refused"}]}


def test_no_proxy_is_named_also_where_the_direct_way_fails() -> None:
    finding = judge("https://intra.test/uuid", UNREACHED)
    assert (finding.status, finding.cause) == ("failed", "bypassed")
    assert finding.detail == (
        "ConnectError: [Errno 111] Connection refused; it went direct, since NO_PROXY has `intra.test`"
    )


def test_no_proxy_is_not_named_where_it_has_no_part() -> None:
    finding = judge("https://a.test/uuid", UNREACHED)
    assert (finding.cause, finding.hint) == (
        "origin-unreachable",
        "check `a.test:443`: does it answer, and is the name right?",
    )


def test_a_name_that_the_client_looks_up_itself_never_reached_the_proxy() -> None:
    error = {"error": [{"type": "socket.gaierror", "text": "[Errno -2] Name or service not known"}]}
    environment = {"https_proxy": "http://127.0.0.1:3128"}
    finding = judge("https://a.test/uuid", error, subject=replace(SUBJECT, environment=environment))
    assert (finding.cause, finding.hint) == (
        "not-proxied",
        "look for code that sets its own proxy, such as a `sitecustomize` module",
    )


def test_an_entry_that_httpx_cannot_read_is_named() -> None:
    error = {"error": [{"type": "httpx.InvalidURL", "text": "Invalid port: ':1]'"}]}
    environment = {"https_proxy": "http://127.0.0.1:3128", "NO_PROXY": "localhost,[::1]"}
    finding = judge("https://a.test/uuid", error, subject=replace(SUBJECT, environment=environment))
    assert (finding.status, finding.cause) == ("failed", "environment-refused")
    assert finding.detail == (
        "NO_PROXY has `[::1]`, with which every httpx client fails: InvalidURL: Invalid port: ':1]'"
    )


@pytest.mark.parametrize(
    ("status", "headers", "cause"),
    [
        pytest.param(500, {}, "origin-status", id="an-error"),
        pytest.param(302, {"Location": "https://b.test/"}, "origin-status", id="a-redirect"),
        pytest.param(407, {}, "proxy-credentials-refused", id="407"),
        pytest.param(511, {}, "captive-portal", id="511"),
    ],
)
def test_an_answer_that_is_not_the_document(status: int, headers: dict[str, str], cause: str) -> None:
    finding = judge("https://a.test/uuid", record(status, headers))
    assert (finding.status, finding.cause) == ("failed", cause)


def test_407_without_credentials_asks_for_them() -> None:
    finding = judge("http://a.test/", record(407))
    assert (finding.cause, finding.hint) == (
        "proxy-credentials-wanted",
        "name the user: `--proxy http://USER@127.0.0.1:3128` asks for the password",
    )


def test_a_redirect_that_every_name_gets_is_a_portals() -> None:
    nobody = HTTPAnswer(302, headers={"location": "http://portal.test/?u=nobody.invalid"})
    page = record(302, {"Location": "http://portal.test/?u=a.test"})
    finding = judge("http://a.test/", page, nobody=nobody)
    assert (finding.cause, (finding.hint or "")[:40]) == (
        "captive-portal",
        "open a browser on this network and log i",
    )


def test_a_fetch_that_raised_has_the_cause_of_the_exception() -> None:
    finding = judge("https://a.test/uuid", REFUSED)
    assert (finding.status, finding.cause) == ("failed", "ca-missing")
    assert finding.hint is not None
    assert finding.hint.startswith("`/b/ca-bundle.pem` does not hold the CA that issued it")


def test_refusal_without_the_ca_is_as_it_must_be() -> None:
    finding = judge_without_ca("https://a.test/uuid", REFUSED, intercepted=True)
    assert finding.status == "ok"
    assert finding.detail.endswith("unable to get local issuer certificate")


def test_intercepted_fetch_without_the_ca_must_fail() -> None:
    finding = judge_without_ca("https://a.test/uuid", record(), intercepted=True)
    assert (finding.status, finding.cause) == ("failed", "control-passed")


def test_fetch_without_the_ca_shows_no_interception() -> None:
    finding = judge_without_ca("https://a.test/uuid", record(), intercepted=False)
    assert (finding.status, finding.cause) == ("warning", "not-intercepted")


def test_another_failure_without_the_ca_is_inconclusive() -> None:
    error = {"error": [{"type": "httpx.ReadTimeout", "text": "timed out"}]}
    finding = judge_without_ca("https://a.test/uuid", error, intercepted=True)
    assert (finding.status, finding.cause) == ("warning", "timeout")
    assert finding.detail.startswith("inconclusive")


@pytest.mark.parametrize(
    ("status", "error", "cause", "hint"),
    [
        pytest.param(
            403,
            "ERR_ACCESS_DENIED 0",
            "proxy-denied",
            "ask IT to allow the page at the proxy, or name another one with `--url`",
            id="denied",
        ),
        pytest.param(
            503,
            "ERR_CONNECT_FAIL 111",
            "proxy-gateway",
            "the proxy itself cannot connect to `a.test:443`: check the name and port",
            id="unreachable",
        ),
    ],
)
def test_an_error_page_of_squid_is_not_the_origins(status: int, error: str, cause: str, hint: str) -> None:
    finding = judge("https://a.test/uuid", record(status, {"X-Squid-Error": error, "Via": "1.1 squid"}))
    assert (finding.status, finding.cause, finding.hint) == ("failed", cause, hint)
    name = error.partition(" ")[0]
    assert (
        finding.detail == f"`https://a.test/uuid` answers `{status} No`: squid says `{name}` (via 1.1 squid)"
    )


def test_the_same_status_of_the_origin_stays_the_origins() -> None:
    nobody = HTTPAnswer(502, headers={"server": "Corp Gate"}, body="no such host")
    page = record(403, {"Server": "nginx", "Date": "Sat, 28 Nov 2026 12:00:00 GMT"})
    finding = judge("https://a.test/uuid", page, nobody=nobody)
    assert finding.cause == "origin-status"
    assert finding.detail == "`https://a.test/uuid` answers `403 No`, from the server"
