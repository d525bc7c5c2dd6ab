"""What the record of a job is judged to be, by literal records."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

import pytest

from proxyenv.checks.job_proof import ExpectedJob, judge_job
from proxyenv.model.proxy_url import parse_proxy_url

URL: Final = "https://origin.corp.test/uuid"
CURE: Final = "`proxyenv pool patch etl`"
ANCHOR: Final = "ab" * 32
EXPECTED: Final = ExpectedJob(
    CURE,
    MappingProxyType({"https": parse_proxy_url("http://proxy.corp.test:3128")}),
    MappingProxyType({ANCHOR: "CN=Corp Root"}),
)
REFUSED: Final = {
    "type": "ssl.SSLCertVerificationError",
    "text": "certificate verify failed: unable to get local issuer certificate",
    "verify_code": 20,
    "verify_message": "unable to get local issuer certificate",
}


def answer(body: str, **facts: Any) -> dict[str, Any]:
    """A document, got through the proxy."""
    return {
        "answer": {"status": 200, "reason": "OK", "headers": {"content-type": "text/plain"}, "body": body},
        "digest": body,
        "length": len(body),
        "whole": True,
        "slowest": 0.1,
        "peer": ["10.0.0.1", 3128],
        "issuer": [[["commonName", "Corp Root"]]],
        "elapsed": 0.1,
        **facts,
    }


def roots(*lacks: str) -> dict[str, Any]:
    return {"path": "/etc/roots.pem", "digest": "cd" * 32, "count": 119, "lacks": [*lacks], "ends": {}}


def make_record(**changes: Any) -> dict[str, Any]:
    """Of a job in which everything works."""
    document = {
        "url": URL,
        "form": "",
        "first": answer("one"),
        "again": answer("two"),
        "elsewhere": answer("", answer={"status": 404, "reason": "Not Found", "headers": {}, "body": ""}),
        "control": {"error": [REFUSED], "elapsed": 0.1},
    }
    return {
        "version": 1,
        "worker": "w",
        "named": True,
        "token": "0f" * 12,
        "anchors": [ANCHOR],
        "python": "3.12.4",
        "executable": "/usr/bin/python3",
        "openssl": "OpenSSL 3.0.22",
        "strict": False,
        "truststore": False,
        "prefect": "3.9.1",
        "user": "ada (1000)",
        "host": "host-a",
        "place": "host",
        "directory": "/tmp/run",
        "api_url": "https://prefect.corp.test/api",
        "variables": {"HTTPS_PROXY": "http://proxy.corp.test:3128"},
        "proxies": {"https": "http://proxy.corp.test:3128"},
        "roots": {"httpx": roots(), "prefect": roots(), "public": roots(ANCHOR)},
        "documents": [document],
        "addresses": {"https": ["10.0.0.1"]},
        "api": {"version": "3.9.1", "client": "3.9.1", "server": "server", "differs": False, "elapsed": 0.2},
        "websocket": {"elapsed": 0.1},
        "task_runs": {"wanted": 1, "states": ["Completed"], "elapsed": 0.3},
        "git": {},
        **changes,
    }


def judge(**changes: Any) -> dict[str, tuple[str, str | None]]:
    return {each.check: (each.status, each.cause) for each in judge_job(make_record(**changes), EXPECTED)}


def with_first(**first: Any) -> list[dict[str, Any]]:
    (document,) = make_record()["documents"]
    return [{**document, "first": first}]


def test_a_job_in_which_everything_works_has_no_cause() -> None:
    assert {status for status, _ in judge().values()} == {"ok"}
    assert set(judge()) == {
        "python",
        "roots [httpx]",
        "roots [prefect]",
        "proxy [https://]",
        f"fetch [{URL}]",
        "negative-control [certifi alone, https://origin.corp.test:443]",
        "prefect-api",
        "prefect-websocket",
        "prefect-flow",
    }


@pytest.mark.parametrize(
    ("changes", "check", "found"),
    [
        pytest.param(
            {
                "documents": with_first(error=[REFUSED], elapsed=0.1),
                "roots": {"httpx": roots(ANCHOR), "prefect": roots(), "public": roots(ANCHOR)},
            },
            "roots [httpx]",
            ("failed", "ca-missing"),
            id="a file of roots without the corporate CA",
        ),
        pytest.param(
            {"roots": {"httpx": roots(ANCHOR), "prefect": roots(), "public": roots(ANCHOR)}},
            "roots [httpx]",
            ("warning", "ca-missing"),
            id="which nothing needed",
        ),
        pytest.param(
            {"documents": with_first(error=[REFUSED], elapsed=0.1)},
            f"fetch [{URL}]",
            ("failed", "ca-missing"),
            id="a certificate that is refused",
        ),
        pytest.param(
            {"documents": with_first(**answer("one", peer=["10.0.0.9", 443]))},
            f"fetch [{URL}]",
            ("failed", "not-proxied"),
            id="a document that did not come by the proxy",
        ),
        pytest.param(
            {"proxies": {"https": "http://other.corp.test:3128"}},
            "proxy [https://]",
            ("warning", "job-other-proxy"),
            id="another proxy than it should have",
        ),
        pytest.param(
            {"proxies": {"https": "http://ada:****@proxy.corp.test:3128"}},
            "proxy [https://]",
            ("ok", None),
            id="a proxy with a password, which a record masks",
        ),
        pytest.param(
            {"task_runs": {"wanted": 1, "states": [], "elapsed": 5.0}},
            "prefect-flow",
            ("failed", "flow-lost-task-runs"),
            id="task runs that did not arrive",
        ),
        pytest.param(
            {
                "git": {
                    "https://git.corp.test/a.git": {
                        "status": 128,
                        "said": "server certificate",
                        "elapsed": 1.0,
                    }
                }
            },
            "git [https://git.corp.test/a.git]",
            ("failed", "job-git-failed"),
            id="a remote that git does not reach",
        ),
    ],
)
def test_what_is_broken_has_its_cause(
    changes: dict[str, Any], check: str, found: tuple[str, str | None]
) -> None:
    assert judge(**changes)[check] == found


SAME_WORDS: Final = [
    pytest.param({"HTTP_PROXY": "http://u:local@proxy.corp.test:3128"}, id="local"),
    pytest.param({"HTTP_PROXY": "http://proxy:proxy@proxy.corp.test:3128"}, id="proxy"),
    pytest.param({"HTTP_PROXY": "http://corp@proxy.corp.test:3128"}, id="a token that is in every host"),
    pytest.param({"HTTP_PROXY": "http://u:3128@proxy.corp.test:3128"}, id="the port"),
    pytest.param({"HTTP_PROXY": "http://u:http@proxy.corp.test:3128"}, id="a scheme"),
    pytest.param({"PREFECT_API_AUTH_STRING": "admin:Completed"}, id="a state"),
    pytest.param({"PREFECT_API_AUTH_STRING": "admin:host"}, id="a place"),
    pytest.param({"PREFECT_CLIENT_CUSTOM_HEADERS": '{"X-Forwarded-Proto": "https"}'}, id="a header"),
    pytest.param({"PREFECT_CLIENT_CUSTOM_HEADERS": '{"X-Key": "abababab"}'}, id="a part of a digest"),
]


@pytest.mark.parametrize("variables", SAME_WORDS)
def test_a_secret_that_is_a_word_of_the_record_changes_no_judgement(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    from proxyenv.checks.child.job import hide_all

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = variables.get("HTTP_PROXY", "http://proxy.corp.test:3128")
    record = make_record(
        proxies={"https": proxy, "no": "localhost"},
        variables={"HTTPS_PROXY": proxy, "NO_PROXY": "localhost"},
        trouble=[],
    )
    hidden = hide_all(record)
    assert {each.status for each in judge_job(hidden, EXPECTED)} == {"ok"}
    assert hidden["api_url"] == "https://prefect.corp.test/api"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"place": "****"}, id="a place that nobody knows"),
        pytest.param({"api_url": "****://h"}, id="an address that is none"),
        pytest.param({"documents": [{"url": "****"}]}, id="a document that is none"),
        pytest.param({"roots": None}, id="no roots"),
        pytest.param({"proxies": {"https": 7}}, id="a number"),
    ],
)
def test_a_record_that_cannot_be_read_is_one_failure(changes: dict[str, Any]) -> None:
    (outcome,) = judge_job(make_record(**changes), EXPECTED)
    assert (outcome.check, outcome.status, outcome.cause) == ("job", "failed", "job-failed")


def test_the_next_step_is_one_for_the_job_and_not_for_this_machine() -> None:
    record = make_record(documents=with_first(error=[REFUSED], elapsed=0.1))
    hints = {each.check: each.hint for each in judge_job(record, EXPECTED)}
    assert hints[f"fetch [{URL}]"] == CURE
