from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxyenv.checks.answer import Circumstances, HTTPAnswer, Way
from proxyenv.checks.prefect import describe_step, judge_end, judge_loopback, judge_prefect
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject

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
    good = {"digest": "1b4e28ba", "status": 200, "content_type": "application/json", "peers": PEERS}
    return {**good, **changes}


def answer(status: int, headers: dict[str, str] | None = None, body: str = "") -> dict[str, Any]:
    """An answer as the fresh interpreter reports it."""
    return {"status": status, "reason": "", "headers": headers or {}, "body": body}


def refused(status: int, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What Prefect's client raises for an answer of the API."""
    return {"type": "p.PrefectHTTPStatusError", "text": str(status), "answer": answer(status, headers)}


def api_failed(link: dict[str, Any]) -> dict[str, Any]:
    return {"check": "prefect-api", "error": [link], "peers": []}


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
            "answer": answer(403),
        }
    ]
    finding = judge_prefect(replace(SUBJECT, api_url=None), {"check": "prefect-flow", "error": error})
    assert finding.cause == "server-start"


def test_an_api_that_answers_says_by_which_way() -> None:
    finding = judge_prefect(SUBJECT, answered("3.8.8", "3.8.8"))
    assert (
        finding.detail
        == "`http://prefect.test:4200/api` is Prefect 3.8.8; connected to the proxy `127.0.0.1:3128`"
    )


def answered(version: str, client: str) -> dict[str, Any]:
    return {"check": "prefect-api", "version": version, "client": client, "peers": PEERS}


@pytest.mark.parametrize(
    ("server", "client"),
    [
        pytest.param("3.8.8", "3.8.8", id="the-same"),
        pytest.param("3.8.1", "3.8.8", id="an-older-patch"),
        pytest.param("3.9.0", "3.8.8", id="a-newer-server"),
        pytest.param("3.10.0", "3.9.1", id="numbers-and-not-letters"),
        pytest.param("3.9.1+3.gabc", "3.9.1", id="a-build-of-its-own"),
    ],
)
def test_versions_that_go_together(server: str, client: str) -> None:
    finding = judge_prefect(SUBJECT, answered(server, client))
    assert (finding.status, finding.cause) == ("ok", None)


def test_what_is_no_version_is_no_prefect() -> None:
    finding = judge_prefect(SUBJECT, answered("{'detail': 'no'}", "3.8.8"))
    assert (finding.status, finding.cause) == ("failed", "api-not-prefect")
    assert "is Prefect {'detail': 'no'}" in finding.detail
    assert "which is no version" in finding.detail


def test_an_older_server_is_a_warning() -> None:
    finding = judge_prefect(SUBJECT, answered("3.0.0", "3.8.8"))
    assert (finding.status, finding.cause) == ("warning", "server-version")
    assert finding.detail.endswith(
        "the client is Prefect 3.8.8: the server must not be older than the client"
    )


def test_a_server_of_prefect_2_is_a_failure() -> None:
    finding = judge_prefect(SUBJECT, answered("2.20.4", "3.8.8"))
    assert (finding.status, finding.cause) == ("failed", "server-version")
    assert finding.hint == (
        "upgrade the server to Prefect 3, or install what fits it here: `pip install 'prefect==2.*'`"
    )


UNREADABLE = {"type": "json.decoder.JSONDecodeError", "text": "Expecting value: line 1 column 1 (char 0)"}
PAGE = "<!doctype html><title>Prefect Server</title>"


def unreadable(status: int, body: str, **changes: Any) -> dict[str, Any]:
    last = answer(status, {"Content-Type": "text/html"}, body) | changes
    return {"check": "prefect-api", "error": [UNREADABLE], "answer": last, "peers": []}


def test_an_api_that_is_a_page_is_not_prefect() -> None:
    finding = judge_prefect(replace(SUBJECT, api_url="http://prefect.test:4200"), unreadable(200, PAGE))
    assert (finding.status, finding.cause) == ("failed", "api-not-prefect")
    assert finding.detail == (
        "`http://prefect.test:4200` answers 200, text/html, which is no answer of Prefect"
    )
    assert finding.hint == (
        "is it the page of the server and not its API? does the URL lack its path? "
        "`--api-url http://prefect.test:4200/api`"
    )


def test_a_page_that_every_name_gets_is_a_portals() -> None:
    seen = Circumstances(Way.READ, HTTPAnswer(200, body="<h1>Welcome! Please log in.</h1>"))
    finding = judge_prefect(SUBJECT, unreadable(200, "<h1>Welcome! Please log in.</h1>"), seen)
    assert finding.cause == "captive-portal"
    assert "never trust the CA" in (finding.hint or "")


def test_an_api_that_moved_says_where_to() -> None:
    finding = judge_prefect(SUBJECT, unreadable(200, PAGE, moved="https://sso.test/login?next=x"))
    assert finding.cause == "api-not-prefect"
    assert finding.hint == (
        "something redirects to `https://sso.test/login`: open it in a browser; "
        "is it a log-in page, or the API's new address?"
    )


def test_a_status_of_the_proxy_inside_the_tunnel_is_not_the_apis() -> None:
    seen = Circumstances(Way.READ, HTTPAnswer(502, headers={"server": "Corp Gate"}, body="no such host"))
    finding = judge_prefect(SUBJECT, api_failed(refused(403, {"Server": "Corp Gate"})), seen)
    assert finding.cause == "proxy-denied"
    assert finding.detail.endswith("403, a name that cannot exist gets an answer of the same form")


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
        pytest.param(refused(401), "api-unauthorized", id="401"),
        pytest.param(refused(500), "api-status", id="500"),
    ],
)
def test_judge_api_refuses(link: dict[str, Any], cause: str) -> None:
    finding = judge_prefect(SUBJECT, api_failed(link))
    assert (finding.status, finding.cause) == ("failed", cause)


def test_denied_websocket_names_port_and_way_around() -> None:
    link = {"type": "websockets.exceptions.InvalidProxyStatus", "text": "HTTP 403", "answer": answer(403)}
    finding = judge_prefect(SUBJECT, {"check": "prefect-websocket", "error": [link], "peers": []})
    assert finding.cause == "websocket-denied"
    assert finding.hint == (
        "ask IT to allow CONNECT to `prefect.test:4200` at `127.0.0.1:3128`: "
        "most proxies allow it to port 443 only; or add `prefect.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.test`"
    )


def websocket(*links: dict[str, Any]) -> dict[str, Any]:
    return {"check": "prefect-websocket", "error": list(links), "peers": []}


NOT_FOUND = {"type": "websockets.exceptions.InvalidStatus", "text": "HTTP 404", "answer": answer(404)}
CLOSED = ({"type": "websockets.exceptions.InvalidMessage", "text": "did not receive a valid HTTP response"},
          {"type": "builtins.EOFError", "text": "stream ends after 0 bytes"})  # fmt: skip


@pytest.mark.parametrize(
    ("via", "who"),
    [
        pytest.param(
            {"Via": "1.1 squid"},
            "`127.0.0.1:3128`, which decrypts this connection (`Via: 1.1 squid`),",
            id="the-proxy-says-that-it-reads",
        ),
        pytest.param({}, "`127.0.0.1:3128`, or whatever stands in front of the API,", id="nobody-says-so"),
    ],
)
def test_dropped_upgrade_names_who_dropped_it(via: dict[str, str], who: str) -> None:
    finding = judge_prefect(SUBJECT, websocket(NOT_FOUND | {"answer": answer(404, via)}))
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
    assert (finding.cause, finding.hint) == (
        "websocket-failed",
        "does what stands in front of `prefect.test:4200` pass websockets on? Prefect 2 has none of them",
    )


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
    finding = judge_prefect(SUBJECT, api_failed(refused(503, {"X-Squid-Error": error})))
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
    finding = judge_prefect(subject, api_failed(refused(403, {"X-Squid-Error": "ERR_ACCESS_DENIED 0"})))
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
    link = {"type": "websockets.exceptions.InvalidProxyStatus", "text": "HTTP 407", "answer": answer(407)}
    finding = judge_prefect(replace(SUBJECT, http_proxy=proxy, https_proxy=proxy), websocket(link))
    assert (finding.cause, finding.hint) == ("proxy-credentials-refused", hint)


def test_the_websocket_without_credentials_asks_for_the_user() -> None:
    link = {"type": "websockets.exceptions.InvalidProxyStatus", "text": "HTTP 407", "answer": answer(407)}
    finding = judge_prefect(SUBJECT, websocket(link))
    assert (finding.cause, finding.hint) == (
        "proxy-credentials-wanted",
        "name the user: `--proxy http://USER@127.0.0.1:3128` asks for the password",
    )


AROUND = "or add `prefect.test` to NO_PROXY if it can be reached directly: `--no-proxy prefect.test`"


@pytest.mark.parametrize(
    ("link", "cause", "hint"),
    [
        pytest.param(
            {"type": "w.InvalidProxyStatus", "text": "HTTP 503", "answer": answer(503)},
            "proxy-gateway",
            "the proxy itself cannot connect to `prefect.test:4200`: check the name and port",
            id="an-unreachable-api",
        ),
        pytest.param(
            {
                "type": "w.InvalidStatus",
                "text": "HTTP 403",
                "answer": answer(403, {"X-Squid-Error": "ERR_ACCESS_DENIED 0"}),
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
    finding = judge_prefect(SUBJECT, api_failed(link))
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
