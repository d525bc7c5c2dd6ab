from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxyenv.checks.orchestration import describe_step, judge_end, judge_loopback, judge_prefect
from proxyenv.model.subject import Subject
from proxyenv.model.url import ProxyURL

SUBJECT = Subject(
    python=sys.executable,
    environment={},
    directory=Path("/"),
    http_proxy=ProxyURL("http", "127.0.0.1", 3128),
    https_proxy=ProxyURL("http", "127.0.0.1", 3128),
    no_proxy=("localhost",),
    bundle=None,
    profile="corp",
    api_url="http://prefect.test:4200/api",
    urls=("http://a.test/uuid", "https://a.test/uuid"),
)
PEERS = [["127.0.0.1", 3128]]


def document(**changes: Any) -> dict[str, Any]:
    good = {"uuid": "1b4e28ba", "status": 200, "content_type": "application/json", "peers": PEERS}
    return {**good, **changes}


def flow(**changes: Any) -> dict[str, Any]:
    good = {
        "check": "prefect-flow",
        "state": "Completed",
        "documents": [document(), document()],
        "task_runs": ["Completed", "Completed"],
    }
    return {**good, **changes}


def test_a_flow_whose_task_runs_are_read_back_is_proof() -> None:
    finding = judge_prefect(SUBJECT, flow())
    assert (finding.status, finding.detail) == ("ok", "`Completed`, 2 of 2 task runs read back from the API")


@pytest.mark.parametrize(
    ("record", "status", "cause"),
    [
        pytest.param(flow(task_runs=[]), "failed", "flow-lost-task-runs", id="no-task-run"),
        pytest.param(flow(task_runs=["Completed"]), "failed", "flow-lost-task-runs", id="one-of-two"),
        pytest.param(
            flow(task_runs=["Completed", "Running"]), "failed", "flow-lost-task-runs", id="one-still-runs"
        ),
        pytest.param(
            flow(documents=[document(), document(peers=[["192.0.2.7", 443]])]),
            "failed",
            "not-proxied",
            id="past-the-proxy",
        ),
        pytest.param(
            flow(documents=[document(), document(peers=[])]), "ok", None, id="nothing-seen-is-no-accusation"
        ),
        pytest.param(
            flow(documents=[document(uuid=None), document()]), "warning", "no-uuid", id="a-block-page"
        ),
        pytest.param(
            {"check": "prefect-flow", "state": "Failed", "error": []}, "failed", "flow-failed", id="failed"
        ),
        pytest.param(
            {"check": "prefect-flow", "error": [{"type": "httpx.ProxyError", "text": "403 Forbidden"}]},
            "failed",
            "proxy-denied",
            id="it-raised",
        ),
    ],
)
def test_judge_flow(record: dict[str, Any], status: str, cause: str | None) -> None:
    finding = judge_prefect(SUBJECT, record)
    assert (finding.status, finding.cause) == (status, cause)


def test_ephemeral_server_behind_the_proxy_is_not_tried() -> None:
    finding = judge_loopback(SUBJECT)
    assert finding is not None
    assert finding.cause == "server-start"
    assert finding.hint == "add `127.0.0.1` to NO_PROXY; `localhost` does not cover it"


def test_an_ephemeral_server_that_goes_direct_is_tried() -> None:
    assert judge_loopback(replace(SUBJECT, no_proxy=("127.0.0.1",))) is None


def test_ephemeral_server_that_does_not_start() -> None:
    error = [
        {
            "type": "httpx.HTTPStatusError",
            "text": "403 for url http://127.0.0.1:8385/api/health",
            "status": 403,
        }
    ]
    finding = judge_prefect(replace(SUBJECT, api_url=None), {"check": "prefect-flow", "error": error})
    assert finding.cause == "server-start"


def test_an_api_that_answers_says_by_which_way() -> None:
    finding = judge_prefect(SUBJECT, {"check": "prefect-api", "version": "3.8.8", "peers": PEERS})
    assert (
        finding.detail
        == "`http://prefect.test:4200/api` is Prefect 3.8.8; connected to the proxy `127.0.0.1:3128`"
    )


def test_an_api_that_was_reached_past_its_proxy_is_a_failure() -> None:
    record = {"check": "prefect-api", "version": "3.8.8", "peers": [["192.0.2.7", 4200]]}
    finding = judge_prefect(SUBJECT, record)
    assert (finding.status, finding.cause) == ("failed", "not-proxied")


@pytest.mark.parametrize(
    ("link", "cause"),
    [
        pytest.param(
            {"type": "httpx.ConnectError", "text": "All connection attempts failed"},
            "api-unreachable",
            id="down",
        ),
        pytest.param(
            {"type": "p.PrefectHTTPStatusError", "text": "401", "status": 401}, "api-unauthorized", id="401"
        ),
        pytest.param(
            {"type": "p.PrefectHTTPStatusError", "text": "500", "status": 500}, "api-status", id="500"
        ),
    ],
)
def test_judge_api_refuses(link: dict[str, Any], cause: str) -> None:
    finding = judge_prefect(SUBJECT, {"check": "prefect-api", "error": [link], "peers": []})
    assert (finding.status, finding.cause) == ("failed", cause)


def test_denied_websocket_names_port_and_way_around() -> None:
    link = {"type": "websockets.exceptions.InvalidProxyStatus", "text": "HTTP 403", "status": 403}
    finding = judge_prefect(SUBJECT, {"check": "prefect-websocket", "error": [link], "peers": []})
    assert finding.cause == "websocket-denied"
    assert finding.hint == (
        "ask IT to allow CONNECT to `prefect.test:4200` at `127.0.0.1:3128`: "
        "most proxies allow it to port 443 only; or add `prefect.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.test`"
    )


def websocket(*links: dict[str, Any]) -> dict[str, Any]:
    return {"check": "prefect-websocket", "error": list(links), "peers": []}


NOT_FOUND = {"type": "websockets.exceptions.InvalidStatus", "text": "HTTP 404", "status": 404}
CLOSED = ({"type": "websockets.exceptions.InvalidMessage", "text": "did not receive a valid HTTP response"},
          {"type": "builtins.EOFError", "text": "stream ends after 0 bytes"})  # fmt: skip


@pytest.mark.parametrize(
    ("via", "who"),
    [
        pytest.param(
            {"via": "1.1 squid"},
            "`127.0.0.1:3128`, which decrypts this connection (`Via: 1.1 squid`),",
            id="the-proxy-says-that-it-reads",
        ),
        pytest.param({}, "`127.0.0.1:3128`, or whatever stands in front of the API,", id="nobody-says-so"),
    ],
)
def test_dropped_upgrade_names_who_dropped_it(via: dict[str, str], who: str) -> None:
    finding = judge_prefect(SUBJECT, websocket(NOT_FOUND | via))
    assert finding.cause == "websocket-upgrade-dropped"
    assert finding.hint == (
        f"ask IT to let {who} pass the `Upgrade` header on for `prefect.test` "
        "(squid: `http_upgrade_request_protocols websocket allow all`, in lower case), "
        "or not to decrypt TLS to that host; or add `prefect.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.test`"
    )


def test_dropped_upgrade_without_a_proxy_blames_the_server() -> None:
    finding = judge_prefect(replace(SUBJECT, no_proxy=("prefect.test",)), websocket(NOT_FOUND))
    assert finding.cause == "websocket-upgrade-dropped"
    assert (
        finding.hint == "let the reverse proxy in front of `prefect.test:4200` pass the `Upgrade` header on"
    )


def test_closed_tunnel_means_that_the_proxy_expects_tls() -> None:
    finding = judge_prefect(SUBJECT, websocket(*CLOSED))
    assert finding.cause == "websocket-tunnel-closed"
    assert (finding.hint or "").startswith(
        "`127.0.0.1:3128` may accept only TLS in its tunnels: give the API an"
    )


def test_closed_connection_without_a_proxy_is_no_closed_tunnel() -> None:
    finding = judge_prefect(replace(SUBJECT, no_proxy=("prefect.test",)), websocket(*CLOSED))
    assert (finding.cause, finding.hint) == ("websocket-failed", None)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        pytest.param(
            "ERR_DNS_FAIL 0",
            "the proxy itself cannot resolve `prefect.test`: check the name",
            id="no-such-name",
        ),
        pytest.param(
            "ERR_CONNECT_FAIL 111",
            "the proxy itself cannot connect to `prefect.test:4200`: check the name and port",
            id="nobody-listens",
        ),
        pytest.param(
            "ERR_OF_THE_COMPANY 0",
            "the proxy itself cannot connect to `prefect.test:4200`: check the name and port",
            id="a-page-of-the-companys-own",
        ),
        pytest.param(
            "ERR_SECURE_CONNECT_FAIL 0",
            "the proxy itself cannot establish TLS with `prefect.test:4200` or does not trust its "
            "certificate; this machine cannot change that: "
            "ask IT to add the CA of `prefect.test` at the proxy",
            id="not-trusted-by-the-proxy",
        ),
    ],
)
def test_a_gateway_that_failed_says_why(error: str, hint: str) -> None:
    link = {"type": "p.PrefectHTTPStatusError", "text": "503", "status": 503, "squid_error": error}
    finding = judge_prefect(SUBJECT, {"check": "prefect-api", "error": [link], "peers": []})
    around = "or add `prefect.test` to NO_PROXY if it can be reached directly: `--no-proxy prefect.test`"
    assert (finding.cause, finding.hint) == ("proxy-gateway", f"{hint}; {around}")


@pytest.mark.parametrize(
    ("scheme", "asked"),
    [
        pytest.param("http", "ask IT to allow `prefect.test:4200` at `127.0.0.1:3128`", id="plain"),
        pytest.param(
            "https",
            "ask IT to allow CONNECT to `prefect.test:4200` at `127.0.0.1:3128`: "
            "most proxies allow it to port 443 only",
            id="tls",
        ),
    ],
)
def test_squid_403_is_not_a_missing_api_key(scheme: str, asked: str) -> None:
    subject = replace(SUBJECT, api_url=f"{scheme}://prefect.test:4200/api")
    link = {
        "type": "p.PrefectHTTPStatusError",
        "text": "403",
        "status": 403,
        "squid_error": "ERR_ACCESS_DENIED 0",
    }
    finding = judge_prefect(subject, {"check": "prefect-api", "error": [link], "peers": []})
    assert finding.cause == "proxy-denied"
    assert (finding.hint or "").startswith(f"{asked}; or add `prefect.test` to NO_PROXY")


@pytest.mark.parametrize(
    ("password", "hint"),
    [
        pytest.param("p@ss", "check the password of `user`", id="one-that-websockets-can-send"),
        pytest.param(
            "p@ss/word",
            "websockets cannot send this password: "
            "ask for one in ASCII without blanks, `/`, `#`, `?`, `[` and `]`",
            id="one-that-it-cannot",
        ),
    ],
)
def test_credentials_that_only_the_websocket_cannot_give(password: str, hint: str) -> None:
    proxy = ProxyURL("http", "127.0.0.1", 3128, "user", password)
    refused = {"type": "websockets.exceptions.InvalidProxyStatus", "text": "HTTP 407", "status": 407}
    finding = judge_prefect(replace(SUBJECT, http_proxy=proxy, https_proxy=proxy), websocket(refused))
    assert (finding.cause, finding.hint) == ("proxy-credentials-refused", hint)


AROUND = "or add `prefect.test` to NO_PROXY if it can be reached directly: `--no-proxy prefect.test`"


@pytest.mark.parametrize(
    ("link", "cause", "hint"),
    [
        pytest.param(
            {"type": "w.InvalidProxyStatus", "text": "HTTP 503", "status": 503},
            "proxy-gateway",
            "the proxy itself cannot connect to `prefect.test:4200`: check the name and port",
            id="an-unreachable-api",
        ),
        pytest.param(
            {
                "type": "w.InvalidStatus",
                "text": "HTTP 403",
                "status": 403,
                "squid_error": "ERR_ACCESS_DENIED 0",
            },
            "proxy-denied",
            "ask IT to allow CONNECT to `prefect.test:4200` at `127.0.0.1:3128`: "
            "most proxies allow it to port 443 only",
            id="denied-inside-the-tunnel",
        ),
    ],
)
def test_what_the_proxy_says_to_the_websocket(link: dict[str, Any], cause: str, hint: str) -> None:
    finding = judge_prefect(SUBJECT, websocket(link))
    assert (finding.cause, finding.hint) == (cause, f"{hint}; {AROUND}")


def test_proxy_gateway_error_without_a_reason() -> None:
    link = {"type": "httpx.ProxyError", "text": "502 Bad Gateway"}
    finding = judge_prefect(SUBJECT, {"check": "prefect-api", "error": [link], "peers": []})
    hint = "the proxy itself cannot connect to `prefect.test:4200`: check the name and port"
    assert (finding.cause, finding.hint) == ("proxy-gateway", f"{hint}; {AROUND}")


def test_a_prefect_that_cannot_be_imported() -> None:
    end = {
        "event": "end",
        "error": [{"type": "builtins.ModuleNotFoundError", "text": "No module named 'prefect'"}],
    }
    finding = judge_end(SUBJECT, end)
    assert finding is not None
    assert (finding.cause, finding.detail) == (
        "prefect-broken",
        "`import prefect` fails: ModuleNotFoundError: No module named 'prefect'",
    )


def test_a_good_end_says_nothing() -> None:
    assert judge_end(SUBJECT, {"event": "end"}) is None


def test_the_wait_for_an_ephemeral_server_is_announced() -> None:
    assert describe_step(replace(SUBJECT, api_url=None), "prefect-flow") == (
        "prefect-flow: starting a temporary Prefect server, which takes half a minute"
    )
    assert describe_step(SUBJECT, "prefect-flow") == "prefect-flow"
