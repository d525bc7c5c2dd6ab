"""Python's dialects with what nobody should write: they answer, and soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.dialects.table import PYTHON_DIALECTS
from support.growth import soon

if TYPE_CHECKING:
    from proxyenv.no_proxy.dialects.dialect import Dialect, Router

pytestmark = pytest.mark.one_python

PROXY: Final = "http://proxy.test:3128"
LIMIT: Final = 60
"""Seconds of the processor; an idle machine takes three, and the square of the input takes hours."""
MANY: Final = ",".join(f"host-{number}.test" for number in range(100_000))
NETWORKS: Final = ",".join(f"10.{number >> 8}.{number & 255}.0/24" for number in range(20_000))
LONG: Final = "x" * 1_000_000
URLS: Final = (
    "http://a.test/",
    "https://10.1.2.3:8443/",
    "https://[fd00::1]/",
    "ws://a.test/",
    "nonsense",
    "",
)
VALUES: Final = st.one_of(
    st.text(st.characters(exclude_characters="\0"), max_size=30),
    st.text("[]:/@.*,%?#0123456789abAB\udcff -", max_size=30),
    st.sampled_from([PROXY, "", "*", "[::1]", "::1/128", "10.0.0.0/8"]),
)
NAMES: Final = st.sampled_from(
    [
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "NO_PROXY",
        "WSS_PROXY",
        "PIP_PROXY",
    ]
)


def every_client() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("dialect", PYTHON_DIALECTS, ids=lambda dialect: dialect.name)


@every_client()
@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(MANY, id="100,000-names"),
        pytest.param(NETWORKS, id="20,000-networks"),
        pytest.param(LONG, id="one-entry-of-1-MB"),
        pytest.param("." * 1_000_000, id="1-MB-of-dots"),
        pytest.param(":" * 1_000_000, id="1-MB-of-colons"),
        pytest.param("," * 1_000_000, id="1-MB-of-commas"),
        pytest.param("[" * 1_000_000, id="1-MB-of-brackets"),
    ],
)
def test_a_huge_list_is_answered_within_seconds(dialect: Dialect, entries: str) -> None:
    environment = {"http_proxy": PROXY, "https_proxy": PROXY, "no_proxy": entries}
    begun = time.process_time()
    router = dialect.prepare(environment)
    kinds = {router(url).kind for url in ("https://host.test/", "http://10.1.2.3/")}
    assert time.process_time() - begun < LIMIT
    assert kinds <= {RouteKind.PROXIED, RouteKind.DIRECT, RouteKind.ERROR}


@every_client()
def test_a_huge_proxy_is_answered_within_seconds(dialect: Dialect) -> None:
    begun = time.process_time()
    for value in (LONG, f"http://u:{LONG}@proxy.test:3128", f"http://{LONG}", f"http://a:{'9' * 1_000_000}"):
        dialect.prepare({"http_proxy": value, "https_proxy": value})("https://host.test/")
    assert time.process_time() - begun < LIMIT


def measure(router: Router) -> float:
    """Seconds of the processor for 200 decisions; the least of several is without what else came between."""
    begun = time.process_time()
    for _ in range(200):
        router("https://a.b.c.d.test/")
    return time.process_time() - begun


@every_client()
def test_a_decision_does_not_walk_the_list(dialect: Dialect) -> None:
    routers = {
        size: dialect.prepare({"https_proxy": PROXY, "no_proxy": ",".join(MANY.split(",")[:size])})
        for size in (100, 5_000)
    }
    elapsed = {size: min(measure(router) for _ in range(3)) for size, router in routers.items()}
    assert elapsed[5_000] < 10 * elapsed[100] + 0.01


@every_client()
@given(st.dictionaries(NAMES, VALUES), st.one_of(st.sampled_from(URLS), st.text(max_size=20)))
def test_nothing_raises(dialect: Dialect, environment: dict[str, str], url: str) -> None:
    route = dialect.prepare(environment)(url)
    assert (route.proxy is not None) == (route.kind is RouteKind.PROXIED)
    assert route.reason


@every_client()
def test_a_message_is_not_searched_for_each_piece_of_a_long_variable(dialect: Dialect) -> None:
    value = "".join(f"proxy{number}:3128" for number in range(60_000))
    with soon(2):
        dialect.prepare({"https_proxy": value, "HTTPS_PROXY": value})("https://a.test/")
