"""JSON, and JSON with comments and final commas as VS Code has its settings.

A key is the way to it: ``proxies/default/httpProxy``. A value is JSON text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from proxyenv.formats.format import (
    Format,
    Item,
    LineNumbers,
    invalid,
    join,
    last_line,
    newline_of,
    require_bounded,
    require_short,
)
from proxyenv.formats.parse import DEEPEST, parse_json
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = re.compile(r"(?:[ \t\r\n\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_REST: Final = re.compile(r"[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/)")
_UNIT: Final = re.compile(r"^([ \t]+)\S", re.MULTILINE)


class _Member(NamedTuple):
    """One member of an object: where its key starts, and its value starts and ends."""

    start: int
    value: int
    end: int


class _Object(NamedTuple):
    """An object: its members by key, where it opens and closes, and whether a comma is the last of it."""

    members: dict[str, _Member]
    opens: int
    closes: int
    comma: int | None


class _JSONReader:
    def __init__(self, text: str, source: str) -> None:
        self.text, self.source, self.depth = text, source, 0
        self.known: dict[int, _Object] = {}
        self.lines = LineNumbers(text)

    def skip(self, at: int) -> int:
        matched = _BLANK.match(self.text, at)
        return matched.end() if matched else at

    def refuse(self, at: int) -> Exception:
        line = self.text.count("\n", 0, at) + 1
        return invalid(self.source, f"line {line} is not JSON")

    def char(self, at: int) -> str:
        return self.text[at : at + 1]

    def value_end(self, at: int) -> int:
        if self.char(at) == "{":
            return self.read_object(at).closes + 1
        if self.char(at) == "[":
            return self._array_end(at)
        matched = _STRING.match(self.text, at) or _SCALAR.match(self.text, at)
        if matched is None:
            raise self.refuse(at)
        return matched.end()

    def _array_end(self, at: int) -> int:
        self._deepen(at)
        at = self.skip(at + 1)
        while self.char(at) != "]":
            at = self.skip(self.value_end(at))
            if self.char(at) == ",":
                at = self.skip(at + 1)
            elif self.char(at) != "]":
                raise self.refuse(at)
        self.depth -= 1
        return at + 1

    def read_object(self, opens: int) -> _Object:
        """The object that opens there. Each is read once, however many others it is in."""
        if opens in self.known:
            return self.known[opens]
        self._deepen(opens)
        members: dict[str, _Member] = {}
        comma, at = None, self.skip(opens + 1)
        while self.char(at) != "}":
            key = _STRING.match(self.text, at)
            if key is None or self.char(colon := self.skip(key.end())) != ":":
                raise self.refuse(at)
            value = self.skip(colon + 1)
            end = self.value_end(value)
            members[self._name(key[0], at)] = _Member(at, value, end)
            at, comma = self.skip(end), None
            if self.char(at) == ",":
                comma, at = at, self.skip(at + 1)
            elif self.char(at) != "}":
                raise self.refuse(at)
        self.depth -= 1
        self.known[opens] = _Object(members, opens, at, comma)
        return self.known[opens]

    def _deepen(self, at: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise invalid(self.source, f"it is nested too deeply (at line {self.lines.at(at)})")

    def require_short(self, name: str, at: int) -> str:
        """The name of an object, which is in the keys of all that is in it."""
        try:
            return require_short(name, self.lines.at(at))
        except ValueError as error:
            raise invalid(self.source, str(error)) from error

    def _name(self, quoted: str, at: int) -> str:
        try:
            return str(json.loads(quoted))
        except ValueError as error:
            raise self.refuse(at) from error


def _root(text: str, source: str) -> tuple[_JSONReader, _Object]:
    reader = _JSONReader(text, source)
    opens = reader.skip(0)
    if reader.char(opens) != "{":
        raise reader.refuse(opens)
    root = reader.read_object(opens)
    if reader.skip(root.closes + 1) != len(text):
        raise reader.refuse(root.closes + 1)
    return reader, root


def _walk(text: str, path: list[str], source: str) -> tuple[_Object, list[str]]:
    """The deepest object on the way that is there, and what is left of the way: the last name at least."""
    reader, found = _root(text, source)
    while len(path) > 1 and path[0] in found.members:
        value = found.members[path[0]].value
        if text[value] != "{":
            raise invalid(source, f"`{path[0]}` is no object")
        found, path = reader.read_object(value), path[1:]
    return found, path


def _items(text: str, *, source: str) -> Iterator[Item]:
    """The members of every object; a list is its JSON text."""
    require_bounded(text, source=source)
    if text.strip():
        reader, root = _root(text, source)
        yield from _walk_items(reader, root, ())


def _walk_items(reader: _JSONReader, found: _Object, way: tuple[str, ...]) -> Iterator[Item]:
    text = reader.text
    for name, member in found.members.items():
        if text[member.value] == "{":
            short = reader.require_short(name, member.start)
            yield from _walk_items(reader, reader.read_object(member.value), (*way, short))
            continue
        raw = text[member.value : member.end]
        value = str(json.loads(raw)) if raw.startswith('"') else raw
        first, last = reader.lines.at(member.start), reader.lines.at(member.end - 1)
        yield Item("/".join(way), name, value, first, "/".join((*way, name)), last)


def _get(text: str, key: str, *, source: str) -> str | None:
    require_bounded(text, source=source)
    if not text.strip():
        return None
    found, rest = _walk(text, key.split("/"), source)
    member = found.members.get(rest[0]) if len(rest) == 1 else None
    return None if member is None else text[member.value : member.end]


def _set(text: str, key: str, value: str, *, source: str) -> str:
    require_bounded(text, source=source)
    newline = newline_of(text)
    text = text if text.strip() else f"{{{newline}}}{newline}"
    found, rest = _walk(text, key.split("/"), source)
    if len(rest) == 1 and rest[0] in found.members:
        member = found.members[rest[0]]
        return text[: member.value] + value + text[member.end :]
    outer, unit = _indent(text, found.opens), _unit(text)
    one_line = bool(found.members) and "\n" not in text[found.opens : found.closes]
    if not found.members:
        return _set_first(text, found, rest, value)
    inner = outer + unit if one_line else _inner(text, found)
    if one_line:
        member_text = " " + _render_nested(rest, value, "", "", "")
    else:
        member_text = newline + inner + _render_nested(rest, value, inner, unit, newline)
    end = max(member.end for member in found.members.values())
    if found.comma is not None:
        after = found.comma + 1 if one_line else _line_rest(text, found.comma + 1)
        return text[:after] + member_text + "," + text[after:]
    after = end if one_line else _line_rest(text, end)
    return text[:end] + "," + text[end:after] + member_text + text[after:]


def _set_first(text: str, found: _Object, path: list[str], value: str) -> str:
    """With a member in an object that has none. Its blanks stay, so that :func:`_unset` gives them back."""
    head = text[: found.closes].rstrip(" \t\r\n")
    blank, newline = text[len(head) : found.closes], newline_of(text)
    if "\n" not in blank:
        return head + blank[:1] + _render_nested(path, value, "", "", "") + blank + text[found.closes :]
    unit = _unit(text)
    inner = _indent(text, found.opens) + unit
    member = newline + inner + _render_nested(path, value, inner, unit, newline)
    return head + member + blank + text[found.closes :]


def _line_rest(text: str, at: int) -> int:
    """The end of a comment that follows in the same line: it belongs to what stands before it."""
    matched = _REST.match(text, at)
    return matched.end() if matched else at


def _render_nested(path: list[str], value: str, indent: str, unit: str, newline: str) -> str:
    name = json.dumps(path[0])
    if len(path) == 1:
        return f"{name}: {value}"
    inner = _render_nested(path[1:], value, indent + unit, unit, newline)
    return f"{name}: {{{newline}{indent}{unit if newline else ''}{inner}{newline}{indent}}}"


def _indent(text: str, at: int) -> str:
    """What the line of *at* starts with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _inner(text: str, found: _Object) -> str:
    return _indent(text, min(member.start for member in found.members.values()))


def _unit(text: str) -> str:
    matched = _UNIT.search(text)
    return matched[1] if matched else "\t"  # the Docker client's own


def _unset(text: str, key: str, *, source: str) -> str:
    """Without the member, and without the objects on the way that are empty then, down to the comments."""
    require_bounded(text, source=source)
    path = key.split("/")
    found, rest = _walk(text, path, source)
    if len(rest) != 1 or rest[0] not in found.members:
        return text
    member = found.members[rest[0]]
    if len(path) > 1 and _is_all_of(member, found, text):
        return _unset(text, "/".join(path[:-1]), source=source)
    reader = _JSONReader(text, source)
    after = reader.skip(member.end)
    if reader.char(after) == "," and text[member.end : after].strip():
        return text[: member.start] + text[member.end : after] + text[after + 1 :]
    if reader.char(after) == ",":  # with its comma, up to the next key
        following = text[after + 1 :]
        blank = len(following) - len(following.lstrip(" \t\r\n"))
        end = after + 1 + blank if following[blank : blank + 1] == '"' else after + 1
        return text[: member.start] + text[end:] if end > after + 1 else _tidy(text, member.start, end)
    before = [each for each in found.members.values() if each.end < member.start]
    if not before:
        return _tidy(text, member.start, member.end)
    last = max(each.end for each in before)
    comma = reader.skip(last)
    text, start = text[:comma] + text[comma + 1 :], member.start - 1
    return _tidy(text, start, member.end - 1)


def _is_all_of(member: _Member, found: _Object, text: str) -> bool:
    """Whether there is nothing else between the braces, not even a comment."""
    beside = text[found.opens + 1 : member.start] + text[member.end : found.closes]
    return len(found.members) == 1 and not beside.strip(" \t\r\n,")


_STRING_OR_START: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*+("?)')
"""Or what looks like the start of one in a comment: to look for others in it would take the square of its
length."""


def _leave_start(found: re.Match[str]) -> str:
    return "" if found[1] else found[0]


def _tidy(text: str, start: int, end: int) -> str:
    """Without what lies between, and the blanks in front of it."""
    head = text[:start].rstrip(" \t\r\n")
    is_comment = "//" in _STRING_OR_START.sub(_leave_start, last_line(head))  # a string may be a URL
    return join(head, text[end:], is_comment=is_comment, newline=newline_of(text))


def _normal(value: str) -> str:
    """A tool that rewrites its file has its own blanks and escapes."""
    try:
        return json.dumps(parse_json(value))
    except ValueError:
        return value


def _list_plain(text: str, *, source: str) -> Iterator[Item]:
    return _items(_require_plain(text, source), source=source)


def _get_plain(text: str, key: str, *, source: str) -> str | None:
    return _get(_require_plain(text, source), key, source=source)


def _set_plain(text: str, key: str, value: str, *, source: str) -> str:
    return _set(_require_plain(text, source), key, value, source=source)


def _unset_plain(text: str, key: str, *, source: str) -> str:
    return _unset(_require_plain(text, source), key, source=source)


def _require_plain(text: str, source: str) -> str:
    """*text*, unless it has what only VS Code reads: its tool would refuse the whole file."""
    require_bounded(text, source=source)
    try:
        if text.strip():
            parse_json(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise invalid(source, f"line {line} is not JSON" if line else str(error)) from error
    return text


JSON: Final = Format(_list_plain, _get_plain, _set_plain, _unset_plain, _normal)
JSONC: Final = Format(_items, _get, _set, _unset, _normal)
