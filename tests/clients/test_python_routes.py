"""The routes that are predicted for Python's clients, against the clients themselves.

`PROXYENV_ROUTE_PAIRS` sets how many pairs of an environment and a URL each client is given, and
`PROXYENV_ROUTE_SEED` which ones.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.no_proxy.dialects.table import PYTHON_DIALECTS
from support.route_cases import Case, draw_cases, shrink
from support.route_evidence import find_difference
from support.route_lab import RouteLab, Seen, require_route_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.route import Route

PAIRS: Final = {
    "httpx": 300,
    "httpx2": 300,
    "requests": 300,
    "pip": 150,
    "urllib": 300,
    "urllib3": 50,
    "aiohttp": 300,
    "botocore": 150,
    "websockets": 300,
    "grpc": 300,
}
"""What each is given when nothing is said: about a minute in all."""

DIALECTS: Final = {dialect.name: dialect for dialect in PYTHON_DIALECTS}


@pytest.fixture(scope="module")
def lab() -> Iterator[RouteLab]:
    require_route_lab()
    with RouteLab.open() as opened:
        yield opened


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("client", PAIRS)
def test_the_client_takes_the_predicted_route(lab: RouteLab, client: str) -> None:
    seed = int(os.environ.get("PROXYENV_ROUTE_SEED", "1"))
    pairs = int(os.environ.get("PROXYENV_ROUTE_PAIRS", "0")) or PAIRS[client]
    schemes = ("ws", "wss") if client == "websockets" else ("http", "https")
    for number, case in enumerate(itertools.islice(draw_cases(seed, schemes=schemes), pairs)):
        if compare(lab, client, case)[0] is not None:
            pytest.fail(report(lab, client, case, f"pair {number} of seed {seed}"), pytrace=False)


def test_the_lab_sees_both_routes(lab: RouteLab) -> None:
    environment = {"https_proxy": "http://proxy.test:3128", "no_proxy": "direct.test"}
    proxied = lab.ask("httpx", environment, "https://host.test/")
    direct = lab.ask("httpx", environment, "https://direct.test/")
    assert (proxied.route, proxied.visits[0].form, proxied.visits[0].target) == (
        "proxied",
        "connect",
        "host.test:443",
    )
    assert (direct.route, direct.visits[0].form, direct.visits[0].port) == ("direct", "tls", 443)


def test_a_failing_case_is_shrunk_to_what_shows_it() -> None:
    case = Case((("http_proxy", "http://proxy.test"), ("no_proxy", "a,b,::1/128,c")), "http://a.test/")
    small = shrink(case, lambda candidate: "::1/128" in candidate.environment.get("no_proxy", ""))
    assert small == Case((("no_proxy", "::1/128"),), "http://a.test/")


def compare(lab: RouteLab, client: str, case: Case) -> tuple[str | None, Route, Seen]:
    """What differs, what was predicted and what was seen."""
    route = DIALECTS[client].prepare(case.environment)(case.url)
    seen = lab.ask(client, case.environment, case.url)
    return find_difference(route, seen, case.environment), route, seen


def report(lab: RouteLab, client: str, case: Case, which: str) -> str:
    """The smallest case that shows the same difference."""
    wanted = compare(lab, client, case)[0]
    small = shrink(case, lambda candidate: compare(lab, client, candidate)[0] == wanted)
    difference, route, seen = compare(lab, client, small)
    return f"{client}: {difference} ({which})\n{small}\npredicted: {route}\nseen: {seen}"
