"""A plugin of pytest: the order of the tests, a time after which no long one begins, and a second try.

A machine may be several times as slow as another, or as itself an hour before, and both CI and people have a
limit: with ``--until`` the long tests that would begin later are left out, and counted. It may also stand
still for minutes, which real servers and their clients do not bear: with ``--again-until`` a long test that
fails is run once more, and the summary names it.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import Any, Final

import pytest

QUICK: Final = frozenset({"contract", "unit"})
"""Directories of tests that take seconds: they always run."""

BEGUN_FIRST: Final = frozenset(
    ("integration", f"test_{name}.py") for name in ("secrets", "pool_check", "pool_trouble", "no_space")
)
"""Of many minutes each: at the end the other processors would wait for them."""

BEGUN_LAST: Final = "integration"
"""The directory that takes as long as all others together: it is what a slow machine leaves out of."""

_LEFT_OUT: Final = "out of time"
_OVER: Final = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--until``."""
    parser.addoption(
        "--until",
        type=float,
        default=math.inf,
        metavar="SECONDS",
        help="no long test begins after that, in seconds since 1970 (default: there is no limit)",
    )
    parser.addoption(
        "--again-until",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="a long test that fails before that is run once more (default: none is)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest modules first, then all that is quick, then the other long ones.

    A second try is that of pytest-rerunfailures. It is within the time of the first, so where that is over
    there is none.
    """
    again_until = config.getoption("again_until")
    for item in filter(_is_long, items if again_until else ()):
        may_be_run_again = partial(_has_time, item, again_until)
        item.add_marker(pytest.mark.flaky(reruns=1, condition=may_be_run_again))
    items.sort(
        key=lambda item: (
            (item.path.parent.name, item.path.name) not in BEGUN_FIRST,
            _is_long(item),
            _find_room(item) == BEGUN_LAST,
        )
    )


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> None:
    """Note when the time of a test is over: the alarm of pytest-timeout rings once, for all its tries."""
    item.stash[_OVER] = time.monotonic() + settings.timeout


def _has_time(item: pytest.Item, until: float) -> bool:
    return time.time() < until and time.monotonic() < item.stash.get(_OVER, math.inf)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a long test out that would begin too late; one that is skipped anyway is not counted."""
    is_second_try = getattr(item, "execution_count", 1) > 1
    if _is_long(item) and not is_second_try and time.time() > item.config.getoption("until"):
        pytest.skip(_LEFT_OUT)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many were left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    if count := sum(_LEFT_OUT in report.longreprtext for report in skipped):
        terminalreporter.section(f"out of time: {count} long tests were left out", red=True)


def _is_long(item: pytest.Item) -> bool:
    """Whether a test drives real servers, clients or shells."""
    return _find_room(item) not in QUICK


def _find_room(item: pytest.Item) -> str:
    """The directory of *item* in that of all tests."""
    return item.path.relative_to(item.config.rootpath / "tests").parts[0]
