"""Git's configuration: sections, subsections, quotes, comments and lines that go on.

A section is ``http`` or ``http.https://host``: what stands in quotes keeps its case. ``include.path`` and
``includeIf.CONDITION.path`` are settings like any other; who reads the machine follows them.
"""

from __future__ import annotations

import re
from typing import Final

from proxyenv.formats.format import Item, LineNumbers, require_short
from proxyenv.formats.lines import Scan, Setting, Style, make_format

_BLANKS: Final = " \t\r\n"
"""What git takes for blank: no form feed."""
_HEADER: Final = r'\[(?P<section>[A-Za-z0-9.-]+)(?:[ \t\r]+"(?P<sub>(?:[^"\\\n]|\\[^\n])*)")?\]'
_NAME: Final = r"[A-Za-z][A-Za-z0-9-]*"
_ESCAPES: Final = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}


def _scan_git(text: str) -> Scan:
    """As ``git_parse_source`` in git's ``config.c`` does."""
    reader = _GitReader(text)
    while reader.at < len(text):
        reader.step()
    return Scan(tuple(reader.settings), reader.sections, tuple(reader.headers), reader.problem)


class _GitReader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.line = (0, 0)
        self.stopped = 0
        self.lines = LineNumbers(text)
        self.settings: list[Setting] = []
        self.sections: dict[str, int] = {}
        self.headers: list[tuple[int, int]] = []
        self.section = ""
        self.problem: str | None = None

    def step(self) -> None:
        """Read one blank, comment, header or setting."""
        char = self.text[self.at]
        header = re.compile(_HEADER).match(self.text, self.at) if char == "[" else None
        name = re.compile(_NAME).match(self.text, self.at)
        if char in _BLANKS:
            self.at += 1
        elif char in "#;":
            self.at = self._line_end(self.at)
        elif header is not None:
            self._open(header)
        elif name is not None and self._read_setting(name):
            pass
        else:
            self.problem = self.problem or f"line {self.lines.at(self.at)} is no setting"
            self.at = self._line_end(max(self.at, self.stopped))

    def _find_line(self, at: int) -> tuple[int, int]:
        """Where the line of *at* starts and ends; the last one is remembered, as it may be the whole file."""
        if not self.line[0] <= at < self.line[1]:
            end = self.text.find("\n", at)
            self.line = (self.text.rfind("\n", 0, at) + 1, len(self.text) if end < 0 else end + 1)
        return self.line

    def _line_end(self, at: int) -> int:
        return self._find_line(at)[1]

    def _open(self, header: re.Match[str]) -> None:
        self.section = header["section"].lower()
        if header["sub"] is not None:
            self.section += "." + re.sub(r"\\(.)", r"\1", header["sub"])
        require_short(self.section, self.lines.at(header.start()))
        self.at = header.end()
        start, end = self._find_line(header.start())
        rest = re.compile(r"[ \t\r]*(.?)").match(self.text, self.at, end)
        is_alone = rest is None or rest[1] in {"", "#", ";"}  # or with a setting in its line
        self.headers.append((start, end if is_alone else self.at))
        self.sections.setdefault(self.section, end)

    def _read_setting(self, name: re.Match[str]) -> bool:
        """Read a setting; ``False`` where git refuses it."""
        at = name.end()
        while self.text[at : at + 1] in {" ", "\t"}:
            at += 1
        rest = re.compile(r"\r*(.?)").match(self.text, at)
        if rest is None or not rest[1]:
            raw, value, end = "", "true", self._line_end(at)
        elif self.text[at] == "=":
            read = self._read_value(at + 1)
            if read is None:
                return False
            value, end = read
            raw = self.text[at + 1 : end].strip(_BLANKS)
        else:
            return False
        key = f"{self.section}/{name[0].lower()}" if self.section else name[0].lower()
        first, last = self.lines.at(name.start()), self.lines.at(end - 1)
        is_bare = not raw and value == "true"
        item = Item(self.section, name[0].lower(), value, first, key, last, is_bare)
        start = self._find_line(name.start())[0]
        start = max(start, self.headers[-1][1] if self.headers else 0)
        self.settings.append(Setting(item, raw, start, end))
        self.sections[self.section] = self.at = end
        return True

    def _read_value(self, at: int) -> tuple[str, int] | None:
        """A value, and where the line after it starts. Quotes may open and close anywhere."""
        text, value, blanks, quoted = self.text, "", 0, False
        while at < len(text) and text[at] != "\n":
            char = text[at]
            if text.startswith("\r\n", at):
                at += 1
                continue
            if not quoted and char in _BLANKS:
                blanks += bool(value)
                at += 1
                continue
            if not quoted and char in "#;":
                return value, self._line_end(at)
            value, blanks = value + " " * blanks, 0
            if char == '"':
                quoted = not quoted
            elif char == "\\":
                at += 1 + text.startswith("\r\n", at + 1)
                escaped = text[at : at + 1]
                if escaped != "\n" and escaped not in _ESCAPES:
                    self.stopped = at
                    return None
                value += _ESCAPES.get(escaped, "")
            else:
                value += char
            at += 1
        self.stopped = at
        return None if quoted else (value, self._line_end(at))


def _name_git(key: str) -> str:
    """A key with the section's and the name's case as git compares them; a subsection keeps its own."""
    section, _, name = key.rpartition("/")
    head, dot, sub = section.partition(".")
    return f"{head.lower()}{dot}{sub}/{name.lower()}" if section else name.lower()


def _render_header(section: str) -> str:
    head, _, sub = section.partition(".")
    escaped = re.sub(r'(["\\])', r"\\\1", sub)
    return f'[{head} "{escaped}"]' if sub else f"[{head}]"


def _normal(value: str) -> str:
    read = _GitReader(value)._read_value(0)  # noqa: SLF001 - the same module
    return read[0] if read is not None else value


GITCONFIG: Final = make_format(
    Style(_scan_git, "\t{} = {}".format, _name_git, _render_header, _normal, has_mark=True)
)
