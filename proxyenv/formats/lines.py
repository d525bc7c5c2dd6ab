"""Files of one setting to a line: wget's, npm's, yarn's, Java's properties, and INI.

A key is a name, or ``SECTION/NAME`` where a file has sections. What stands there several times counts by
its last place, as all of these tools read it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.formats.format import Format, as_written, invalid, newline_of
from proxyenv.formats.reading import read_ini, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.formats.format import Items

_BOM: Final = "\ufeff"


class LineItem(NamedTuple):
    """A setting: the lines that it takes, from 0, and its value as it is written."""

    start: int
    end: int
    value: str


class Scan(NamedTuple):
    """What stands in a file.

    Args:
        items: by key; the last of each.
        sections: where a setting of a section is added: the index after its last line that is not blank.
        headers: the index of the line that opens a section.
    """

    items: dict[str, LineItem]
    sections: dict[str, int]
    headers: dict[str, int]


class Style(NamedTuple):
    """How a file is written.

    Args:
        items: see :class:`Format`.
        scan: reads the lines, without their ends.
        item: renders a setting from its name and value.
        header: renders the first line of a section.
        normal: see :class:`Format`.
    """

    items: Items
    scan: Callable[[list[str], str], Scan]
    item: str
    header: str = ""
    normal: Callable[[str], str] = as_written


def make_format(style: Style) -> Format:
    """The grammar of a style."""

    def read(text: str, source: str) -> Scan:
        return style.scan(_split(text, source), source)

    def get(text: str, key: str, *, source: str) -> str | None:
        item = read(text, source).items.get(key)
        return None if item is None else item.value

    def set_(text: str, key: str, value: str, *, source: str) -> str:
        scan = read(text, source)
        section, _, name = key.rpartition("/")
        line = style.item.format(name=name, value=value)
        item = scan.items.get(key)
        if f"{key}[]" in scan.items:  # npm would add ours to the list
            raise invalid(source, f"`{key}` is a list there")
        if item is not None:
            return _replace(text, item.start, item.end, [line])
        if section in scan.sections:
            return _replace(text, scan.sections[section], scan.sections[section], [line])
        header = [style.header.format(name=section)] if section else []
        end = len(_split(text, source))
        return _replace(text, end, end, [*header, line])

    def unset(text: str, key: str, *, source: str) -> str:
        scan = read(text, source)
        item = scan.items.get(key)
        if item is None:
            return text
        dropped = _replace(text, item.start, item.end, [])
        header = scan.headers.get(key.rpartition("/")[0])
        if header is not None and _is_bare(_split(dropped, source), header, scan):
            dropped = _replace(dropped, header, header + 1, [])
        return dropped

    return Format(style.items, get, set_, unset, style.normal)


def _past_mark(grammar: Format) -> Format:
    """The same for a tool that passes over a byte order mark, which stays where it is."""

    def split(text: str) -> tuple[str, str]:
        return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)

    def get(text: str, key: str, *, source: str) -> str | None:
        return grammar.get(split(text)[1], key, source=source)

    def set_(text: str, key: str, value: str, *, source: str) -> str:
        mark, rest = split(text)
        return mark + grammar.set(rest, key, value, source=source)

    def unset(text: str, key: str, *, source: str) -> str:
        mark, rest = split(text)
        return mark + grammar.unset(rest, key, source=source)

    return Format(grammar.items, get, set_, unset, grammar.normal)


def _is_bare(lines: list[str], header: int, scan: Scan) -> bool:
    """Whether nothing is left in the section: it is dropped with its last setting."""
    following = [index - 1 for index in scan.headers.values() if index > header]
    return not "".join(lines[header + 1 : min(following, default=len(lines))]).strip()


def _split(text: str, source: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    number = next((index for index, line in enumerate(lines, 1) if "\r" in line), None)
    if number is not None:
        raise invalid(source, f"line {number} holds a carriage return, which some take for the end of a line")
    return lines[:-1] if lines[-1] == "" else lines


def _replace(text: str, start: int, end: int, lines: list[str]) -> str:
    """Only LF ends a line: no tool of ours takes a form feed for one."""
    newline = newline_of(text)
    parts = text.split("\n")
    kept = [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    before, after = kept[:start], kept[end:]
    if lines and before and not before[-1].endswith("\n"):
        before[-1] += newline
    return "".join((*before, *(line + newline for line in lines), *after))


# Without sections


def _assignments(
    comments: str, pattern: str, *, name: Callable[[str], str] = as_written
) -> Callable[[list[str], str], Scan]:
    assignment = re.compile(pattern)

    def scan(lines: list[str], source: str) -> Scan:
        items: dict[str, LineItem] = {}
        for index, line in enumerate(lines):
            stripped = line.strip()
            if not stripped or stripped[0] in comments:
                continue
            matched = assignment.fullmatch(stripped)
            if matched is None:
                raise invalid(source, f"line {index + 1} is no setting")
            items[name(matched["key"])] = LineItem(index, index + 1, matched["value"])
        return Scan(items, {}, {})

    return scan


def _name_wget(name: str) -> str:
    """What wget takes for the same name (manual, "Wgetrc Syntax"), under the name that is written."""
    plain = re.sub("[-_]", "", name).lower()
    return "ca_certificate" if plain == "cacertificate" else plain


def _npmrc(lines: list[str], source: str) -> Scan:
    """As npm's INI reader has it: a section has no blank in front, and what follows one is in it."""
    items: dict[str, LineItem] = {}
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if re.fullmatch(r"\[[^\]]*\]\s*", line):
            return Scan(items, {"": index}, {})
        key, _, value = stripped.partition("=")
        if not key:
            raise invalid(source, f"line {index + 1} is no setting")
        items[_read_npm(key.strip())] = LineItem(index, index + 1, value.strip())
    return Scan(items, {}, {})


def _read_npm(value: str) -> str:
    """Quoted as in JSON or in single quotes; or up to a comment, with backslashes in front of its marks."""
    if value[:1] == value[-1:] == "'" and len(value) > 1:
        value = value[1:-1]
    if value[:1] == value[-1:] == '"' and len(value) > 1:
        return _read_json(value)
    plain = re.match(r"(?:\\.|[^;#\\]|\\$)*", value)
    return re.sub(r"\\([\\;#])", r"\1", plain[0] if plain else "").strip()


def _read_json(value: str) -> str:
    try:
        return str(json.loads(value))
    except ValueError:
        return value


_PROPERTY: Final = re.compile(
    r"(?P<key>(?:\\.|[^\\=: \t\f])+)(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+|$)(?P<value>.*)", re.DOTALL
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def _properties(lines: list[str], source: str) -> Scan:
    """``java.util.Properties``: a line that ends with an odd number of backslashes goes on."""
    items: dict[str, LineItem] = {}
    index = 0
    while index < len(lines):
        start, text = index, lines[index].lstrip(" \t\f")
        index += 1
        if not text or text[0] in "#!":
            continue
        while (len(text) - len(text.rstrip("\\"))) % 2:
            if index == len(lines):
                raise invalid(source, f"line {index} goes on, and is the last")
            text = text[:-1] + lines[index].lstrip(" \t\f")
            index += 1
        matched = _PROPERTY.fullmatch(text)
        if matched is None:
            raise invalid(source, f"line {start + 1} is no property")
        items[_read_property(matched["key"])] = LineItem(start, index, matched["value"])
    return Scan(items, {}, {})


def _read_property(text: str) -> str:
    """Without its escapes."""

    def plain(matched: re.Match[str]) -> str:
        return chr(int(matched[1], 16)) if matched[1] else _LETTERS.get(matched[2], matched[2])

    return _ESCAPE.sub(plain, text)


# With sections


def _ini(lines: list[str], source: str) -> Scan:
    """As Python's ``configparser`` reads it, but for options that go on in the next line."""
    items: dict[str, LineItem] = {}
    sections: dict[str, int] = {}
    headers: dict[str, int] = {}
    section = ""
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        header = re.fullmatch(r"\[(?P<name>[^\]]+)\]", stripped)
        matched = re.fullmatch(r"(?P<key>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)", stripped)
        if line[0].isspace() or (header is None and (matched is None or not section)):
            raise invalid(source, f"line {index + 1} is no setting of a section")
        if header is not None:
            section = header["name"]
            if section in sections:
                raise invalid(source, f"line {index + 1} opens the section `{section}` a second time")
            headers[section] = index
        elif matched is not None:
            key = f"{section}/{matched['key'].lower()}"
            if key in items:
                raise invalid(source, f"line {index + 1} sets `{matched['key']}` a second time")
            items[key] = LineItem(index, index + 1, matched["value"])
        sections[section] = index + 1
    return Scan(items, sections, headers)


_scan_wget = _assignments("#", r"(?P<key>[A-Za-z0-9_-]+)\s*=\s*(?P<value>.*)", name=_name_wget)
_scan_yarn = _assignments("#", r'"?(?P<key>[^"\s]+)"?\s+(?P<value>.*)')

WGETRC: Final = _past_mark(make_format(Style(read_lines, _scan_wget, "{name} = {value}")))
PROPERTIES: Final = make_format(Style(read_lines, _properties, "{name}={value}", normal=_read_property))
NPMRC: Final = _past_mark(make_format(Style(read_lines, _npmrc, "{name}={value}", normal=_read_npm)))
YARNRC: Final = _past_mark(make_format(Style(read_lines, _scan_yarn, "{name} {value}", normal=_read_json)))
INI: Final = make_format(Style(read_ini, _ini, "{name} = {value}", "[{name}]"))
