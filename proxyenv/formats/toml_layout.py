"""Where everything in a TOML file is: headers, statements, and those in inline tables.

What a file means is for :mod:`tomllib` to say; here a text is known to be TOML.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from proxyenv.record import NamedTuple

KeyPath = tuple[str, ...]

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
    is_inline: bool = False


class TomlHeader(NamedTuple):
    """One ``[table]``; *path* is ``None`` for ``[[an array of them]]``."""

    path: KeyPath | None
    name: KeyPath
    start: int
    stop: int


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


def scan_toml(text: str) -> tuple[tuple[TomlHeader, ...], tuple[TomlStatement, ...]]:
    """Where the statements and headers of a valid file are."""
    headers: list[TomlHeader] = []
    statements: list[TomlStatement] = []
    position = 0
    table: KeyPath = ()
    while position < len(text):
        found = _EMPTY_LINES.match(text, position)
        if found is not None and found.end() > position:
            position = found.end()
            continue
        start = _skip(text, position)
        end = line_end(text, start)
        if text.startswith("[", start):
            is_array = text.startswith("[[", start)
            name, _ = _parse_key(text, start + 1 + is_array)
            headers.append(TomlHeader(None if is_array else name, name, position, end))
            table = name
        elif start < len(text) and text[start] not in "#\r\n":
            end = _scan_statement(text, start, table, statements, is_inline=False)
            end = line_end(text, end)
        position = end
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
        found = _TOKEN.match(text, position)
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
        parts.append(part if part[0] not in "\"'" else tomllib.loads(f"v = {part}")["v"])
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
