"""TOML 1.0 in every shape, edited in place: one statement changes, and every other byte stays.

A key is a dotted key as TOML spells it, ``profiles."a.b".KEY``; a value is TOML as it is written in the file,
``"text"``. A table has the value ``{}``, whatever is in it: its settings have keys of their own. Whatever an
edit gives is read again by the parser and compared with what was meant.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import LONGEST_NAME, Format, Item, LineNumbers, invalid
from proxyenv.formats.parse import parse_toml, read_toml
from proxyenv.formats.toml_layout import TABLE, TomlLayout, is_closed, parse_key, render_key, scan_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.errors import ProxyenvError
    from proxyenv.formats.toml_layout import KeyPath


class _Toml:
    """The operations, for files of which a refusal is raised as *refuse* makes it."""

    def __init__(self, refuse: Callable[[str, str], ProxyenvError]) -> None:
        self.refuse = refuse

    def items(self, text: str, *, source: str) -> Iterator[Item]:
        """Every setting, of arrays of tables too."""
        layout = self._read(text, source)
        numbers = LineNumbers(text)
        rendered: dict[KeyPath, str] = {}
        for each in layout.statements:
            raw = text[each.value : each.stop]
            if raw.startswith("{"):
                continue
            said = _say(raw)
            line, last = numbers.at(each.start), numbers.at(each.stop - 1)
            *above, name = each.path
            section = rendered.get(tuple(above))
            if section is None:
                section = rendered[tuple(above)] = render_key(*above)
            if len(section) > LONGEST_NAME:
                raise self.refuse(
                    source, f"line {line} is in a table with a name of {len(section):,} characters"
                )
            key = f"{section}.{render_key(name)}" if above else render_key(name)
            yield Item(section, name, raw if said is None else said, line, key, last)

    def get(self, text: str, key: str, *, source: str) -> str | None:
        return self.edit(text, source=source).get(key)

    def set(self, text: str, key: str, value: str, *, source: str) -> str:
        return _edit(self.edit(text, source=source), ((key, value),))

    def unset(self, text: str, key: str, *, source: str) -> str:
        return _edit(self.edit(text, source=source), ((key, None),))

    def edit(self, text: str, *, source: str) -> _TomlEditor:
        return _TomlEditor(self._read(text, source), source, self.refuse)

    def _read(self, text: str, source: str) -> TomlLayout:
        try:
            return _read_layout(text)
        except ValueError as error:
            raise self.refuse(source, f"it is not valid TOML: {error}") from error


class _TomlEditor:
    """A text of which several keys are changed: the parser reads it before, and once after all of them.

    In between the places of its statements, and what it has to mean, follow from the ones before.
    """

    def __init__(self, layout: TomlLayout, source: str, refuse: Callable[[str, str], ProxyenvError]) -> None:
        self.first = self.layout = layout
        self.source, self.refuse = source, refuse
        self.done: list[tuple[str, str | None]] = []

    def get(self, key: str) -> str | None:
        """The value of a key as it is written, or ``None``."""
        path = parse_key(key)
        found = self._look_up(path)
        if found is None:
            return None
        statement = self.layout.find(path)
        if isinstance(found, dict) or statement is None:
            return TABLE
        return self.layout.text[statement.value : statement.stop]

    def set(self, key: str, value: str) -> None:
        """Write a key."""
        from proxyenv.formats.toml_splice import insert

        layout, path = self.layout, parse_key(key)
        found = self._look_up(path)
        if isinstance(found, dict) and value == TABLE:
            return
        if isinstance(found, dict) or (found is not None and value == TABLE):
            raise self.refuse(self.source, f"`{key}` is {'a' if isinstance(found, dict) else 'not a'} table")
        wanted = _meaning(value)
        if wanted is None or not is_closed(value):
            raise self._unrepresentable(key)
        statement = layout.find(path)
        if statement is not None:
            text = layout.text[: statement.value] + value + layout.text[statement.stop :]
        else:
            text = insert(layout, path, value)
        self._move(key, text, _with(layout.meaning, path, wanted))
        self.done.append((key, value))

    def unset(self, key: str) -> None:
        """Take a key out, and its table where that is empty then."""
        from proxyenv.formats.toml_splice import remove, remove_empty

        layout, path = self.layout, parse_key(key)
        found = self._look_up(path)
        if found is None or (isinstance(found, dict) and found):
            return
        meaning, table = layout.meaning, path
        if not isinstance(found, dict):
            statement = layout.find(path)
            if statement is None:
                raise self._stuck(key)
            meaning, table = _without(meaning, path), path[:-1]
            self._move(key, remove(layout, statement), meaning)
        self._move(key, remove_empty(self.layout, table), meaning)
        self._forget(table)
        self.done.append((key, None))

    def finish(self) -> str:
        """The text, which the parser reads as it was meant.

        Raises:
            ProxyenvError: it does not.
        """
        text = self.layout.text
        if text == self.first.text or _means(text, self.layout.meaning):
            return text
        if len(self.done) > 1:  # one of them
            for change in self.done:
                text = _edit(_TomlEditor(_read_layout(text), self.source, self.refuse), (change,))
            return text
        ((key, value),) = self.done
        if value is None:
            raise self._stuck(key)
        raise self._unrepresentable(key)

    def _unrepresentable(self, key: str) -> PlanError:
        return PlanError(
            "value-unrepresentable", f"`{key}` in {self.source} would not be read back as it was written"
        )

    def _stuck(self, key: str) -> ProxyenvError:
        return self.refuse(self.source, f"`{key}` cannot be taken out of it")

    def _move(self, key: str, text: str, meaning: dict[str, Any]) -> None:
        if text != self.layout.text:
            try:
                self.layout = self.layout.edited(text, meaning)
            except ValueError as error:
                raise self._unrepresentable(key) from error

    def _forget(self, table: KeyPath) -> None:
        """Let go of a table that has nothing in it, and of those around it, where nothing names it."""
        layout = self.layout
        while table and self._look_up(table) == {} and not (layout.header(table) or layout.find(table)):
            layout = self.layout = layout._replace(meaning=_without(layout.meaning, table))
            table = table[:-1]

    def _look_up(self, path: KeyPath) -> object:
        level: object = self.layout.meaning
        for depth, name in enumerate(path):
            if not isinstance(level, dict):
                raise self.refuse(self.source, f"`{render_key(*path[:depth])}` is not a table")
            if name not in level:
                return None
            level = level[name]
        return level


def _edit(editor: _TomlEditor, changes: tuple[tuple[str, str | None], ...]) -> str:
    for key, value in changes:
        if value is None:
            editor.unset(key)
        else:
            editor.set(key, value)
    return editor.finish()


@functools.lru_cache(maxsize=2)  # the text before an edit and after it
def _read_layout(text: str) -> TomlLayout:
    """What a file means and where; whoever gets it changes nothing in it.

    Raises:
        ValueError: it is not TOML.
    """
    meaning = read_toml(text)
    return TomlLayout(text, *scan_toml(text), meaning)


def make_toml(refuse: Callable[[str, str], ProxyenvError]) -> Format:
    """TOML whose refusals are what *refuse* makes of the file's name and a reason."""
    toml = _Toml(refuse)
    return Format(toml.items, toml.get, toml.set, toml.unset, normal_toml, toml.edit)


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


def _say(raw: str) -> str | None:
    """What a value of a valid file says, where it is a text."""
    if raw[0] not in "\"'":
        return None
    if raw[:3] in {'"""', "'''"} or (raw[0] == '"' and "\\" in raw):
        said: str = _meaning(raw)
        return said
    return raw[1:-1]


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


def _means(text: str, meaning: dict[str, Any]) -> bool:
    """Whether a text has a meaning, but for tables that are empty."""
    try:
        return _is_same(read_toml(text), meaning)
    except ValueError:
        return False


def _is_same(one: object, other: object) -> bool:
    """Whether two values are of one type and say the same; a table that is not there counts as empty."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        if not one and not other:
            return True
        return all(_is_same(one.get(key, {}), other.get(key, {})) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, str | int):
        return one == other
    return repr(one) == repr(other)  # `nan` is not equal to itself, and 0.0 is to -0.0
