"""TOML 1.0 in every shape, edited in place: one statement changes, and every other byte stays.

A key is a dotted key as TOML spells it, ``profiles."a.b".KEY``; a value is TOML as it is written in the file,
``"text"``. A table has the value ``{}``, whatever is in it: its settings have keys of their own. Whatever an
edit gives is read again by the parser and compared with what was meant.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import (
    LONGEST_NAME,
    Format,
    Item,
    LineNumbers,
    invalid,
    last_line,
    newline_of,
)
from proxyenv.formats.parse import parse_toml
from proxyenv.formats.toml_layout import TomlLayout, line_end, parse_key, render_key, scan_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.errors import ProxyenvError
    from proxyenv.formats.toml_layout import KeyPath, TomlStatement

TABLE: Final = "{}"
"""The value of every table."""


class _Toml:
    """The operations, for files of which a refusal is raised as *refuse* makes it."""

    def __init__(self, refuse: Callable[[str, str], ProxyenvError]) -> None:
        self.refuse = refuse

    def items(self, text: str, *, source: str) -> Iterator[Item]:
        """Every setting, of arrays of tables too."""
        layout = self._read(text, source)
        numbers = LineNumbers(text)
        for each in layout.statements:
            raw = text[each.value : each.stop]
            if raw.startswith("{"):
                continue
            meaning = _meaning(raw)
            value = meaning if isinstance(meaning, str) else raw
            line, last = numbers.at(each.start), numbers.at(each.stop - 1)
            section = render_key(*each.path[:-1])
            if len(section) > LONGEST_NAME:
                raise self.refuse(
                    source, f"line {line} is in a table with a name of {len(section):,} characters"
                )
            yield Item(section, each.path[-1], value, line, render_key(*each.path), last)

    def get(self, text: str, key: str, *, source: str) -> str | None:
        layout, path = self._read(text, source), parse_key(key)
        found = self._look_up(layout, path, source)
        if found is None:
            return None
        statement = layout.find(path)
        if isinstance(found, dict) or statement is None:
            return TABLE
        return text[statement.value : statement.stop]

    def set(self, text: str, key: str, value: str, *, source: str) -> str:
        layout, path = self._read(text, source), parse_key(key)
        found = self._look_up(layout, path, source)
        if isinstance(found, dict) and value == TABLE:
            return text
        if isinstance(found, dict) or (found is not None and value == TABLE):
            raise self.refuse(source, f"`{key}` is {'a' if isinstance(found, dict) else 'not a'} table")
        statement = layout.find(path)
        if statement is not None:
            result = text[: statement.value] + value + text[statement.stop :]
        else:
            result = _insert(layout, path, value)
        wanted = _meaning(value)
        if wanted is None or not _same(result, _with(layout.meaning, path, wanted)):
            raise PlanError(
                "value-unrepresentable", f"`{key}` in {source} would not be read back as it was written"
            )
        return result

    def unset(self, text: str, key: str, *, source: str) -> str:
        layout, path = self._read(text, source), parse_key(key)
        found = self._look_up(layout, path, source)
        if found is None or (isinstance(found, dict) and found):
            return text
        statement = None if isinstance(found, dict) else layout.find(path)
        result = text if statement is None else _remove(layout, statement)
        result = _remove_empty(self._read(result, source), path if statement is None else path[:-1])
        if not _same(result, _without(layout.meaning, path)):
            raise self.refuse(source, f"`{key}` cannot be taken out of it")
        return result

    def _read(self, text: str, source: str) -> TomlLayout:
        try:
            return _read_layout(text)
        except ValueError as error:
            raise self.refuse(source, f"it is not valid TOML: {error}") from error

    def _look_up(self, layout: TomlLayout, path: KeyPath, source: str) -> object:
        level: object = layout.meaning
        for depth, name in enumerate(path):
            if not isinstance(level, dict):
                raise self.refuse(source, f"`{render_key(*path[:depth])}` is not a table")
            if name not in level:
                return None
            level = level[name]
        return level


@functools.lru_cache(maxsize=2)  # the text before an edit and after it: each key asks for both
def _read_layout(text: str) -> TomlLayout:
    """What a file means and where; whoever gets it changes nothing in it.

    Raises:
        ValueError: it is not TOML.
    """
    meaning = parse_toml(text)
    return TomlLayout(text, *scan_toml(text), meaning)


def make_toml(refuse: Callable[[str, str], ProxyenvError]) -> Format:
    """TOML whose refusals are what *refuse* makes of the file's name and a reason."""
    toml = _Toml(refuse)
    return Format(toml.items, toml.get, toml.set, toml.unset, normal_toml)


def normal_toml(value: str) -> str:
    """A value whatever its quotes are."""
    meaning = _meaning(value)
    if meaning is None or isinstance(meaning, dict):
        return value
    return json.dumps(meaning, default=str)


TOML: Final = make_toml(invalid)
"""The files of cargo, uv and Poetry."""


def _meaning(value: str) -> Any:  # noqa: ANN401 - any kind of TOML value
    try:
        read = parse_toml(f"v = {value}\n")
    except ValueError:
        return None
    return read["v"] if read.keys() == {"v"} else None


def _insert(layout: TomlLayout, path: KeyPath, value: str) -> str:
    """The text with a statement, or for :data:`TABLE` a header, that it does not have yet."""
    inline = [each for each in layout.statements if path[: len(each.path)] == each.path]
    if inline:
        return _insert_inline(layout.text, inline[-1], path, value)
    if value == TABLE:
        return _append(layout.text, path, "")
    parent = path[:-1]
    line = f"{render_key(path[-1])} = {value}"
    if not parent:
        return _insert_first(layout, line)
    siblings = [
        each for each in layout.statements if each.path[: len(parent)] == parent and not each.is_inline
    ]
    header = layout.header(parent)
    own = [each for each in siblings if each.table == len(parent)] if header else siblings
    own = [each for each in own if each.table <= len(parent)]
    if own:
        last = own[-1]
        line = f"{render_key(*path[last.table :])} = {value}"
        return _insert_line(layout.text, line_end(layout.text, last.stop), line)
    if header:
        return _insert_line(layout.text, header.stop, line)
    return _append(layout.text, parent, line)


def _insert_inline(text: str, table: TomlStatement, path: KeyPath, value: str) -> str:
    name = render_key(*path[len(table.path) :])
    inside = text[table.value + 1 : table.stop - 1]
    kept = inside.rstrip(" \t")
    comma = ", " if kept.strip() else ""
    head = text[: table.value + 1] + kept
    return f"{head}{comma}{name} = {value}{inside[len(kept) :]}{text[table.stop - 1 :]}"


def _insert_first(layout: TomlLayout, line: str) -> str:
    """A key outside of every table: after the last such key, or before everything."""
    text, newline = layout.text, newline_of(layout.text)
    own = [each for each in layout.statements if each.table == 0 and not each.is_inline]
    if own:
        return _insert_line(text, line_end(text, own[-1].stop), line)
    return f"{line}{newline}{newline if text else ''}{text}"


def _insert_line(text: str, position: int, line: str) -> str:
    newline = newline_of(text)
    head = text[:position]
    return f"{head}{newline if last_line(head) else ''}{line}{newline}{text[position:]}"


def _append(text: str, table: KeyPath, line: str) -> str:
    newline = newline_of(text)
    gap = newline if text else ""
    text += newline if last_line(text) else ""
    return f"{text}{gap}[{render_key(*table)}]{newline}{line}{newline if line else ''}"


def _remove(layout: TomlLayout, statement: TomlStatement) -> str:
    text = layout.text
    if statement.is_inline:
        return _remove_inline(layout, statement)
    start = text.rfind("\n", 0, statement.start) + 1
    stop = line_end(text, statement.stop)
    alone = sum(each.table == 0 and not each.is_inline for each in layout.statements) == 1
    if start == 0 and statement.table == 0 and alone:
        gap = re.match(r"\r?\n", text[stop:])
        stop += gap.end() if gap else 0
    return text[:start] + text[stop:]


def _remove_inline(layout: TomlLayout, statement: TomlStatement) -> str:
    text = layout.text
    head, tail = text[: statement.start].rstrip(" \t"), text[statement.stop :]
    if head.endswith(","):
        return head[:-1] + tail
    rest = tail.lstrip(" \t")
    if rest.startswith(","):
        return text[: statement.start] + rest[1:].lstrip(" \t")
    return text[: statement.start] + tail


def _remove_empty(layout: TomlLayout, table: KeyPath) -> str:
    """The text without a table that has nothing in it; comments below its header stay."""
    text, header, statement = layout.text, layout.header(table), layout.find(table)
    if statement is not None and not text[statement.value + 1 : statement.stop - 1].strip():
        return _remove(layout, statement)
    if header is None:
        return text
    stop = min((each.start for each in layout.headers if each.start >= header.stop), default=len(text))
    if any(header.stop <= each.start < stop for each in layout.statements):
        return text
    head = re.sub(r"(\A|\n)\r?\n\Z", r"\1", text[: header.start])
    return head + text[header.stop :]


def _with(meaning: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    """A copy of a document with one value."""
    name, *rest = path
    inner = meaning.get(name, {})
    return {**meaning, name: _with(inner, tuple(rest), value) if rest else value}


def _without(meaning: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    name, *rest = path
    if rest:
        return {**meaning, name: _without(meaning[name], tuple(rest))}
    return {key: value for key, value in meaning.items() if key != name}


def _same(text: str, meaning: dict[str, Any]) -> bool:
    """Whether a text has a meaning, but for tables that are empty."""
    try:
        read = _read_layout(text).meaning
    except ValueError:
        return False
    return repr(_pruned(read)) == repr(_pruned(meaning))  # `nan` is not equal to itself


def _pruned(value: object) -> object:
    if isinstance(value, list):
        return [_pruned(each) for each in value]
    if not isinstance(value, dict):
        return value
    pruned = {key: _pruned(value[key]) for key in sorted(value)}
    return {key: each for key, each in pruned.items() if each != {}}
