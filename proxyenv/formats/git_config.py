"""Git's configuration as text: sections, subsections, quotes, comments and lines that go on.

Only this file is read: what it includes, and what belongs to a repository or to the system, is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER: Final = re.compile(r'\s*\[(?P<section>[\w.-]+)(?:\s+"(?P<sub>(?:[^"\\]|\\.)*)")?\s*\]')
_KEY: Final = re.compile(r"\s*(?P<key>[A-Za-z][A-Za-z0-9-]*)\s*(?:=(?P<value>.*))?", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "b": "\b"}


class Setting(NamedTuple):
    """One setting: its full name with section and key in lower case, its value, and its line from 1."""

    name: str
    value: str
    line: int


def parse_git_config(text: str) -> Iterator[Setting]:
    """Every setting in order. What is no setting is passed over: git itself refuses such a file."""
    section = ""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    index = 0
    while index < len(lines):
        number, line = index + 1, lines[index]
        index += 1
        header = _HEADER.match(line)
        if header is not None:
            sub = re.sub(r"\\(.)", r"\1", header["sub"]) if header["sub"] is not None else None
            section = header["section"].lower() + (f".{sub}" if sub is not None else "")
            line = line[header.end() :]
        while len(line) - len(line.rstrip("\\")) & 1 and index < len(lines):
            line = line[:-1] + "\n" + lines[index]  # the mark keeps the parts apart; the value drops it
            index += 1
        matched = _KEY.fullmatch(line)
        if matched is not None and section:
            value = "true" if matched["value"] is None else _read_value(matched["value"].replace("\n", ""))
            yield Setting(f"{section}.{matched['key'].lower()}", value, number)


def _read_value(raw: str) -> str:
    """Quotes may open and close anywhere; a comment begins outside of them."""
    value, quoted, blanks, index = "", False, "", 0
    raw = raw.strip()
    while index < len(raw):
        char = raw[index]
        index += 1
        if char == '"':
            quoted = not quoted
        elif char in "#;" and not quoted:
            break
        elif char.isspace() and not quoted:
            blanks += char
        else:
            if char == "\\" and index < len(raw):
                char = _ESCAPES.get(raw[index], raw[index])
                index += 1
            value, blanks = value + blanks + char, ""
    return value
