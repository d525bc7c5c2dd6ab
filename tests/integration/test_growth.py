"""Readers of foreign bytes, given long input of one kind: their time grows as its length does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.fuzz_targets import FuzzTarget, make_targets
from support.growth import is_linear
from support.long_input import find_interrupted, find_numbered, find_repeated
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.long_input import LongInput

LENGTH: Final = 8_000

SPREAD: Final = 3
"""Each reader is given every third kind, and each kind to every third reader. `scripts/storm --fuzz` gives
all of them a megabyte of all."""

NAMES: Final = [each.name for each in make_targets()]

TARGETS: Final = [pytest.param(each, id=each.name) for each in make_targets()]


@in_ci
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "find",
    [
        pytest.param(find_repeated, marks=pytest.mark.timeout(1200), id="one thing many times"),
        # what looks for each name among those before it is quick while all are the same
        pytest.param(find_numbered, marks=pytest.mark.timeout(600), id="names of their own"),
        # what takes blanks one by one, and looks behind them each time, is quick where they end a line
        pytest.param(find_interrupted, marks=pytest.mark.timeout(600), id="blanks in the middle"),
    ],
)
def test_no_reader_takes_the_square_of_its_input(
    find: Callable[[FuzzTarget], Iterator[LongInput]], target: FuzzTarget
) -> None:
    target(target.seeds[0])  # imports
    kinds = [*find(target)][NAMES.index(target.name) % SPREAD :: SPREAD]
    slow = [kind.name for kind in kinds if not is_linear(target.__call__, kind.make, LENGTH)]
    assert slow == []
