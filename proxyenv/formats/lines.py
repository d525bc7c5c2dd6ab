"""Files of one setting to a line, or to a few: how they are read, edited and given back.

Each kind of file brings a scanner, which says where each setting is; the rest is the same for all. Of several
settings with one key the last counts, as all of these clients read it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from proxyenv.formats.format import BOM, Format, Item, as_written, invalid, newline_of, require_bounded
from proxyenv.formats.parse import parse_json
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

C_BLANKS: Final = " \t\n\v\f\r"
"""What ``isspace`` takes for blank in C."""


INSIDE: Final = -1
"""Where a setting starts that is inside another one, in one line with others: it can only be read."""


_MOST_LINES: Final = 50_000


class TextLine(NamedTuple):
    """One line: its number from 1, where it and the next one start, and its text without its end."""

    number: int
    start: int
    end: int
    text: str


class Setting(NamedTuple):
    """A setting in its file.

    Args:
        item: what the client reads.
        raw: its value as it is written.
        start: where the first character is that goes when it is unset.
        end: where the first one is that stays.
        value: where *raw* starts and ends, for a file in which more than the value stands in its lines.
    """

    item: Item
    raw: str
    start: int
    end: int
    value: tuple[int, int] | None = None


class Scan(NamedTuple):
    """What a file holds.

    Args:
        settings: in order.
        sections: where a setting of a section is added.
        headers: where the line that opens a section starts and ends.
        problem: why the file cannot be edited.
    """

    settings: tuple[Setting, ...]
    sections: dict[str, int]
    headers: tuple[tuple[int, int], ...]
    problem: str | None = None


class Style(NamedTuple):
    """How a kind of file is written.

    Args:
        scan: reads a text; raises ``ValueError`` with the reason where nothing can be read.
        render: a setting in a line, from its name and value.
        name: a key as the client compares it, for one that is given.
        header: the first line of a section.
        normal: see :class:`Format`.
        has_mark: whether the client passes over a byte order mark.
        otherwise: reads a text in which the scanner found a problem; by default what it could read counts.
    """

    scan: Callable[[str], Scan]
    render: Callable[[str, str], str]
    name: Callable[[str], str] = as_written
    header: Callable[[str], str] = as_written
    normal: Callable[[str], str] = as_written
    has_mark: bool = False
    otherwise: Callable[[str], Iterator[Item] | None] | None = None


def read_rows(text: str, *, has_cr: bool = False) -> Iterator[TextLine]:
    """The lines of a text. Only LF ends one, with or without CR before it.

    Args:
        text: the file.
        has_cr: whether CR alone ends a line too; such a line has the number of the one that it is in.
    """
    number = start = 0
    while start < len(text):
        number += 1
        end = text.find("\n", start) + 1 or len(text)
        line = text[start:end]
        line = line[:-1].removesuffix("\r") if line[-1] == "\n" else line
        parts = line.split("\r") if has_cr else [line]
        for part in parts[:-1]:
            yield TextLine(number, start, start + len(part) + 1, part)
            start += len(part) + 1
        yield TextLine(number, start, end, parts[-1])
        start = end


def make_format(style: Style) -> Format:
    """The format of a style."""
    editor = _Editor(style)
    return Format(editor.items, editor.get, editor.set, editor.unset, style.normal)


@lru_cache(maxsize=2)  # the text before an edit and after it: each key asks for both
def _scan_text(scan: Callable[[str], Scan], text: str) -> Scan:
    return scan(text)


class _Editor:
    def __init__(self, style: Style) -> None:
        self.style = style

    def _split(self, text: str, source: str) -> tuple[str, str]:
        require_bounded(text, source=source)
        if text.count("\n") > _MOST_LINES:
            raise invalid(source, f"it has more than {_MOST_LINES:,} lines")
        return (BOM, text[1:]) if self.style.has_mark and text.startswith(BOM) else ("", text)

    def _scan(self, text: str, source: str) -> Scan:
        if lone := re.search(r"\r(?!\n)", text):
            number = text.count("\n", 0, lone.start()) + 1
            raise invalid(source, f"line {number} holds a carriage return, which some take for a line end")
        scan = self._read(text, source)
        if scan.problem is not None:
            raise invalid(source, scan.problem)
        return scan

    def _read(self, text: str, source: str) -> Scan:
        try:
            return _scan_text(self.style.scan, text)
        except ValueError as error:
            raise invalid(source, str(error)) from error

    def _find(self, scan: Scan, key: str) -> Setting | None:
        known = self.style.name(key)
        return next((setting for setting in reversed(scan.settings) if setting.item.key == known), None)

    def items(self, text: str, *, source: str) -> Iterator[Item]:
        _, rest = self._split(text, source)
        scan = self._read(rest, source)
        if scan.problem is not None and self.style.otherwise is not None:
            other = self.style.otherwise(rest)
            if other is not None:
                return other
        return (setting.item for setting in scan.settings)

    def get(self, text: str, key: str, *, source: str) -> str | None:
        setting = self._find(self._scan(self._split(text, source)[1], source), key)
        return None if setting is None else setting.raw

    def set(self, text: str, key: str, value: str, *, source: str) -> str:
        mark, text = self._split(text, source)
        scan = self._scan(text, source)
        setting = self._find(scan, key)
        listed = f"{key}[]"
        if any(each.item.key == listed for each in scan.settings):  # npm would add ours to the list
            raise invalid(source, f"`{key}` is a list there")
        section, _, name = key.rpartition("/")
        line = self.style.render(name, value)
        if setting is not None:
            self._require_alone(scan, setting, source)
        if setting is not None and setting.value is not None:
            written = text[: setting.value[0]] + value + text[setting.value[1] :]
        elif setting is not None:
            written = _replace(text, setting.start, setting.end, [line])
        elif section in scan.sections:
            written = _replace(text, scan.sections[section], scan.sections[section], [line])
        else:
            header = [self.style.header(section)] if section else []
            written = _replace(text, len(text), len(text), [*header, line])
        self._verify(scan, written, key, source)
        return mark + written

    def _verify(self, before: Scan, written: str, key: str, source: str) -> None:
        """Refuse an edit that changes another key: its line went on, or was in the middle of something."""
        others = [
            {each.item.key: each.raw for each in scan.settings}
            for scan in (before, self._scan(written, source))
        ]
        for each in others:
            each.pop(self.style.name(key), None)
        if others[0] != others[1]:
            raise invalid(source, f"`{key}` cannot be written without a change to another setting")

    def unset(self, text: str, key: str, *, source: str) -> str:
        mark, text = self._split(text, source)
        scan = self._scan(text, source)
        setting = self._find(scan, key)
        if setting is None:
            return mark + text
        self._require_alone(scan, setting, source)
        dropped = text[: setting.start] + text[setting.end :]
        opened = [header for header in scan.headers if header[1] <= setting.start]
        closes = next((start for start, _ in scan.headers if start >= setting.end), len(text))
        if opened and not dropped[opened[-1][1] : closes - (setting.end - setting.start)].strip():
            dropped = dropped[: opened[-1][0]] + dropped[opened[-1][1] :]
        return mark + dropped

    @staticmethod
    def _require_alone(scan: Scan, setting: Setting, source: str) -> None:
        others = (each for each in scan.settings if each is not setting)
        if setting.start == INSIDE or any(
            each.start < setting.end and setting.start < each.end for each in others
        ):
            raise invalid(source, f"line {setting.item.line} sets several things")


def _replace(text: str, start: int, end: int, lines: list[str]) -> str:
    newline = newline_of(text)
    before = text[:start]
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(line.replace("\n", newline) + newline for line in lines) + text[end:]


def read_json_text(value: str) -> str:
    """A text in double quotes as JSON reads it; what is none stands for itself."""
    if value[:1].isalpha() and value.strip() not in {"true", "false", "null"}:
        return value
    try:
        read = parse_json(value)
    except ValueError:
        return value
    return read if isinstance(read, str) else json.dumps(read)


# wget

_WGET: Final = r"(?P<name>[A-Za-z0-9_-]+)\s*=\s*(?P<value>.*)"


def _scan_wget(text: str) -> Scan:
    """As ``parse_line`` in wget's ``init.c`` does. A value has no comment."""
    settings: list[Setting] = []
    problem = None
    for row in read_rows(text):
        line = row.text.strip(C_BLANKS)
        if not line or line[0] == "#":
            continue
        matched = re.fullmatch(_WGET, line, re.ASCII)
        if matched is None:
            problem = problem or f"line {row.number} is no setting"
            continue
        name, value = matched["name"], matched["value"]
        item = Item("", name, value, row.number, name_wget(name), row.number)
        settings.append(Setting(item, value, row.start, row.end))
    return Scan(tuple(settings), {}, (), problem)


def name_wget(name: str) -> str:
    """A name as wget compares it: without hyphens and underscores, in lower case."""
    return re.sub("[-_]", "", name).lower()


WGETRC: Final = make_format(Style(_scan_wget, "{} = {}".format, name_wget))


# yarn 1

_YARN_KEY: Final = r'"(?:[^"\\]|\\.)*"|[a-zA-Z/.-][^:\s,]*'
_YARN_KEYS: Final = re.compile(_YARN_KEY)
_YARN_VALUE: Final = (
    r'"(?:[^"\\]|\\.)*"|true(?![^\s,:])|false(?![^\s,:])|[0-9]+(?![^\s,:])|[a-zA-Z/.-][^:\s,]*'
)
_YARN_LINE: Final = (
    rf" *+(?P<keys>(?:{_YARN_KEY})(?: *+, *+(?:{_YARN_KEY}))*) *+"
    rf"(?:: *+|(?<= )(?P<value>{_YARN_VALUE}) *+)(?:#.*)?"
)


def _scan_yarn(text: str) -> Scan:
    """As the parser of yarn's lockfiles does. What is below a key with a colon is in its section."""
    settings: list[Setting] = []
    problem, section = None, ""
    for row in read_rows(text):
        if not row.text.strip(" ") or row.text.lstrip(" ")[0] == "#":
            continue
        matched = re.fullmatch(_YARN_LINE, row.text)
        if matched is None:
            problem = problem or f"line {row.number} is no setting"
            continue
        if not row.text.startswith(" "):
            section = ""
        elif not section and row.number > 1:
            problem = problem or f"line {row.number} is in no section"
        for raw_name in _YARN_KEYS.findall(matched["keys"]):
            name = read_json_text(raw_name)
            if matched["value"] is None:
                section = name
                continue
            key = f"{section}/{name}" if section else name
            item = Item(section, name, read_json_text(matched["value"]), row.number, key, row.number)
            settings.append(Setting(item, matched["value"], row.start, row.end))
    return Scan(tuple(settings), {}, (), problem)


def _read_yarn_otherwise(text: str) -> Iterator[Item] | None:
    """What is not in yarn's own form it reads as YAML, if that is what it is."""
    from proxyenv.formats.yaml import find_items

    return find_items(text)


YARNRC: Final = make_format(
    Style(
        _scan_yarn,
        "{} {}".format,
        normal=read_json_text,
        has_mark=True,
        otherwise=_read_yarn_otherwise,
    )
)


# Java

_PROPERTY: Final = r"(?P<key>(?:\\.|[^\\=: \t\f])+)(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+|$)(?P<value>.*)"
_LETTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def _scan_properties(text: str) -> Scan:
    """As ``java.util.Properties`` does: a line that ends with an odd number of backslashes goes on."""
    settings: list[Setting] = []
    problem = None
    rows = iter(read_rows(text, has_cr=True))
    for row in rows:
        line, last = row.text.lstrip(" \t\f"), row
        if not line or line[0] in "#!":
            continue
        parts = [line]
        while _goes_on(parts[-1]):
            following = next(rows, None)
            if following is None:
                problem = problem or f"line {last.number} goes on, and is the last"
                break
            last = following
            parts[-1] = parts[-1][:-1]
            parts.append(last.text.lstrip(" \t\f"))
        line = "".join(parts)
        matched = re.fullmatch(_PROPERTY, line, re.DOTALL)
        if matched is None:
            problem = problem or f"line {row.number} is no property"
            continue
        name = read_property(matched["key"])
        item = Item("", name, read_property(matched["value"]), row.number, name, last.number)
        settings.append(Setting(item, matched["value"], row.start, last.end))
    return Scan(tuple(settings), {}, (), problem)


def _goes_on(line: str) -> bool:
    """Whether it ends with an odd number of backslashes, as it does still after a line that went on."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def read_property(text: str) -> str:
    """Without its escapes."""

    def plain(matched: re.Match[str]) -> str:
        return chr(int(matched[1], 16)) if matched[1] else _LETTERS.get(matched[2], matched[2])

    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|(.))", plain, text, flags=re.DOTALL)


PROPERTIES: Final = make_format(Style(_scan_properties, "{}={}".format, normal=read_property))
