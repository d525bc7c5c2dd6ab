"""INI in its two dialects: npm's, and that of Python's ``configparser``, which gcloud and pip use."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.formats.format import Item, require_short
from proxyenv.formats.lines import Scan, Setting, Style, make_format, read_rows
from proxyenv.formats.parse import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.formats.lines import TextLine

# npm

_JS_BLANKS: Final = (
    "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
"""What ``trim`` takes away in JavaScript."""

_NPM_VARIABLE: Final = r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}"


def _scan_npm(text: str) -> Scan:
    """As npm's ``ini`` does: a section has no blank in front, and what follows one is in it.

    So it is with `[]`, whose section has an empty name (npm 11.19, driven).
    """
    settings: list[Setting] = []
    headers: list[tuple[int, int]] = []
    sections: dict[str, int] = {}
    section = ""
    for row in read_rows(text, has_cr=True):
        line = row.text.strip(_JS_BLANKS)
        header = re.fullmatch(r"\[([^\]]*)\]\s*", row.text)
        if header is not None:
            section = require_short(read_npm(header[1]), row.number) or "[]"
            headers.append((row.start, row.end))
            sections.setdefault("", row.start)  # in front of the first
            sections.setdefault(section, row.end)
        elif line and line[0] not in "#;=":
            raw_name, equals, raw = (part.strip(_JS_BLANKS) for part in line.partition("="))
            name = read_npm(raw_name)
            key = f"{section}/{name}" if section else name
            value = read_npm(raw) if equals else "true"
            item = Item(section, name.removesuffix("[]"), value, row.number, key, row.number)
            settings.append(Setting(item, raw, row.start, row.end))
            if section:
                sections[section] = row.end
    return Scan(tuple(settings), sections, tuple(headers))


def read_npm(value: str) -> str:
    """Quoted as in JSON or in single quotes; or up to a comment, with backslashes in front of its marks."""
    value = value.strip(_JS_BLANKS)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1] if value[0] == "'" else value
        try:
            read = parse_json(value)
        except ValueError:
            return value
        return read if isinstance(read, str) else json.dumps(read)
    plain = re.match(r"(?:\\.|[^;#\\]|\\$)*", value)
    return re.sub(r"\\([\\;#])", r"\1", plain[0] if plain else "").strip(_JS_BLANKS)


def expand_npm(value: str, environment: Mapping[str, str]) -> str:
    """A value with its ``${NAME}`` replaced, as npm does when it takes it.

    A variable that is not set stays as it is written; ``${NAME?}`` is then empty.
    """

    def replace(matched: re.Match[str]) -> str:
        backslashes = len(matched[1])
        if backslashes % 2:
            return matched[0][(backslashes + 1) // 2 :]
        fallback = "" if matched[3] else f"${{{matched[2]}}}"
        return "\\" * (backslashes // 2) + environment.get(matched[2], fallback)

    return re.sub(_NPM_VARIABLE, replace, value)


NPMRC: Final = make_format(
    Style(_scan_npm, "{}={}".format, header="[{}]".format, normal=read_npm, has_mark=True)
)


# configparser

_SECTION: Final = r"\[(?P<name>.+)\]"
_MARK: Final = re.compile("[=:]")


def _split_option(line: str) -> tuple[str, str] | None:
    """The name and the value of an option; ``None`` where there is no mark between them."""
    mark = _MARK.search(line)
    return (line[: mark.start()].rstrip(), line[mark.end() :].lstrip()) if mark else None


class _Option:
    """An option whose value may go on in the next lines."""

    def __init__(self, section: str, name: str, value: str, row: TextLine) -> None:
        self.section, self.name, self.values = section, name, [value]
        self.first = self.last = row
        self.blanks = 0
        self.has_comment = False

    def add(self, value: str, row: TextLine) -> None:
        self.values += [""] * self.blanks
        self.values.append(value)
        self.blanks, self.last = 0, row

    def to_setting(self, text: str, key: str) -> Setting:
        value = "\n".join(self.values)
        item = Item(self.section, self.name, value, self.first.number, key, self.last.number)
        raw = self.values[0] if self.first is self.last else _raw_of(text, self.first, self.last)
        return Setting(item, raw, self.first.start, self.last.end)


def _raw_of(text: str, first: TextLine, last: TextLine) -> str:
    """A value of several lines as it is written, with LF."""
    line = text[first.start : last.end].replace("\r\n", "\n").removesuffix("\n").lstrip()
    option = _split_option(line)
    return option[1] if option else line


def _scan_ini(text: str, *, name: Callable[[str], str]) -> Scan:
    """As ``configparser`` does: what is indented deeper than an option goes on with its value."""
    reader = _IniReader(text, name)
    for row in read_rows(text, has_cr=True):
        reader.take(row)
    return reader.finish()


class _IniReader:
    """Reads row by row; the rules are those of ``configparser.RawConfigParser._read``."""

    def __init__(self, text: str, name: Callable[[str], str]) -> None:
        self.text, self.name = text, name
        self.settings: list[Setting] = []
        self.keys: set[str] = set()
        self.sections: dict[str, int] = {}
        self.headers: list[tuple[int, int]] = []
        self.problem: str | None = None
        self.section: str | None = None
        self.option: _Option | None = None
        self.indent = 0

    def take(self, row: TextLine) -> None:
        line = row.text.strip()
        if not line or line[0] in "#;":
            self._pass_over(line)
            return
        indent = len(row.text) - len(row.text.lstrip())
        if self.option is not None and indent > self.indent:
            if self.option.has_comment:
                self._refuse(f"line {row.number} goes on with a value after a comment")
            self.option.add(line, row)
            return
        self._close()
        self.indent = indent
        header = re.match(_SECTION, line)
        option = _split_option(line)
        if header is not None:
            self._open(header["name"], row)
        elif self.section is None or option is None or not option[0]:
            self._refuse(f"line {row.number} is no setting of a section")
        else:
            self.option = _Option(self.section, *option, row)

    def _pass_over(self, line: str) -> None:
        if self.option is not None and line:
            self.option.has_comment = True
        elif self.option is not None:
            self.option.blanks += 1

    def _open(self, name: str, row: TextLine) -> None:
        if require_short(name, row.number) in self.sections:
            self._refuse(f"line {row.number} opens the section `{name}` a second time")
        self.section = name
        self.sections[name] = row.end
        self.headers.append((row.start, row.end))

    def _close(self) -> None:
        if self.option is None:
            return
        option, self.option = self.option, None
        key = self.name(f"{option.section}/{option.name}")
        if key in self.keys:
            self._refuse(f"line {option.first.number} sets `{option.name}` a second time")
        self.keys.add(key)
        self.settings.append(option.to_setting(self.text, key))
        self.sections[option.section] = option.last.end

    def _refuse(self, problem: str) -> None:
        self.problem = self.problem or problem

    def finish(self) -> Scan:
        self._close()
        return Scan(tuple(self.settings), self.sections, tuple(self.headers), self.problem)


def _name_ini(key: str) -> str:
    section, _, name = key.rpartition("/")
    return f"{section}/{name.lower()}"


def _name_pip(key: str) -> str:
    """As ``pip config`` compares names: with hyphens, without the two of an option."""
    section, _, name = key.rpartition("/")
    return f"{section}/{name.lower().replace('_', '-').removeprefix('--')}"


INI: Final = make_format(
    Style(partial(_scan_ini, name=_name_ini), "{} = {}".format, _name_ini, "[{}]".format)
)
PIP: Final = make_format(
    Style(partial(_scan_ini, name=_name_pip), "{} = {}".format, _name_pip, "[{}]".format)
)
