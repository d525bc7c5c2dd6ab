"""No regular expression takes the square of its text, whatever text it begins to match again and again."""

from __future__ import annotations

import math
import re
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.growth import FACTOR, is_linear, soon
from support.machine import in_ci
from support.patterns import Used, find_units, list_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(1800), in_ci]

LENGTH: Final = 8_000

SERIOUS: Final = 0.15
"""Seconds on a quick machine, of text of four times that length: a square with less does no harm."""

EXEMPT: Final[Mapping[str, str]] = {
    "proxyenv.decide.images.paths._SETTINGS": "reads a path of 4,096 characters at the most",
    "proxyenv.decide.images.secrets._SAID": "reads a password of 256 bytes at the most",
    "proxyenv.decide.images.settings_files._RULES gitconfig$": "reads such a path",
    "proxyenv.formats.lines._YARN_KEYS": "reads a list of what it finds: another pattern has found that list",
    "proxyenv.no_proxy.dialects.undici._WITH_PORT": "matches a whole text: it is handed to what does that",
}
"""Patterns that are searched for with text that they never get, and why they do not."""

TAILS: Final = ("\0", "\n")


def list_texts(pattern: re.Pattern[Any], method: str) -> Iterator[Callable[[int], str | bytes]]:
    """Makers of long texts: many beginnings of a match, and behind most of one where it has one place."""
    units = find_units(pattern)
    heads = dict.fromkeys(("", units[-1][:-1] if units and method in {"match", "fullmatch"} else ""))
    is_text = isinstance(pattern.pattern, str)
    yield from (
        partial(make, head, unit, tail, is_text=is_text) for head in heads for unit in units for tail in TAILS
    )


def make(head: str, unit: str, tail: str, length: int, *, is_text: bool) -> str | bytes:
    """As many beginnings as make the square of the length, for long ones as for short ones."""
    text = head + unit * round(length / math.sqrt(len(unit))) + tail
    return text if is_text else text.encode("latin-1", "replace")


def use(pattern: re.Pattern[Any], method: str, text: str | bytes) -> None:
    if method in {"match", "fullmatch", "search"}:
        getattr(pattern, method)(text)
    else:
        deque(pattern.finditer(text), maxlen=0)


def is_quick(used: Used) -> bool:
    return all(
        is_linear(partial(use, used.pattern, method), text, LENGTH)
        or takes_little(partial(use, used.pattern, method), text(FACTOR * LENGTH))
        for method in used.methods
        for text in list_texts(used.pattern, method)
    )


def takes_little(work: Callable[[str | bytes], None], text: str | bytes) -> bool:
    try:
        with soon(SERIOUS):
            work(text)
    except AssertionError:
        return False
    return True


def test_no_pattern_takes_the_square_of_its_text() -> None:
    patterns = list(list_patterns())
    assert len(patterns) > 300
    slow = {used.where for used in patterns if not is_quick(used)}
    assert slow == set(EXEMPT)  # an exemption that is no longer needed would hide the next one


@pytest.mark.parametrize(
    ("method", "pattern"),
    [
        pytest.param("findall", r"'((?:[^'\\]|\\.)*)'", id="a text that does not end"),
        pytest.param("search", r"\d+(?:\.\d+)+", id="a number without a point"),
        pytest.param("search", r"\{.+\}", id="braces that are not closed"),
        pytest.param("findall", r"<a\s[^>]*href=[^>]+>", id="an element that does not end"),
        pytest.param("findall", r"(?s)-----BEGIN KEY-----.+?-----END", id="a block that does not end"),
        pytest.param("fullmatch", r"\w*\w*-", id="two ways to read each"),
    ],
)
def test_one_that_does_is_found(method: str, pattern: str) -> None:
    assert not is_quick(Used("planted", frozenset({method}), re.compile(pattern)))
