"""Maven's ``settings.xml``, edited as text: one ``<proxy>`` element to a key, which is its ``<id>``.

The file is read by a parser that says where each element lies, and only those bytes are touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from proxyenv.formats.format import Format, Item, invalid, newline_of, require_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 100
_DEFAULT_ID: Final = "default"
"""Maven's own for a proxy without one."""
_ENCODING: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_EMPTY: Final = """\
<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
</settings>
"""


@dataclass(slots=True)
class _Span:
    """An element: where its tag starts, and its end tag, in bytes; without one, where its tag ends."""

    start: int
    end: int = -1
    name: str = ""


@dataclass(slots=True)
class _Layout:
    settings: _Span | None = None
    proxies: _Span | None = None
    first: int | None = None
    proxy: dict[str, _Span] = field(default_factory=dict)


class _XMLReader:
    """Follows the way from ``settings`` to ``id``, and remembers where things lie."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data, self.source = data, source
        self.layout = _Layout()
        self.way: list[_Span] = []
        self.id = ""
        self.texts: list[str] = []
        self.line = 1
        self.inner: list[tuple[str, str, int, int]] = []
        self.items: list[Item] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def read(self) -> _Layout:
        require_bounded(self.data.decode("latin-1"), source=self.source)
        if b"\0" in self.data:
            raise invalid(self.source, "it is not written in an encoding that goes on from ASCII")
        try:
            self.parser.Parse(self.data, True)  # noqa: FBT003 - a C function without names for its arguments
        except expat.ExpatError as error:
            raise invalid(self.source, f"line {error.lineno} is not XML") from error
        except (ValueError, LookupError) as error:  # the parser asks Python for an encoding that it lacks
            declared = _ENCODING.match(self.data)
            name = declared[1].decode() if declared else ""
            raise invalid(self.source, f"its encoding, `{name}`, is not read") from error
        if self.layout.settings is None:
            raise invalid(self.source, "its root is not `settings`")
        return self.layout

    def _names(self) -> list[str]:
        return [span.name for span in self.way]

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self.way.append(_Span(self.parser.CurrentByteIndex, name=name))
        if len(self.way) > _DEEPEST:
            raise invalid(self.source, f"line {self.parser.CurrentLineNumber} is in too many elements")
        self.texts, self.line = [], self.parser.CurrentLineNumber
        if self._names() == ["settings", "proxies", "proxy"]:
            self.id = _DEFAULT_ID
            self.inner = []
            if self.layout.first is None:
                self.layout.first = self.parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        self.texts.append(text)

    def _end(self, _name: str) -> None:
        names, span = self._names(), self.way.pop()
        span.end = self.parser.CurrentByteIndex
        if names == ["settings"]:
            self.layout.settings = span
        elif names == ["settings", "proxies"]:
            self.layout.proxies = span
        elif names == ["settings", "proxies", "proxy"]:
            self.layout.proxy[self.id] = span
            self.items += [
                Item(self.id, name, value, line, f"{self.id}/{name}", last)
                for name, value, line, last in self.inner
            ]
        elif names[:-1] == ["settings", "proxies", "proxy"]:
            value = "".join(self.texts).strip()
            self.id = value if names[-1] == "id" and value else self.id
            self.inner.append((names[-1], value, self.line, self.parser.CurrentLineNumber))

    def _doctype(self, *_: object) -> None:
        raise invalid(self.source, "it has a document type, whose entities are not followed")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _items(text: str, *, source: str) -> Iterator[Item]:
    """What is in each ``<proxy>``, whose id is the section."""
    if text.strip():
        reader = _XMLReader(_encode(text), source)
        reader.read()
        yield from reader.items


def _get(text: str, key: str, *, source: str) -> str | None:
    if not text.strip():
        return None
    data = _encode(text)
    span = _XMLReader(data, source).read().proxy.get(key)
    return None if span is None else _decode(data[span.start : _close(data, span)]).replace("\r\n", "\n")


def _close(data: bytes, span: _Span) -> int:
    """The index after the end tag."""
    if _is_empty(data, span):
        return span.end
    return data.index(b">", span.end) + 1


def _is_empty(data: bytes, span: _Span) -> bool:
    """Whether it is `<proxies/>`: one tag, after which the parser says that it ends."""
    return re.fullmatch(rb"<[^<]*/>", data[span.start : span.end]) is not None


def _set(text: str, key: str, value: str, *, source: str) -> str:
    newline = newline_of(text)
    data = _encode(text if text.strip() else _EMPTY)
    layout = _XMLReader(data, source).read()
    element = value.replace("\n", newline)
    span = layout.proxy.get(key)
    if span is not None:
        return _decode(data[: span.start] + _encode(element) + data[_close(data, span) :])
    if layout.first is not None:  # of several active ones Maven takes the first
        line = data[data.rfind(b"\n", 0, layout.first) + 1 : layout.first]
        between = b"" if line.strip() else _encode(newline) + line
        return _decode(data[: layout.first] + _encode(element) + between + data[layout.first :])
    if layout.proxies is not None:
        return _insert(data, layout.proxies, f"    {element}{newline}", newline)
    inner = f"  <proxies>{newline}    {element}{newline}  </proxies>{newline}"
    return _insert(data, layout.settings or _Span(0), inner, newline)


def _insert(data: bytes, span: _Span, inner: str, newline: str) -> str:
    """Put *inner*, which ends with a line break, in front of the end tag of an element."""
    if _is_empty(data, span):
        slash = data.rindex(b"/", span.start, _close(data, span))
        tag = f">{newline}{inner}</{span.name}>"
        return _decode(data[:slash].rstrip() + _encode(tag) + data[_close(data, span) :])
    line = data.rfind(b"\n", 0, span.end) + 1
    if data[line : span.end].strip():
        return _decode(data[: span.end]) + inner.strip() + _decode(data[span.end :])
    return _decode(data[:line]) + inner + _decode(data[line:])


def _unset(text: str, key: str, *, source: str) -> str:
    data = _encode(text)
    layout = _XMLReader(data, source).read()
    span, proxies = layout.proxy.get(key), layout.proxies
    if span is None or proxies is None:
        return text
    inside = data[data.index(b">", proxies.start) + 1 : span.start] + data[_close(data, span) : proxies.end]
    return _cut(data, span if inside.strip() else proxies)


def _cut(data: bytes, span: _Span) -> str:
    """Without an element, and without the line that it leaves empty."""
    head = data[: span.start].rstrip(b" \t")
    tail = data[_close(data, span) :]
    if head.endswith(b"\n") and tail.lstrip(b" \t\r").startswith(b"\n"):
        return _decode(head + tail.lstrip(b" \t\r")[1:])
    return _decode(data[: span.start] + tail)


def _normal(value: str) -> str:
    """An editor that reformats the file changes the blanks between the tags."""
    return re.sub(r">\s+<", "><", value)


MAVEN: Final = Format(_items, _get, _set, _unset, _normal)
