"""Readers of foreign bytes, given long input of one kind: their time grows as its length does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.fuzz_targets import FuzzTarget, make_targets
from support.growth import is_linear
from support.long_input import find_interrupted, find_numbered, find_repeated
from support.machine import in_ci

if TYPE_CHECKING:
    from support.long_input import LongInput

LENGTH: Final = 8_000

TARGETS: Final = [pytest.param(each, id=each.name) for each in make_targets()]


@in_ci
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", TARGETS)
def test_no_reader_takes_the_square_of_its_input(target: FuzzTarget) -> None:
    target(target.seeds[0])  # imports
    assert [kind.name for kind in find_repeated(target) if not is_quick(target, kind)] == []


@in_ci
@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS)
def test_nor_of_things_with_names_of_their_own(target: FuzzTarget) -> None:
    """What looks for each name among those before it is quick while all are the same."""
    target(target.seeds[0])  # imports
    assert [kind.name for kind in find_numbered(target) if not is_quick(target, kind)] == []


@in_ci
@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS)
def test_nor_of_blanks_in_the_middle(target: FuzzTarget) -> None:
    """What takes blanks one by one, and looks behind them each time, is quick where they end a line."""
    target(target.seeds[0])  # imports
    assert [kind.name for kind in find_interrupted(target) if not is_quick(target, kind)] == []


def is_quick(target: FuzzTarget, kind: LongInput) -> bool:
    return is_linear(target.__call__, kind.make, LENGTH)
