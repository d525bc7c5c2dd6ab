"""TOML, JSON and YAML by their libraries, which go to any depth and size: too much is refused before.

A dotted key costs tomllib the square of its parts, a nested value costs every parser its stack, and libyaml
crashes there. What a person writes has a few levels. Every refusal is a :class:`ValueError` whose text is a
clause that names the line.
"""

from __future__ import annotations

import functools
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 4_000_000
"""In characters. A settings file is a few kilobytes; a larger one is refused before any parser runs."""

TOO_LONG: Final = f"it is longer than {LONGEST // 1_000_000} million characters"

DEEPEST: Final = 100
_TOO_DEEP: Final = "it is nested too deeply"
MOST_PARTS: Final = 50
"""Of a dotted key."""

_MOST_DIGITS: Final = 1000
MOST_NODES: Final = 100_000

_EXACT: Final = 30_000
"""In characters. What is longer goes to libyaml, which is ten times as fast and reads a tab otherwise."""
_EXACT_PLAIN: Final = 4_000
"""Of a text in ASCII without a tab, which both read alike."""

# What holds no structure, closed or not, in one pass: nothing is looked at again.
_TOML_TEXT: Final = (
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']++|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+"
)
_UNDECODED: Final = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes that are not UTF-8 where a file has to be kept as it is."""

_JSON_TEXT: Final = r'"(?:[^"\\]++|\\[\s\S])*+"?'
_DIGITS: Final = rf"(?<![0-9_])[0-9_]{{{_MOST_DIGITS}}}"


def parse_toml(text: str) -> dict[str, Any]:
    """The meaning of a TOML document.

    Raises:
        ValueError: it is none, or more than anybody writes.
    """
    import tomllib

    if len(text) > LONGEST:
        raise ValueError(TOO_LONG)
    if _UNDECODED.search(text):
        raise ValueError("it is not UTF-8")
    _require_plain(text, _TOML_TEXT)
    try:
        return tomllib.loads(text)
    except RecursionError as error:  # called with most of the stack in use
        raise ValueError(_TOO_DEEP) from error


@functools.lru_cache(maxsize=2)  # a file and what becomes of it: many ask for both
def read_toml(text: str) -> dict[str, Any]:
    """As :func:`parse_toml`, for a whole file, and once: whoever gets it changes nothing in it."""
    return parse_toml(text)


def parse_json(text: str, *, longest: int = LONGEST) -> Any:  # noqa: ANN401 - JSON holds anything
    """The meaning of a JSON document.

    Raises:
        ValueError: it is none, or more than anybody writes.
    """
    import json

    if len(text) > longest:
        raise ValueError(f"it is longer than {longest // 1_000_000} million characters")
    _require_plain(text, _JSON_TEXT)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def _require_plain(text: str, texts: str) -> None:
    """Refuse depth, keys of many parts, and numbers of many digits.

    Args:
        text: a document.
        texts: a pattern of what has no structure in it: strings, comments.
    """
    is_flat = text.count("[") + text.count("{") <= DEEPEST and text.count(".") <= MOST_PARTS
    has_digits = re.search(_DIGITS, text) is not None
    if is_flat and not has_digits:
        return
    bare = re.sub(texts, lambda found: "\n" * found[0].count("\n"), text)
    if not is_flat:
        _require_shallow(bare)
    if has_digits:
        _require_short_numbers(bare)


def _require_shallow(bare: str) -> None:
    depth = 0
    for number, line in enumerate(bare.split("\n"), start=1):
        for mark in re.findall(r"[\[\]{}]", line):
            depth += 1 if mark in "[{" else -1
            if depth > DEEPEST:
                raise ValueError(f"{_TOO_DEEP} (at line {number})")
        if line.count(".") > MOST_PARTS and max(map(_count_dots, re.split(r"[,=\[\]{}]", line))) > MOST_PARTS:
            raise ValueError(f"a key has more than {MOST_PARTS} parts (at line {number})")


def _require_short_numbers(bare: str) -> None:
    found = re.search(_DIGITS, bare)
    if found:
        line = bare.count("\n", 0, found.start()) + 1
        raise ValueError(f"a number has {_MOST_DIGITS} digits or more (at line {line})")


def _count_dots(piece: str) -> int:
    return piece.count(".")


def compose_yaml(text: str, *, is_stream: bool = False) -> list[Any]:
    """The trees of the parser, one for each document with anything in it; an alias is the node itself.

    Args:
        text: the file.
        is_stream: whether it may have more than one document.

    Raises:
        ValueError: it is no YAML, or more than anybody writes.
    """
    import yaml

    if len(text) > LONGEST:
        raise ValueError(TOO_LONG)
    loader = _load_exact()
    try:
        if len(text) > (_EXACT_PLAIN if text.isascii() and "\t" not in text else _EXACT):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            _require_small(yaml.parse(text, Loader=loader))
        found = yaml.compose_all(text, Loader=loader) if is_stream else (yaml.compose(text, Loader=loader),)
        return [node for node in found if node is not None]
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"line {mark.line + 1} is not YAML" if mark else "it is not YAML") from error


@cache
def _load_exact() -> Any:  # noqa: ANN401 - the library has no types
    """PyYAML's own loader, which stops where nesting is too deep: there it takes the square of the depth."""
    import yaml

    class ExactLoader(yaml.SafeLoader):  # type: ignore[misc] # the library has no types
        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - the library has no types
            self.depth += 1
            if self.depth > DEEPEST and self.check_event(yaml.CollectionStartEvent):
                raise _refuse_depth(self.peek_event())
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    return ExactLoader


def _refuse_depth(event: Any) -> ValueError:  # noqa: ANN401 - the library has no types
    return ValueError(f"{_TOO_DEEP} (at line {event.start_mark.line + 1})")


def _require_small(events: Iterator[Any]) -> None:
    """Refuse many nodes, and depth, which libyaml's own events say without a stack."""
    depth = 0
    for number, event in enumerate(events):
        name = type(event).__name__
        if name in {"MappingStartEvent", "SequenceStartEvent"}:
            depth += 1
        elif name in {"MappingEndEvent", "SequenceEndEvent"}:
            depth -= 1
        if depth > DEEPEST:
            raise _refuse_depth(event)
        if number > MOST_NODES:
            raise ValueError(f"it has more than {MOST_NODES:,} values")
