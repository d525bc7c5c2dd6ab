"""A sample of `scripts/storm --fuzz`: every reader of foreign bytes copes with some made-up input."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from storms.fuzz import change
from storms.speed import find_speed
from support.fuzz_targets import FuzzTarget, make_targets, read_certificates, require_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = make_targets()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_but_our_own_errors_comes_of_made_up_input(target: FuzzTarget) -> None:
    chance = random.Random(target.name)  # noqa: S311 - input, not secrets
    for data in (*target.seeds, b"", *target.words):
        target(data)
    for _ in range(10):
        target(change(chance.choice(target.seeds), target.words, chance, longest=2000))


def test_what_is_no_certificate_is_found_in_a_bundle() -> None:
    pem = TARGETS[0].seeds[0]
    require_bundle(b"# a title\n" + pem)
    for planted in (b"-----BEGIN PRIVATE KEY-----\n", b"text\n", pem.replace(b"M", b"N")):
        with pytest.raises((AssertionError, ValueError)):
            require_bundle(pem + planted)
    read_certificates(pem)


def test_the_slowest_reading_of_the_longest_input_is_found() -> None:
    def read(data: bytes) -> Iterator[str]:
        yield "look"
        begun = time.process_time()
        while time.process_time() < begun + 5e-6 * len(data):
            pass
        yield "crawl"
        yield "end"

    speed = find_speed(FuzzTarget("slow", read, (b"a",), (b"b",)), length=8_000)
    assert (speed.reading, speed.size // 1000, speed.seconds > 0.039) == ("crawl", 8, True)
