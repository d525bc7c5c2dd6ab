from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from proxyenv.checks.fetch import judge_fetch, judge_without_ca
from proxyenv.model.subject import Subject
from proxyenv.model.url import ProxyURL

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


def record(**changes: Any) -> dict[str, Any]:
    good = {
        "status": 200,
        "reason": "OK",
        "content_type": "application/json",
        "location": "",
        "proxied_by": "",
        "uuid": "1b4e28ba",
        "peer": ["127.0.0.1", 3128],
        "issuer": [[["organizationName", "Corp"]], [["commonName", "Corp CA"]]],
    }
    return {**good, **changes}


def test_a_fetch_that_connected_to_the_proxy_is_proof() -> None:
    finding = judge_fetch(SUBJECT, "https://a.test/uuid", record())
    assert (finding.status, finding.cause) == ("ok", None)
    assert finding.detail == (
        "200, uuid 1b4e28ba, the client connected to 127.0.0.1:3128, the proxy, "
        "certificate issued by `Corp CA (Corp)`"
    )


def test_proxy_certificate_is_not_the_origins() -> None:
    finding = judge_fetch(SUBJECT, "http://a.test/uuid", record())
    assert finding.detail == "200, uuid 1b4e28ba, the client connected to 127.0.0.1:3128, the proxy"


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(["127.0.0.1", 3129], id="another-port"),
        pytest.param(["192.0.2.7", 3128], id="another-address"),
    ],
)
def test_a_fetch_that_worked_past_the_proxy_is_a_failure(peer: list[Any]) -> None:
    finding = judge_fetch(SUBJECT, "https://a.test/uuid", record(peer=peer))
    assert (finding.status, finding.cause) == ("failed", "not-proxied")


def test_a_bypassed_fetch_is_a_warning_that_names_the_entry() -> None:
    finding = judge_fetch(SUBJECT, "https://intra.test/uuid", record(peer=["192.0.2.7", 443]))
    assert (finding.status, finding.cause) == ("warning", "bypassed")
    assert "NO_PROXY has `intra.test`" in finding.detail
    assert (
        finding.hint
        == "name a URL that goes through the proxy with `--url`, or remove `intra.test` from NO_PROXY"
    )


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        pytest.param({"uuid": None, "content_type": "text/html"}, "warning", "no-uuid", id="a-block-page"),
        pytest.param({"status": 500}, "failed", "origin-status", id="an-error"),
        pytest.param(
            {"status": 302, "location": "https://b.test/"}, "failed", "origin-status", id="a-redirect"
        ),
        pytest.param({"status": 407}, "failed", "proxy-credentials-refused", id="407"),
    ],
)
def test_an_answer_that_is_not_the_document(changes: dict[str, Any], status: str, cause: str) -> None:
    finding = judge_fetch(SUBJECT, "https://a.test/uuid", record(**changes))
    assert (finding.status, finding.cause) == (status, cause)


def test_407_without_credentials_asks_for_them() -> None:
    assert judge_fetch(SUBJECT, "http://a.test/", record(status=407)).cause == "proxy-credentials-wanted"


def test_a_fetch_that_raised_has_the_cause_of_the_exception() -> None:
    finding = judge_fetch(SUBJECT, "https://a.test/uuid", REFUSED)
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
    page = record(status=status, reason="No", squid_error=error, proxied_by="1.1 squid", uuid=None)
    finding = judge_fetch(SUBJECT, "https://a.test/uuid", page)
    assert (finding.status, finding.cause, finding.hint) == ("failed", cause, hint)
    name = error.partition(" ")[0]
    assert (
        finding.detail == f"`https://a.test/uuid` answers `{status} No`: squid says `{name}` (via 1.1 squid)"
    )


def test_the_same_status_of_the_origin_stays_the_origins() -> None:
    finding = judge_fetch(
        SUBJECT, "https://a.test/uuid", record(status=403, reason="No", squid_error="", uuid=None)
    )
    assert finding.cause == "origin-status"
