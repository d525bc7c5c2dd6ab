"""A check that nothing interrupts has a limit."""

from __future__ import annotations

import time

import pytest

from proxyenv.checks.finding import Finding
from proxyenv.checks.lane import run_within


def sleep() -> Finding:
    time.sleep(60)
    return Finding("too late")


def test_an_answer_in_time() -> None:
    assert run_within(5, lambda: Finding("fine")).detail == "fine"


def test_an_answer_that_does_not_come() -> None:
    begun = time.monotonic()
    finding = run_within(0.1, sleep)
    assert (finding.cause, finding.detail) == ("timeout", "no answer in 0.1 s")
    assert time.monotonic() - begun < 50


def test_an_error_is_raised_where_one_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        run_within(5, lambda: Finding(str(1 / 0)))
