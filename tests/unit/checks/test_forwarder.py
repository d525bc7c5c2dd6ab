"""What a forwarder's answers mean: those of the corporate proxy behind it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from proxyenv.checks.answer import HTTPAnswer
from proxyenv.checks.finding import Finding
from proxyenv.checks.forwarder import judge_forwarder, judge_tunnel
from proxyenv.model.forwarder import Forwarder, Upstream
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.subject import Origin
from support.pac_cases import make_function
from support.pac_server import PacServer

PROXY = parse_proxy_url("http://127.0.0.1:3128")
NOBODY = Forwarder("px", 12, Upstream((), "`px.ini` names none"), "P", "R")


def px(*proxies: str) -> Forwarder:
    return Forwarder("px", 12, Upstream(proxies, "px.ini"), "give it the password", "name it")


def judge(forwarder: Forwarder, status: int) -> Finding | None:
    return judge_forwarder(forwarder, HTTPAnswer(status, "", {}), PROXY, timeout=5.0)


@pytest.mark.parametrize("status", [200, 401, 502])
def test_a_forwarder_that_goes_direct_is_a_no_whatever_it_says(status: int) -> None:
    finding = judge(NOBODY, status)
    assert finding is not None
    assert (finding.status, finding.cause, finding.hint) == ("failed", "forwarder-direct", "R")
    assert finding.detail == (
        f"`127.0.0.1:3128` answers `{status}`; px (process 12) listens there, and no proxy stands behind it: "
        "`px.ini` names none"
    )


@pytest.mark.parametrize("status", [401, 407])
def test_its_401_is_the_corporate_proxys_407(status: int) -> None:
    finding = judge(px("proxy.corp.example:8080"), status)
    assert finding is not None
    assert (finding.cause, finding.hint) == ("proxy-credentials-refused", "give it the password")
    assert "passes requests on to `proxy.corp.example:8080` (px.ini): that proxy refuses" in finding.detail


def test_its_502_is_the_corporate_proxys_absence() -> None:
    finding = judge(px("127.0.0.1:1"), 502)
    assert finding is not None
    assert finding.cause == "proxy-unreachable"
    assert finding.detail.endswith("`127.0.0.1:1` cannot be reached from here: Connection refused")
    assert finding.hint == "connect to the company's network; px itself runs"


def test_its_502_is_the_origins_where_the_corporate_proxy_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert judge(px(f"127.0.0.1:{server.getsockname()[1]}"), 502) is None


@pytest.mark.parametrize("status", [200, 401, 502])
def test_nothing_is_read_into_the_answers_of_an_unknown_program(status: int) -> None:
    assert judge(Forwarder(""), status) is None


def tunnel(forwarder: Forwarder | None, host: str = "index.corp.test") -> Finding:
    return judge_tunnel(forwarder, Finding("it opens a tunnel"), Origin("https", host, 443), Path("none.pem"))


def test_a_tunnel_names_what_stands_behind_the_forwarder() -> None:
    assert tunnel(None).detail == "it opens a tunnel"
    assert tunnel(px("proxy.corp.example:8080")).detail == (
        "it opens a tunnel; px (process 12) listens there and passes requests on to "
        "`proxy.corp.example:8080` (px.ini)"
    )


def test_a_host_that_the_forwarder_reaches_without_it_is_a_warning() -> None:
    upstream = Upstream(("p:1",), "px.ini", past=("corp.test",), past_source="`noproxy` (px.ini)")
    finding = tunnel(Forwarder("px", 12, upstream, "P", "R"))
    assert (finding.status, finding.cause) == ("warning", "forwarder-past")
    assert finding.detail.endswith("but not for `index.corp.test`: `noproxy` (px.ini) has `corp.test`")
    assert tunnel(Forwarder("px", 12, upstream, "P", "R"), "index.other.test").status == "ok"


def behind_pac(script: str | None, pac: str = "/own.pac") -> Forwarder:
    return Forwarder("px", 12, Upstream((), "px.ini", pac, script), "P", "R")


@pytest.mark.parametrize(
    ("body", "status", "cause", "end"),
    [
        pytest.param(
            'return host == "index.corp.test" ? "PROXY p.test:1; DIRECT" : "DIRECT"', "ok", None,
            "which answers `PROXY p.test:1`", id="through the corporate proxy",
        ),
        pytest.param(
            'return host == "index.corp.test" ? "DIRECT" : "PROXY p.test:1"', "warning", "forwarder-past",
            "which sends `index.corp.test` direct", id="this host direct",
        ),
        pytest.param(
            'return "DIRECT"', "failed", "forwarder-direct",
            "which sends `index.corp.test` and hosts that it does not name direct", id="everything direct",
        ),
        pytest.param(
            "throw 1", "failed", "forwarder-direct",
            "which sends `index.corp.test` and hosts that it does not name direct", id="it fails",
        ),
    ],
)  # fmt: skip
def test_the_pac_file_of_a_forwarder_is_asked(body: str, status: str, cause: str | None, end: str) -> None:
    finding = tunnel(behind_pac(make_function(body)))
    assert (finding.status, finding.cause) == (status, cause)
    assert finding.detail.endswith(end)


def test_a_pac_file_of_the_web_is_fetched() -> None:
    with PacServer(make_function('return "PROXY p.test:1"').encode()) as server:
        assert tunnel(behind_pac(None, server.url)).detail.endswith("which answers `PROXY p.test:1`")


@pytest.mark.parametrize(
    "forwarder",
    [
        pytest.param(behind_pac("function ("), id="no JavaScript"),
        pytest.param(behind_pac(None), id="it cannot be read"),
        pytest.param(behind_pac(None, "http://127.0.0.1:9/?token=geheim"), id="it cannot be fetched"),
    ],
)
def test_what_cannot_be_asked_is_not_proved(forwarder: Forwarder) -> None:
    finding = tunnel(forwarder)
    assert (finding.status, finding.cause) == ("warning", "forwarder-unproved")
    assert "whether it was asked for this is not known" in finding.detail
    assert "geheim" not in f"{finding}"
