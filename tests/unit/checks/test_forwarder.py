"""What a forwarder's answers mean: those of the corporate proxy behind it."""

from __future__ import annotations

import socket

import pytest

from proxyenv.checks.answer import HTTPAnswer
from proxyenv.checks.finding import Finding
from proxyenv.checks.forwarder import judge_forwarder, name_forwarder
from proxyenv.model.forwarder import Forwarder, Upstream
from proxyenv.model.url import parse_proxy_url

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


def test_a_tunnel_names_what_stands_behind_the_forwarder() -> None:
    assert name_forwarder(px("proxy.corp.example:8080"), Finding("it opens a tunnel")).detail == (
        "it opens a tunnel; px (process 12) listens there and passes requests on to "
        "`proxy.corp.example:8080` (px.ini)"
    )
