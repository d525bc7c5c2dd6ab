"""The way: which outcome is about which step."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.model.report import Leg, Outcome, Process, Report
from proxyenv.page.way import build_way, judge

PROCESS: Final = Process("/venv/bin/python", "3.13.1", "3.7.4", "/srv", "shell", plugin=False)
PROXY: Final = "proxy.test:3128"
LEGS: Final = (
    Leg("document", "http://a.test/x", PROXY),
    Leg("document", "https://a.test/x", PROXY, intercepted=True),
    Leg("document", "https://b.test:8443/", None),
    Leg("rest", "https://api.test/api", PROXY),
    Leg("websocket", "https://api.test/api", PROXY),
)


def build(*outcomes: Outcome, legs: tuple[Leg, ...] = LEGS) -> dict[str, tuple[str, str | None]]:
    """Every step as `from > to label`, with its state and its cause."""
    way = build_way((), Report(outcomes, PROCESS, legs))
    steps: dict[str, tuple[str, str | None]] = {"process": (way.state.status, way.state.cause)}
    for trunk in way.trunks:
        start = trunk.proxy.title if trunk.proxy else "process"
        if trunk.hop:
            steps[f"process > {start}"] = (trunk.hop.status, trunk.hop.cause)
        for branch in trunk.branches:
            for hop in branch.hops:
                steps[f"{start} > {branch.end.title} {hop.label}"] = (hop.status, hop.cause)
    return steps


NOTHING_TRIED: Final = {
    "process": ("skipped", None),
    "process > proxy.test:3128": ("skipped", None),
    "proxy.test:3128 > a.test http": ("skipped", None),
    "proxy.test:3128 > a.test https": ("skipped", None),
    "proxy.test:3128 > Prefect API REST": ("skipped", None),
    "proxy.test:3128 > Prefect API websocket": ("skipped", None),
    "process > b.test https, port 8443": ("skipped", None),
}


def test_without_outcomes_nothing_was_tried() -> None:
    assert build() == NOTHING_TRIED


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        pytest.param("python", "process", id="the interpreter"),
        pytest.param("environment [HTTPS_PROXY]", "process", id="a variable"),
        pytest.param("file [/home/ada/.bashrc]", "process", id="a file"),
        pytest.param("proxy-resolve [proxy.test]", "process > proxy.test:3128", id="its name"),
        pytest.param("proxy-connect [proxy.test:3128]", "process > proxy.test:3128", id="the connection"),
        pytest.param("tls [https://a.test:443]", "proxy.test:3128 > a.test https", id="a certificate"),
        pytest.param(
            "tls [https://a.test:443, Python 3.13]", "proxy.test:3128 > a.test https", id="a version"
        ),
        pytest.param("fetch [http://a.test/x]", "proxy.test:3128 > a.test http", id="a document"),
        pytest.param(
            "negative-control [wrong host name, https://a.test:443]",
            "proxy.test:3128 > a.test https",
            id="what must fail",
        ),
        pytest.param("tls [https://b.test:8443]", "process > b.test https, port 8443", id="what goes direct"),
        pytest.param("prefect-api", "proxy.test:3128 > Prefect API REST", id="the API"),
        pytest.param("prefect-websocket", "proxy.test:3128 > Prefect API websocket", id="the websocket"),
    ],
)
def test_a_failure_is_at_its_step_alone(outcome: str, step: str) -> None:
    assert build(Outcome(outcome, "failed", "timeout")) == {**NOTHING_TRIED, step: ("failed", "timeout")}


@pytest.mark.parametrize(
    "outcome", ["prefect-flow", "proof", "tls [https://a.test:4433]", "fetch [http://a.test/xy]"]
)
def test_what_is_about_no_step_is_at_none(outcome: str) -> None:
    assert build(Outcome(outcome, "failed", "timeout")) == NOTHING_TRIED


def test_a_proxy_that_refuses_one_target_works_itself() -> None:
    refused = Outcome("proxy-connect [proxy.test:3128]", "failed", "proxy-denied")
    steps = build(refused)
    assert steps["process > proxy.test:3128"][0] == "ok"
    assert steps["proxy.test:3128 > a.test https"] == ("failed", "proxy-denied")
    assert steps["proxy.test:3128 > a.test http"] == ("skipped", None)


def test_what_was_skipped_does_not_make_the_process_doubtful() -> None:
    done = Outcome("python", "ok"), Outcome("prefect-settings", "skipped", "earlier-failure")
    assert build(*done)["process"] == ("ok", None)


def test_the_gravest_counts() -> None:
    found = [Outcome("a", "ok"), Outcome("b", "warning", "ca-expires"), Outcome("c", "skipped")]
    assert judge("x", found)[1:3] == ("warning", "ca-expires")


def test_a_temporary_server_is_reached_by_the_flow() -> None:
    steps = build(Outcome("prefect-flow", "ok"), legs=(Leg("rest", "", None),))
    assert steps["process > Prefect API flow"] == ("ok", None)


def test_the_document_of_the_api_stands_with_it() -> None:
    legs = (Leg("document", "https://api.test/api/health", PROXY), *LEGS[-2:])
    way = build_way((), Report((), PROCESS, legs))
    assert [[hop.label for hop in branch.hops] for branch in way.trunks[0].branches] == [
        ["document", "REST", "websocket"]
    ]


@pytest.mark.parametrize(
    ("intercepted", "words"),
    [
        pytest.param((True, None), ("issues its own certificates",), id="one is intercepted"),
        pytest.param((False, None), ("passes TLS through",), id="none is"),
        pytest.param((None, None), (), id="nothing is known"),
    ],
)
def test_what_the_proxy_does_with_tls(intercepted: tuple[bool | None, ...], words: tuple[str, ...]) -> None:
    legs = tuple(Leg("document", f"https://{n}.test/", PROXY, each) for n, each in enumerate(intercepted))
    proxy = build_way((), Report((), PROCESS, legs)).trunks[0].proxy
    assert proxy is not None
    assert proxy.lines == words
