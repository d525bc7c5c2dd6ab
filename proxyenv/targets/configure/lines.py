"""Files of one setting to a line: wget's, npm's, yarn's, Java's properties, INI, and the plain part of YAML.

A key is a name, or ``SECTION/NAME`` where a file has sections. What stands there several times counts by
its last place, as all of these tools read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.targets.configure.grammar import Grammar, invalid, newline_of

if TYPE_CHECKING:
    from collections.abc import Callable


class Item(NamedTuple):
    """A setting: the lines that it takes, from 0, and its value as it is written."""

    start: int
    end: int
    value: str


class Scan(NamedTuple):
    """What stands in a file.

    Args:
        items: by key; the last of each.
        sections: the index after the last line of a section that is not blank.
    """

    items: dict[str, Item]
    sections: dict[str, int]


class Style(NamedTuple):
    """How a file is written.

    Args:
        scan: reads the lines, without their ends.
        item: renders a setting from its name and value.
        header: renders the first line of a section.
        indent: what stands before a setting in a section.
    """

    scan: Callable[[list[str], str], Scan]
    item: str
    header: str = ""
    indent: str = ""


def make_grammar(style: Style) -> Grammar:
    """The grammar of a style."""

    def read(text: str, source: str) -> Scan:
        return style.scan(_split(text), source)

    def find(text: str, key: str, source: str) -> str | None:
        item = read(text, source).items.get(key)
        return None if item is None else item.value

    def put(text: str, key: str, value: str, *, source: str) -> str:
        scan = read(text, source)
        section, _, name = key.rpartition("/")
        line = (style.indent if section else "") + style.item.format(name=name, value=value)
        item = scan.items.get(key)
        if item is not None:
            return _replace(text, item.start, item.end, [line])
        if section in scan.sections:
            return _replace(text, scan.sections[section], scan.sections[section], [line])
        if section in scan.items:
            raise invalid(source, f"`{section}` is written in one line")
        header = [style.header.format(name=section)] if section else []
        end = len(_split(text)) if section or "" not in scan.sections else scan.sections[""]
        return _replace(text, end, end, [*header, line])

    def drop(text: str, key: str, source: str) -> str:
        item = read(text, source).items.get(key)
        return text if item is None else _replace(text, item.start, item.end, [])

    return Grammar(find, put, drop)


def _split(text: str) -> list[str]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
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


def _assignments(comments: str, pattern: str, *, normal: Callable[[str], str] = str) -> Callable[..., Scan]:
    assignment = re.compile(pattern)

    def scan(lines: list[str], source: str) -> Scan:
        items: dict[str, Item] = {}
        sections: dict[str, int] = {}
        for index, line in enumerate(lines):
            stripped = line.strip()
            if not stripped or stripped[0] in comments:
                continue
            if stripped.startswith("["):  # npm reads sections, and a setting after one is in it
                sections.setdefault("", index)
                continue
            matched = assignment.fullmatch(stripped)
            if matched is None:
                raise invalid(source, f"line {index + 1} is no setting")
            if not sections:
                items[normal(matched["key"])] = Item(index, index + 1, matched["value"] or "")
        return Scan(items, sections)

    return scan


def _normal_wget(name: str) -> str:
    """What wget takes for the same name (manual, "Wgetrc Syntax")."""
    return re.sub("[-_]", "", name).lower()


def _wget(lines: list[str], source: str) -> Scan:
    scan = _assignments("#", r"(?P<key>[A-Za-z_-]+)\s*=\s*(?P<value>.*)", normal=_normal_wget)(lines, source)
    return Scan({"ca_certificate" if k == "cacertificate" else k: v for k, v in scan.items.items()}, {})


_PROPERTY: Final = re.compile(r"(?P<key>(?:\\.|[^\\=:\s])+)(?:\s*[=:]\s*|\s+|$)(?P<value>.*)", re.DOTALL)


def _properties(lines: list[str], source: str) -> Scan:
    """``java.util.Properties``: a line that ends with an odd number of backslashes goes on."""
    items: dict[str, Item] = {}
    index = 0
    while index < len(lines):
        start, text = index, lines[index].lstrip()
        index += 1
        if not text or text[0] in "#!":
            continue
        while (len(text) - len(text.rstrip("\\"))) % 2 and index < len(lines):
            text = text[:-1] + lines[index].lstrip()
            index += 1
        matched = _PROPERTY.fullmatch(text)
        if matched is None:
            raise invalid(source, f"line {start + 1} is no property")
        items[matched["key"]] = Item(start, index, matched["value"])
    return Scan(items, {})


# With sections


def _ini(lines: list[str], source: str) -> Scan:
    """As Python's ``configparser`` reads it, but for options that go on in the next line."""
    items: dict[str, Item] = {}
    sections: dict[str, int] = {}
    section = ""
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        header = re.fullmatch(r"\[(?P<name>[^\]]+)\]", stripped)
        matched = re.fullmatch(r"(?P<key>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)", stripped)
        if header is not None:
            section = header["name"]
            if section in sections:
                raise invalid(source, f"line {index + 1} opens the section `{section}` a second time")
        elif matched is None or not section or line[0].isspace():
            raise invalid(source, f"line {index + 1} is no setting of a section")
        else:
            items[f"{section}/{matched['key'].lower()}"] = Item(index, index + 1, matched["value"])
        sections[section] = index + 1
    return Scan(items, sections)


_YAML_KEY: Final = re.compile(r"(?P<key>[A-Za-z_][\w.-]*)\s*:(?:\s+(?P<value>.*))?")
_NOT_PLAIN: Final = ("---", "...", "%", "&", "*", "!", "{", "[", "?", "- ")


def _yaml(lines: list[str], source: str) -> Scan:
    """Mappings of plain keys, to the depth of two; whatever lies deeper belongs to the key above it."""
    items: dict[str, Item] = {}
    sections: dict[str, int] = {}
    top, nested, depth = "", "", 0
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        matched = _YAML_KEY.fullmatch(stripped)
        if line[indent] == "\t" or (indent == 0 and stripped.startswith(_NOT_PLAIN) and stripped[:2] != "- "):
            raise invalid(source, f"line {index + 1} is YAML of a kind that is not edited")
        if indent == 0 and matched is not None:
            top, nested, depth = matched["key"], "", 0
            items[top] = Item(index, index + 1, _value(matched))
            if not _value(matched):
                sections[top] = index + 1
        elif not top:
            raise invalid(source, f"line {index + 1} belongs to no key")
        else:
            depth = depth or indent
            if indent == depth and matched is not None and top in sections:
                nested = f"{top}/{matched['key']}"
                items[nested] = Item(index, index + 1, _value(matched))
            elif nested and indent > depth:
                items[nested] = items[nested]._replace(end=index + 1)
            items[top] = items[top]._replace(end=index + 1)
            if top in sections:
                sections[top] = index + 1
    return Scan(items, sections)


def _value(matched: re.Match[str]) -> str:
    """Without a comment after it, which in YAML follows a blank."""
    value = matched["value"] or ""
    if value.startswith("#"):
        return ""
    quoted = re.match(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"", value)
    return quoted[0] if quoted else re.split(r"\s+#", value, maxsplit=1)[0].rstrip()


WGETRC: Final = make_grammar(Style(_wget, "{name} = {value}"))
PROPERTIES: Final = make_grammar(Style(_properties, "{name}={value}"))
NPMRC: Final = make_grammar(
    Style(_assignments("#;", r"(?P<key>[^=\s]+)(?:\s*=\s*(?P<value>.*))?"), "{name}={value}")
)
YARNRC: Final = make_grammar(
    Style(_assignments("#", r'"?(?P<key>[^"\s]+)"?\s+(?P<value>.*)'), "{name} {value}")
)
INI: Final = make_grammar(Style(_ini, "{name} = {value}", "[{name}]"))
YAML: Final = make_grammar(Style(_yaml, "{name}: {value}", "{name}:", "  "))
