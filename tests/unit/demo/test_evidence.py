from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.evidence import last_line, parse_last_line, require_fetched, require_seen
from proxyenv.demo.intercepting_proxy import Exchange, InterceptingProxy
from proxyenv.demo.origin import DemoOrigin
from proxyenv.demo.stage import Stage
from proxyenv.demo.step import RefutedError

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "7437b795-5bfa-45e7-86d5-ec7a7fd2ca92"
SECOND = "3f64ca58-f02c-4fb8-9dd5-06e45d339607"
STRANGER = "00000000-0000-4000-8000-000000000000"

LISTENING: dict[str, object] = {"event": "listening", "port": 8080}
PLAIN: dict[str, object] = {"event": "request", "url": "http://origin.demo.test/uuid?by=me", "status": 200}
TUNNELLED: dict[str, object] = {
    "event": "request",
    "url": "https://origin.demo.test/uuid?by=me",
    "status": 200,
    "tunnel": "origin.demo.test:443",
}


def make_stage(directory: Path, *events: dict[str, object]) -> Stage:
    log = directory / "exchanges.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in (LISTENING, *events)), "utf-8")
    origin = DemoOrigin(1, 2, directory / "ca.pem", {FIRST: "/uuid?by=me", SECOND: "/uuid?by=me"})
    proxy = InterceptingProxy(8080, directory / "ca.pem", log)
    return Stage(directory, directory, {}, origin, None, proxy)  # type: ignore[arg-type]  # no server is asked


def test_what_was_fetched_both_ways_through_the_proxy_counts(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, PLAIN, TUNNELLED)
    assert require_fetched(stage, "me", f'{{"uuid": "{FIRST}"}}\n{{"uuid": "{SECOND}"}}').startswith(
        "http and https"
    )


@pytest.mark.parametrize(
    ("events", "printed", "reason"),
    [
        pytest.param([PLAIN, TUNNELLED], "", "no output", id="nothing-printed"),
        pytest.param([PLAIN, TUNNELLED], FIRST, "not every document", id="only-one-document"),
        pytest.param(
            [PLAIN, TUNNELLED], f"{FIRST} {STRANGER}", "not every document", id="not-from-the-origin"
        ),
        pytest.param([PLAIN], f"{FIRST} {SECOND}", "never saw `https://", id="https-passed-the-proxy-by"),
        pytest.param([TUNNELLED], f"{FIRST} {SECOND}", "never saw `http://", id="http-passed-the-proxy-by"),
        pytest.param(
            [PLAIN, {**TUNNELLED, "tunnel": None}],
            f"{FIRST} {SECOND}",
            "never saw `https://",
            id="https-without-tunnel",
        ),
        pytest.param(
            [PLAIN, {**TUNNELLED, "status": 502}],
            f"{FIRST} {SECOND}",
            "never saw `https://",
            id="proxy-said-502",
        ),
        pytest.param(
            [PLAIN, {**TUNNELLED, "event": "connect"}],
            f"{FIRST} {SECOND}",
            "never saw `https://",
            id="connect-alone",
        ),
    ],
)
def test_what_was_not_does_not(
    tmp_path: Path, events: list[dict[str, object]], printed: str, reason: str
) -> None:
    with pytest.raises(RefutedError, match=reason):
        require_fetched(make_stage(tmp_path, *events), "me", printed)


def test_what_another_program_fetched_does_not_count(tmp_path: Path) -> None:
    with pytest.raises(RefutedError, match="not every document"):
        require_fetched(make_stage(tmp_path, PLAIN, TUNNELLED), "you", f"{FIRST} {SECOND}")


def test_what_was_logged_before_does_not_count(tmp_path: Path) -> None:
    with pytest.raises(RefutedError, match="never saw"):
        require_seen(make_stage(tmp_path, PLAIN), "http://origin.demo.test/uuid?by=me", since=1)


def test_the_log_is_read_without_its_first_line(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, {"event": "connect", "url": "h:443", "status": 403, "agent": "curl/8"})
    assert stage.proxy.exchanges == (Exchange("connect", "h:443", 403, None, "curl/8"),)


def test_the_last_line_is_the_result() -> None:
    assert parse_last_line('12:00 | INFO | flow\n{"flow_run": "x"}\n') == {"flow_run": "x"}


@pytest.mark.parametrize(
    "output", [pytest.param("", id="empty"), pytest.param("Traceback\nboom", id="no-json")]
)
def test_no_result_is_refused(output: str) -> None:
    with pytest.raises(RefutedError, match="no result"):
        parse_last_line(output)


def test_the_last_line_says_something() -> None:
    assert last_line("one\n two \n\n") == "two"
