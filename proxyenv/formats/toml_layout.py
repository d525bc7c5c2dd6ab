"""Where everything in a TOML file is: headers, statements, and those in inline tables.

What a file means is for :mod:`tomllib` to say; here a text is known to be TOML.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from operator import attrgetter
from typing import Any, Final

from proxyenv.record import NamedTuple

KeyPath = tuple[str, ...]

TABLE: Final = "{}"
"""The value of every table."""

_STRING: Final = (
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""["]{0,2}'
    r"|'''(?:[^']|'(?!''))*'''[']{0,2}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_KEY: Final = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_TOKEN: Final = re.compile(
    rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<mark>[\[\]{{}},\n])|[^\[\]{{}},\n#\"']+"
)
_INNER: Final = re.compile(
    rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<mark>[\[\]{{}}])|[^\[\]{{}}#\"']+"
)
"""In brackets, where a comma or a line end says nothing."""
_SHORT: Final = r""""[^"\\\n]*+"(?!")|'[^'\n]*+'(?!')"""
_LINE: Final = re.compile(
    r"[ \t]*+(?P<name>[A-Za-z0-9_-]++)[ \t]*+=[ \t]*+"
    rf"(?P<value>{_SHORT}|[^\s\"'\[\]{{}},#]++|\[(?:[^\[\]{{}}#\"'\n]++|{_SHORT})*+\])[ \t]*+(?:\r?\n|\Z)"
)
"""A statement as nearly all are."""
_HEADER: Final = re.compile(
    r"\[(?P<array>\[)?+(?P<key>[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+)\]\]?[ \t]*+(?:\r?\n|\Z)"
)
"""A header as nearly all are."""
_EMPTY_LINES: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*+")
"""And comments."""
_BLANK: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


class TomlStatement(NamedTuple):
    """One ``key = value``, in a line of its own or in an inline table.

    Args:
        path: the whole key, the table that it stands in included.
        table: how much of *path* the header above it or the inline table around it gives.
        start: where its key starts.
        value: where its value starts.
        stop: where its value ends.
        is_inline: whether it stands in an inline table.
    """

    path: KeyPath
    table: int
    start: int
    value: int
    stop: int
    is_inline: bool

    def moved(self, by: int) -> TomlStatement:
        """The same further on in a text."""
        path, table, start, value, stop, is_inline = self
        return TomlStatement(path, table, start + by, value + by, stop + by, is_inline)


class TomlHeader(NamedTuple):
    """One ``[table]``; *path* is ``None`` for ``[[an array of them]]``."""

    path: KeyPath | None
    name: KeyPath
    start: int
    stop: int

    def moved(self, by: int) -> TomlHeader:
        """The same further on in a text."""
        return TomlHeader(self.path, self.name, self.start + by, self.stop + by)


_START: Final = attrgetter("start")


class TomlLayout(NamedTuple):
    """Where everything in a file is, and what it means."""

    text: str
    headers: tuple[TomlHeader, ...]
    statements: tuple[TomlStatement, ...]
    meaning: dict[str, Any]

    def find(self, path: KeyPath) -> TomlStatement | None:
        """The statement of a whole key."""
        return next((each for each in self.statements if each.path == path), None)

    def header(self, path: KeyPath) -> TomlHeader | None:
        """The header that opens a table."""
        return next((each for each in self.headers if each.path == path), None)

    def edited(self, text: str, meaning: dict[str, Any]) -> TomlLayout:
        """The layout of a text that differs in one place: the tables there are scanned, the others moved.

        Args:
            text: the new one.
            meaning: what it means.
        """
        headers, statements = self.headers, self.statements
        start = _count_shared(self.text, text)
        end = len(self.text) - _count_shared(self.text[start:][::-1], text[start:][::-1])
        moved = len(text) - len(self.text)
        first = max(bisect_left(headers, start, key=_START) - 1, 0)
        last = bisect_left(headers, end, key=_START)
        begins = headers[first].start if headers and headers[first].start < start else 0
        first = first if begins else 0
        ends = headers[last].start if last < len(headers) else len(self.text)
        table = headers[first - 1].name if first else ()
        new_headers, new_statements = scan_toml(text, begins, ends + moved, table)
        from_, to = (bisect_left(statements, each, key=_START) for each in (begins, ends))
        return TomlLayout(
            text,
            (*headers[:first], *new_headers, *(each.moved(moved) for each in headers[last:])),
            (*statements[:from_], *new_statements, *(each.moved(moved) for each in statements[to:])),
            meaning,
        )


def parse_key(key: str) -> KeyPath:
    """A dotted key, taken apart; :func:`render_key` is the inverse."""
    return _parse_key(key, 0)[0]


def render_key(*path: str) -> str:
    """A dotted key, each part quoted where it has to be."""
    return ".".join(part if _BARE.fullmatch(part) else quote_toml(part) for part in path)


def quote_toml(value: str) -> str:
    """A text as a TOML string in one line."""
    escaped = "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else _escape(char) for char in value
    )
    return f'"{escaped}"'


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - the last of the plane


def is_closed(value: str) -> bool:
    """Whether a value ends where its text does: nothing that follows it becomes part of it."""
    return 0 < _value_end(value, 0) == len(value)


def scan_toml(
    text: str, start: int = 0, stop: int | None = None, table: KeyPath = ()
) -> tuple[tuple[TomlHeader, ...], tuple[TomlStatement, ...]]:
    """Where the statements and headers of a valid file are.

    Args:
        text: the file.
        start: the line that is the first.
        stop: the start of the line that is not looked at any more; by default the end.
        table: the one that the first line is in.

    Raises:
        ValueError: it is no valid file.
    """
    headers: list[TomlHeader] = []
    statements: list[TomlStatement] = []
    position, end = start, len(text) if stop is None else stop
    depth = len(table)
    while position < end:
        if plain := _LINE.match(text, position):
            path = (*table, plain["name"])
            value = plain.span("value")
            statements.append(TomlStatement(path, depth, plain.start("name"), *value, False))  # noqa: FBT003 - in their order, as one of very many
            position = plain.end()
            continue
        if plain := _HEADER.match(text, position):
            table, following = tuple(plain["key"].split(".")), plain.end()
            headers.append(TomlHeader(None if plain["array"] else table, table, position, following))
            depth, position = len(table), following
            continue
        found = _EMPTY_LINES.match(text, position)
        if found is not None and found.end() > position:
            position = found.end()
            continue
        first = _skip(text, position)
        following = line_end(text, first)
        if text.startswith("[", first):
            is_array = text.startswith("[[", first)
            table, _ = _parse_key(text, first + 1 + is_array)
            headers.append(TomlHeader(None if is_array else table, table, position, following))
            depth = len(table)
        elif first < len(text) and text[first] not in "#\r\n":
            following = line_end(text, _scan_statement(text, first, table, statements, is_inline=False))
        position = following
    return tuple(headers), tuple(statements)


def _scan_statement(
    text: str, start: int, table: KeyPath, statements: list[TomlStatement], *, is_inline: bool
) -> int:
    """Add the statement at *start*, and those in its inline table. Returns where its value ends."""
    name, position = _parse_key(text, start)
    value = _skip(text, text.index("=", position) + 1)
    path = (*table, *name)
    place = len(statements)
    if text.startswith("{", value):
        stop = _scan_inline(text, value, path, statements)
    else:
        stop = _value_end(text, value)
    statements.insert(place, TomlStatement(path, len(table), start, value, stop, is_inline))
    return stop


def _scan_inline(text: str, start: int, path: KeyPath, statements: list[TomlStatement]) -> int:
    position = _skip(text, start + 1)
    while not text.startswith("}", position):
        position = _skip(text, _scan_statement(text, position, path, statements, is_inline=True))
        if text.startswith(",", position):
            position = _skip(text, position + 1)
    return position + 1


def _value_end(text: str, start: int) -> int:
    """Where a value ends: before what follows it on its line, or in its inline table."""
    depth, position, stop = 0, start, start
    while position < len(text):
        found = (_INNER if depth else _TOKEN).match(text, position)
        if found is None:
            break
        mark = found["mark"] or ""
        if not depth and (found["comment"] or (mark and mark in ",}\n")):
            break
        depth += (mark in {"[", "{"}) - (mark in {"]", "}"})
        position = found.end()
        if not found["comment"] and found[0].strip():
            stop = found.start() + len(found[0].rstrip())
    return stop


def _parse_key(text: str, start: int) -> tuple[KeyPath, int]:
    parts: list[str] = []
    position = start
    while (found := _KEY.match(text, _skip(text, position))) is not None:
        part = found[0]
        if part[0] == '"' and "\\" in part:
            part = tomllib.loads(f"v = {part}")["v"]
        elif part[0] in "\"'":
            part = part[1:-1]
        parts.append(part)
        position = _skip(text, found.end())
        if not text.startswith(".", position):
            break
        position += 1
    return tuple(parts), position


def _skip(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    return found.end() if found else position


def line_end(text: str, position: int) -> int:
    """Behind the line that *position* is in."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _count_shared(one: str, other: str) -> int:
    """How many characters two texts have in common from their start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
