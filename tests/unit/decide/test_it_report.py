"""What IT is asked for, worked out from what a check found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from proxyenv.codes import read_family
from proxyenv.commands.it_letter import render_letter, render_markdown_letter
from proxyenv.decide.it_report import WANTED, ITConnection, ITRequest, make_it_report
from proxyenv.model.report import Outcome

NOON: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROXY: Final = Outcome("proxy-connect [proxy.corp.test:3128]", "ok", None, "connected")
DENIED: Final = Outcome(
    "prefect-websocket",
    "failed",
    "websocket-denied",
    "the websocket to `prefect.corp.test:4200` does not open: `proxy.corp.test:3128` answers `403 Forbidden`",
    "ask IT to allow CONNECT to `prefect.corp.test:4200` at `proxy.corp.test:3128`: most proxies allow it to "
    "port 443 only; or add `prefect.corp.test` to NO_PROXY if it can be reached directly",
)
REFUSED: Final = Outcome(
    "ca [0123456789abcdef, Python 3.13]",
    "failed",
    "ca-rejected",
    "CN=Corp: Python 3.13, which runs your flows, refuses it: its basicConstraints are not marked critical",
    "ask IT to reissue it with `basicConstraints = critical, CA:TRUE` (it has them without `critical`); "
    "until then use Python 3.12, which accepts it",
)


def test_a_denied_websocket_asks_for_connect_to_the_port_of_the_api() -> None:
    (request,) = make_it_report((PROXY, DENIED)).requests
    assert request == ITRequest(
        "allow CONNECT to `prefect.corp.test:4200` at the proxy",
        "allow CONNECT to `prefect.corp.test:4200` at `proxy.corp.test:3128`: most proxies allow it to port "
        "443 only",
        ("websocket-denied",),
        (f"prefect-websocket: {DENIED.detail}",),
    )


def test_the_missing_extension_is_named_exactly() -> None:
    (request,) = make_it_report((REFUSED,)).requests
    assert request.exactly == (
        "reissue it with `basicConstraints = critical, CA:TRUE` (it has them without `critical`)"
    )


@pytest.mark.parametrize(
    ("check", "cause", "detail", "what"),
    [
        pytest.param(
            "fetch [https://a.test/x]",
            "block-page",
            "a page",
            "allow `a.test:443` at the proxy, which answers with a page of its own",
            id="a block page",
        ),
        pytest.param(
            "prefect-websocket",
            "websocket-upgrade-dropped",
            "the websocket to `a.test:443` does not open",
            "pass `Upgrade: websocket` on for `a.test:443`, or exempt it from TLS inspection",
            id="a dropped Upgrade",
        ),
        pytest.param(
            "tls [https://[2001:db8::1]:8443]",
            "tls-failed",
            "cut",
            "find what cuts TLS to `[2001:db8::1]:8443`, and exempt it from inspection",
            id="TLS that is cut",
        ),
        pytest.param(
            "proxy-connect [p.test:3128]",
            "proxy-denied",
            "`p.test:3128` answers `403 Forbidden` to `CONNECT a.test:443`",
            "allow `a.test:443` at the proxy, by CONNECT where the URL is `https://`",
            id="a denied tunnel",
        ),
        pytest.param(
            "proxy-resolve [p.test]",
            "proxy-name-unknown",
            "no address",
            "make the name of the proxy `p.test` resolve on this network",
            id="a name that does not resolve",
        ),
    ],
)
def test_each_cause_asks_for_its_own(check: str, cause: str, detail: str, what: str) -> None:
    (request,) = make_it_report((Outcome(check, "failed", cause, detail),)).requests
    assert request.what == what


def test_the_same_request_stands_once_with_all_its_evidence() -> None:
    twice = tuple(
        Outcome(f"tls [https://{host}.test:443]", "failed", "ca-rejected", f"{host} is refused")
        for host in "ab"
    )
    (request,) = make_it_report(twice).requests
    assert request.evidence == (
        "tls [https://a.test:443]: a is refused",
        "tls [https://b.test:443]: b is refused",
    )


def test_connections_say_how_and_whether_they_work() -> None:
    outcomes = (
        Outcome("tls [https://a.test:443]", "ok"),
        Outcome("fetch [https://a.test/x]", "failed", "block-page"),
        Outcome("fetch [http://b.test/x]", "ok"),
        Outcome("tls [https://c.test:443]", "warning", "proxy-gateway"),
        Outcome("tls [https://d.test:443]", "warning", "not-intercepted"),
        Outcome("tls [https://e.test:443]", "skipped", "earlier-failure"),
        Outcome("prefect-api", "ok", None, "`http://prefect.corp.test:4200/api` is Prefect"),
        DENIED,
    )
    assert make_it_report(outcomes).connections == (
        ITConnection("a.test:443", "CONNECT", works=False),
        ITConnection("b.test:80", "GET", works=True),
        ITConnection("c.test:443", "CONNECT", works=False),
        ITConnection("d.test:443", "CONNECT", works=True),
        ITConnection("e.test:443", "CONNECT", works=None),
        ITConnection("prefect.corp.test:4200", "GET, POST", works=True),
        ITConnection("prefect.corp.test:4200", "CONNECT, then `Upgrade: websocket`", works=False),
    )


def test_every_cause_of_the_table_is_registered() -> None:
    assert set(WANTED) <= set(read_family("causes"))


def test_the_letter_fits_a_mail() -> None:
    lines = list(render_letter(make_it_report((PROXY, DENIED, REFUSED)), now=NOON))
    assert lines[:5] == [
        "Proxy and certificates: what this machine needs (2026-05-01 12:00 UTC)",
        "",
        "It goes through the proxy `proxy.corp.test:3128`. 2 things to allow or change,",
        "each with what was seen:",
        "",
    ]
    assert lines[5] == "1. allow CONNECT to `prefect.corp.test:4200` at the proxy."
    assert "   prefect.corp.test:4200  does not work: CONNECT, then `Upgrade: websocket`" in lines
    assert max(map(len, lines)) <= 78
    assert len(lines) < 50


def test_where_all_passed_nothing_is_to_be_changed() -> None:
    lines = list(render_letter(make_it_report((PROXY,)), now=NOON))
    assert lines[2:4] == [
        "It goes through the proxy `proxy.corp.test:3128`. Nothing has to be changed:",
        "every check passed.",
    ]


def test_what_it_cannot_change_is_named() -> None:
    broken = Outcome("python", "failed", "prefect-missing", "no Prefect")
    lines = list(render_letter(make_it_report((broken,)), now=NOON))
    assert lines[2] == "Nothing has to be changed by IT; here failed: `python`."


def test_what_a_proxy_says_steers_no_terminal_and_is_no_markup() -> None:
    hostile = Outcome("fetch [https://a.test/]", "failed", "block-page", "\x1b[2J<b>`x\u202e")
    report = make_it_report((hostile,))
    assert "\x1b" not in "".join(render_letter(report, now=NOON))
    text = render_markdown_letter(report, now=NOON)
    assert "\x1b" not in text
    assert "<b>" not in text
