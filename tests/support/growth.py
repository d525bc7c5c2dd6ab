"""How the time of some work grows with its input, by the clock of the processor, which others share."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

FACTOR: Final = 4
_MOST: Final = 9
"""Between 4, which is linear, and 16, which is the square."""
_NOTHING: Final = 0.05
"""Seconds that are too short to be compared."""
_TRIES: Final = 3


def is_linear(work: Callable[[T], object], make: Callable[[int], T], size: int) -> bool:
    """Whether four times the input takes about four times as long.

    Args:
        work: is done.
        make: input of some size.
        size: the smaller one; a second try has other input, since some work is remembered.
    """
    sizes = (size + size // 10 * attempt for attempt in range(_TRIES))
    return any(_is_linear_once(work, make(each), make(FACTOR * each)) for each in sizes)


def _is_linear_once(work: Callable[[T], object], small: T, large: T) -> bool:
    """Each input is measured once: a second time some readers remember it."""
    taken = _measure(work, large)
    return taken < _NOTHING or taken < _MOST * max(_measure(work, small), _NOTHING / _MOST)


def _measure(work: Callable[[T], object], value: T) -> float:
    with _without_collections():
        begun = time.process_time()
        work(value)
        return time.process_time() - begun


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """A collection takes half a second late in a long run of tests, and many on a slow machine."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_STANDARD: Final = 0.05
"""Seconds of the processor that :func:`_work` takes on a quick machine."""


_SLOWEST: Final = 10.0


@contextlib.contextmanager
def soon(seconds: float) -> Iterator[None]:
    """Whether something takes less than so many seconds of a quick machine's processor.

    A slow one, or one whose memory others use, has as many times more as it takes for a known piece of work,
    but at most ten times: a reader that takes the square takes more than that. The kernel's time does not
    count: new memory takes fifty times as long on a machine whose memory others use.
    """
    before = _find_pace()
    with _without_collections():
        begun = os.times().user
        yield
        taken = os.times().user - begun
    pace = min(max(before, _find_pace()), _SLOWEST)
    assert taken < seconds * pace, f"{taken:.1f} s, where a quick machine is {pace:.1f} times as quick"


def _find_pace() -> float:
    """How many times as long as on a quick machine something takes here, now."""
    return max(1.0, min(_measure(_work, 0) for _ in range(2)) / _STANDARD)


def _work(_: int) -> None:
    """Texts, lists and a dictionary, as most of what is measured has them."""
    texts = [f"{number}:{number % 7}" for number in range(100_000)]
    dict.fromkeys(texts)
    ",".join(texts).split(",")
