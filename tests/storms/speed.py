"""How long a reading of a megabyte takes, in seconds of the processor, and of which input the longest."""

from __future__ import annotations

import concurrent.futures
import gc
import heapq
import multiprocessing
import operator
from typing import TYPE_CHECKING, Final, NamedTuple

from support.long_input import find_numbered, find_repeated

if TYPE_CHECKING:
    from support.fuzz_targets import FuzzTarget
    from support.long_input import LongInput

MEGABYTE: Final = 1_000_000
SECONDS_PER_MB: Final = 1.0
"""Of the processor, for one reading."""
_SAMPLE: Final = 20
"""Each kind of input is tried with so small a part of it."""
_SLOWEST: Final = 12
_TRIES: Final = 2
"""More, where something took too long: what else a machine does costs time of the processor too."""
_PARTS: Final = (4, 2, 1)
"""The slowest kinds are tried with these parts: all of one may be refused for its size, which is quick."""


def judge_speed(index: int, name: str) -> list[str]:
    """Say how long a reading takes, and what is wrong with that; nothing leads the input of this process."""
    context = multiprocessing.get_context("fork")
    try:
        with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
            speed = pool.submit(measure_target, index).result()
    except Exception as error:  # noqa: BLE001 - a fault of a reader does not end the others
        return [f"{type(error).__name__} on long input: {str(error)[:200]!a}"]
    print(f"{name}: {speed}", flush=True)
    return ["that is too long"] if speed.seconds > SECONDS_PER_MB else []


def measure_target(index: int) -> Speed:
    """What that process does."""
    from support.fuzz_targets import make_targets

    return find_speed(make_targets()[index])


class Speed(NamedTuple):
    """The slowest reading of what has up to a megabyte.

    Args:
        seconds: of the processor.
        size: of the input, in bytes.
        reading: what is read for.
        kind: the parts that the input is made of.
    """

    seconds: float
    size: int
    reading: str
    kind: tuple[bytes, ...]

    def __str__(self) -> str:
        """In one line."""
        parts = " ".join(f"{part[-40:]!a}" for part in self.kind if part)
        read = f"`{self.reading}`, {self.size // 1000} kB of {parts}"
        return f"at most {self.seconds:.2f} s for a reading ({read})"


def find_speed(target: FuzzTarget, length: int = MEGABYTE) -> Speed:
    """Try every kind of long input."""
    target(target.seeds[0])  # it imports, which is not its time
    gc.freeze()  # what there is already is not looked through after each of some thousand inputs
    try:
        return _find_slowest(target, length)
    finally:
        gc.unfreeze()


def _find_slowest(target: FuzzTarget, length: int) -> Speed:
    kinds = (*find_repeated(target), *find_numbered(target))
    sampled = ((_measure(target, kind, length // _SAMPLE), kind) for kind in kinds)
    slowest = heapq.nlargest(_SLOWEST, sampled, key=operator.itemgetter(0))
    longest, kind = max(
        ((_measure(target, kind, length // part), kind) for _, kind in slowest for part in _PARTS),
        key=operator.itemgetter(0),
    )
    again = (_measure(target, kind, longest.size) for _ in range(_TRIES))
    return min(longest, *again) if longest.seconds > SECONDS_PER_MB else longest


def _measure(target: FuzzTarget, kind: LongInput, length: int) -> Speed:
    data = kind.make(length)
    gc.collect()
    gc.disable()  # as good as the program, which looks seldom, and has no other input to look through
    try:
        longest = target.measure(data)
    finally:
        gc.enable()
    return Speed(longest.seconds, len(data), longest.name, kind.name)
