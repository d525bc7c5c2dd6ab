"""``apt.conf``: ``A::B "value";`` and ``A { B "value"; };``, as apt 2.6 reads them.

A section is the scope that a name is in, ``A::B``; names have no case. ``#clear A;`` takes away what the same
file said of ``A`` before it, and is a setting named ``#clear`` itself, since it clears other files too.
"""

from __future__ import annotations

import re
from typing import Final

from proxyenv.formats.format import Item, LineNumbers, require_short
from proxyenv.formats.lines import Scan, Setting, Style, make_format
from proxyenv.formats.parse import DEEPEST
from proxyenv.record import NamedTuple

_MOST: Final = 40_000
"""Settings. They need no lines of their own."""

_WORDS: Final = (
    r"(?P<blank>\s+|//[^\n]*|#(?!(?:clear|include|x-apt-configure-index)\s)[^\n]*|/\*.*?\*/)"
    r'|"(?P<text>[^"\n]*)"|(?P<mark>[{};])|(?P<word>#(?:clear|include|x-apt-configure-index)(?=\s)|(?:(?!//|/\*|#)[^\s"{};])+)|(?P<odd>/\*.*\Z|.)'
)

_REST: Final = re.compile(r"[ \t]*\r?(?:\n|$)")


class _Part(NamedTuple):
    """A word or a text of a statement, and where it is."""

    text: str
    start: int
    end: int


class _AptReader:
    def __init__(self, text: str) -> None:
        self.text, self.lines = text, LineNumbers(text)
        self.scopes: list[str] = []
        self.parts: list[_Part] = []
        self.settings: list[Setting] = []
        self.problem: str | None = None
        self.cleared = 0
        self.end = 0

    def read(self) -> Scan:
        for token in re.compile(_WORDS, re.DOTALL).finditer(self.text):
            if token["odd"] is not None:
                self._refuse(token.start())
            elif token["mark"] is not None:
                self._end(token["mark"], token.start())
            elif token["blank"] is None:
                text = token["text"] if token["text"] is not None else token["word"]
                self.parts.append(_Part(text, token.start(), token.end()))
        if self.parts or self.scopes:
            self._refuse(self.parts[0].start if self.parts else len(self.text) - 1)
        return Scan(tuple(self.settings), {}, (), self.problem)

    def _refuse(self, at: int) -> None:
        self.problem = self.problem or f"line {self.lines.at(at)} is no setting"

    def _end(self, mark: str, at: int) -> None:
        """Take the statement that a mark ends."""
        parts, self.parts = self.parts, []
        name = parts[0].text if parts and self.text[parts[0].start] != '"' else ""
        if name in {"#clear", "#include"}:
            self._direct(parts, at)
        elif name and len(parts) > 1:
            self._add(parts, at, mark)
        if len(self.settings) > _MOST:
            raise ValueError(f"it has more than {_MOST:,} settings")
        if mark == "{":
            self.scopes.append(require_short(name, self.lines.at(at)))
            if len(self.scopes) > DEEPEST:
                raise ValueError(f"line {self.lines.at(at)} is nested too deeply")
        elif mark == "}" and self.scopes:
            self.scopes.pop()

    def _direct(self, parts: list[_Part], at: int) -> None:
        target = parts[1].text if len(parts) > 1 else ""
        below = target.lower()
        if parts[0].text == "#clear":
            self.cleared += 1
            if self.cleared > DEEPEST:  # each looks at all that stands before it
                raise ValueError(f"line {self.lines.at(at)} is one `#clear` too many")
            self.settings = [
                each
                for each in self.settings
                if each.item.key != below and not each.item.key.startswith(f"{below}::")
            ]
        line = self.lines.at(parts[0].start)
        item = Item("", parts[0].text, target, line, f"{parts[0].text} {below}", self.lines.at(at))
        self.settings.append(Setting(item, target, *self._lines(parts[0].start, at + 1)))

    def _add(self, parts: list[_Part], at: int, mark: str) -> None:
        section = "::".join(filter(None, self.scopes))
        name = parts[0].text
        value = " ".join(part.text for part in parts[1:])
        key = (f"{section}::{name}" if section else name).lower()
        item = Item(section, name, value, self.lines.at(parts[0].start), key, self.lines.at(at))
        span = (parts[1].start, parts[-1].end)
        end = at + 1 if mark == ";" else parts[-1].end
        raw = self.text[span[0] : span[1]]
        self.settings.append(Setting(item, raw, *self._lines(parts[0].start, end), span))

    def _lines(self, start: int, end: int) -> tuple[int, int]:
        """The whole lines of a statement, where nothing else is in them."""
        before, self.end = self.end, end
        first = self.text.rfind("\n", before, start) + 1
        rest = _REST.match(self.text, end)
        if rest is None or (before and not first) or self.text[first:start].strip():
            return start, end
        return first, rest.end()


def _normal(value: str) -> str:
    """A word may be quoted."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


APT: Final = make_format(
    Style(lambda text: _AptReader(text).read(), "{} {};".format, str.lower, normal=_normal)
)
