"""The runs that prove the workers of a work pool."""

from __future__ import annotations

from proxyenv.checks.child.runs import find_pause


def test_known_workers_are_met_four_times_each_before_the_next_run_waits() -> None:
    assert [find_pause(runs, 2) for runs in (0, 7, 8, 9, 10, 11, 12, 10_000)] == [0, 0, 1, 2, 4, 8, 15, 15]
    assert find_pause(39, 10) == 0


def test_among_many_workers_who_was_busy_is_still_drawn() -> None:
    assert [find_pause(10_000, workers) for workers in (1, 3, 10, 100)] == [15, 10, 3, 0.3]
