"""The text of a TOML file with one statement more or less: every other byte stays where it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proxyenv.formats.format import last_line, newline_of
from proxyenv.formats.toml_layout import TABLE, line_end, render_key

if TYPE_CHECKING:
    from proxyenv.formats.toml_layout import KeyPath, TomlLayout, TomlStatement


def insert(layout: TomlLayout, path: KeyPath, value: str) -> str:
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


def remove(layout: TomlLayout, statement: TomlStatement) -> str:
    """The text without a statement."""
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


def remove_empty(layout: TomlLayout, table: KeyPath) -> str:
    """The text without a table that has nothing in it; comments below its header stay."""
    text, header, statement = layout.text, layout.header(table), layout.find(table)
    if statement is not None and not text[statement.value + 1 : statement.stop - 1].strip():
        return remove(layout, statement)
    if header is None:
        return text
    stop = min((each.start for each in layout.headers if each.start >= header.stop), default=len(text))
    if any(header.stop <= each.start < stop for each in layout.statements):
        return text
    head = re.sub(r"(\A|\n)\r?\n\Z", r"\1", text[: header.start])
    return head + text[header.stop :]
