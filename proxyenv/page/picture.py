"""The way as a picture: the process on the left, the proxies in the middle, hosts and the API on the right.

Each box is as high as what hangs on it, so that every step is a straight line.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.page.content import Branch, Hop, Stop, Trunk
from proxyenv.page.markup import Markup, element, spell
from proxyenv.page.signs import HOPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.page.content import ProcessWay

_WIDTH: Final = 1040
_BOX: Final = 240
_PROXY: Final = (405, 230)
"""Left edge and width of a proxy."""

_RIGHT: Final = _WIDTH - _BOX
_STEP: Final = 64
"""Height of one step."""

_GAP: Final = 14
_LINE: Final = 18
_MARGIN: Final = 8
_CHARACTERS: Final = 23
"""That fit into a line of a box, in the widest of the usual fonts."""

_MOST_LINES: Final = 3
_MOST_BRANCHES: Final = 8
_GRAVITY: Final = ("failed", "warning", "skipped", "ok")
_LONG_CAUSE: Final = 22


class _Extent(NamedTuple):
    """A box from top to bottom, and what it stands for."""

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def draw_way(way: ProcessWay, *, title: str) -> Markup:
    """The picture.

    Args:
        way: what to draw.
        title: what the picture is, for those who do not see it; the list below it says the rest.
    """
    trunks = _shorten(way.trunks)
    spans = [[_Extent(0, 0) for _ in trunk.branches] for trunk in trunks]
    top = float(_MARGIN)
    for number, trunk in enumerate(trunks):
        heights = [len(branch.hops) * _STEP + _GAP for branch in trunk.branches]
        tops = list(accumulate(heights, lambda at, height: at + height + _GAP, initial=top))
        spans[number] = [_Extent(at, at + height) for at, height in zip(tops, heights, strict=False)]
        top = tops[-1] + _GAP
    bottom = max(top - 2 * _GAP, float(_MARGIN + 2 * _STEP))
    drawn = (
        part
        for trunk, rows in zip(trunks, spans, strict=True)
        for part in _draw_trunk(trunk, rows, _Extent(_MARGIN, bottom))
    )
    box = _draw_box(way.process, 0, _BOX, _Extent(_MARGIN, bottom), state=way.state)
    return element(
        "svg",
        element("title", title),
        *drawn,
        box,
        class_="way",
        viewBox=f"0 0 {_WIDTH} {bottom + _MARGIN:.0f}",
        role="img",
        aria_label=title,
    )


def _shorten(trunks: tuple[Trunk, ...]) -> tuple[Trunk, ...]:
    """What can be looked at: of many hosts the gravest, and how many more there are."""
    every = [branch for trunk in trunks for branch in trunk.branches]
    if len(every) <= _MOST_BRANCHES:
        return trunks
    shown = sorted(every, key=lambda branch: (branch.end.kind != "api", _gravity(branch.hops)))
    kept = {id(branch) for branch in shown[: _MOST_BRANCHES - len(trunks)]}
    return tuple(_keep(trunk, kept) for trunk in trunks)


def _keep(trunk: Trunk, kept: set[int]) -> Trunk:
    rest = [branch for branch in trunk.branches if id(branch) not in kept]
    some = tuple(branch for branch in trunk.branches if id(branch) in kept)
    if not rest:
        return trunk
    hops = [hop for branch in rest for hop in branch.hops]
    gravest = min(hops, key=lambda hop: _GRAVITY.index(hop.status))
    more = Branch(Stop("origin", f"{len(rest)} more hosts", ("listed below",)), (gravest._replace(label=""),))
    at = len(some) - (1 if some and some[-1].end.kind == "api" else 0)
    return trunk._replace(branches=(*some[:at], more, *some[at:]))


def _gravity(hops: Iterable[Hop]) -> int:
    return min(_GRAVITY.index(hop.status) for hop in hops)


def _draw_trunk(trunk: Trunk, rows: list[_Extent], process: _Extent) -> Iterator[Markup]:
    """A proxy with the step to it and what is behind it, or what is reached directly."""
    start: float = _BOX
    if trunk.proxy is not None and trunk.hop is not None and rows:
        left, width = _PROXY
        span = _Extent(rows[0].top, rows[-1].bottom)
        yield from _draw_hop(trunk.hop, _BOX, left, min(max(span.middle, process.top), process.bottom))
        yield _draw_box(trunk.proxy, left, width, span)
        start = left + width
    for branch, row in zip(trunk.branches, rows, strict=True):
        for number, hop in enumerate(branch.hops):
            yield from _draw_hop(hop, start, _RIGHT, row.top + _GAP / 2 + _STEP * (number + 0.5))
        yield _draw_box(branch.end, _RIGHT, _BOX, row)


def _draw_hop(hop: Hop, left: float, right: float, y: float) -> Iterator[Markup]:
    """A line with the sign and the word on it, above it what it is and below it why it fails."""
    middle, word = (left + right) / 2, HOPS[hop.status]
    half = 21 + 4.6 * len(word)
    first, second = middle - half, middle + half
    after = "broken" if hop.status == "failed" else hop.status
    yield _line(f"M{left} {y}H{first:.1f}", f"{hop.status} rail")
    yield _line(f"M{second:.1f} {y}H{right - 2}", f"{after} rail")
    yield element(
        "path",
        d=f"M{right - 9} {y - 5}L{right - 1} {y}L{right - 9} {y + 5}",
        class_=f"{after} head",
    )
    yield _sign(hop.status, first + 7, y - 8)
    yield _text(word, first + 28, y + 4.5, f"word {hop.status}")
    if hop.label:
        yield _text(hop.label, middle, y - 15, "label middle")
    if hop.cause:
        yield _text(_cut(hop.cause, _LONG_CAUSE), middle, y + 23, f"cause middle {hop.status}")


def _draw_box(stop: Stop, left: float, width: float, span: _Extent, *, state: Hop | None = None) -> Markup:
    """A box, its text in the middle of its height; what does not fit is cut."""
    height = span.bottom - span.top
    room = max(1, int((height - 10) // _LINE) - (2 if state else 0))
    lines = [("title", line) for line in _wrap(stop.title, _CHARACTERS)]
    lines = lines[:room]
    lines += [("note", _cut(line, _CHARACTERS + 5)) for line in stop.lines][: room - len(lines)]
    rows = len(lines) + (1.4 if state else 0)
    y = height / 2 - rows * _LINE / 2 + 13
    parts = [element("rect", x="1", y="1", width=f"{width - 2}", height=f"{height - 2:.0f}", rx="9")]
    for number, (kind, line) in enumerate(lines):
        parts.append(_text(line, 14, y + number * _LINE, kind))
    if state is not None:
        at = y + (len(lines) + 0.4) * _LINE
        word = "ready" if state.status == "ok" else state.cause or HOPS[state.status]
        parts.append(_sign(state.status, 14, at - 12.5))
        parts.append(_text(_cut(word, _LONG_CAUSE - 2), 36, at, f"word {state.status}"))
    kind = f"stop {stop.kind} {state.status if state else ''}".rstrip()
    return element(
        "svg", *parts, class_=kind, x=f"{left}", y=f"{span.top:.1f}", width=f"{width}", height=f"{height:.1f}"
    )


def _sign(status: str, x: float, y: float) -> Markup:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": "16", "height": "16"}
    return element("use", href=f"#sign-{status}", class_=f"sign {status}", **place)


def _line(path: str, kind: str) -> Markup:
    return element("path", d=path, class_=kind)


def _text(words: str, x: float, y: float, kind: str) -> Markup:
    return element("text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=kind)


def _wrap(words: str, most: int) -> list[str]:
    """A name on a few lines, broken after a sign where one stands; what is too long loses its middle."""
    words = _cut(spell(words), most * _MOST_LINES - 6)
    lines = []
    while _measure(words) > most:
        whole = next(n for n in range(len(words), 0, -1) if _measure(words[:n]) <= most)
        signs = [n + 1 for n in range(whole // 2, whole) if words[n] in "/.-_\\: "]
        end = signs[-1] if signs else whole
        lines.append(words[:end])
        words = words[end:]
    return [*lines, words]


def _cut(words: str, most: int) -> str:
    """A text that is too long, without its middle."""
    words = spell(words)
    if _measure(words) <= most:
        return words
    half = (most - 1) // 2
    head = next((words[:n] for n in range(half, 0, -1) if _measure(words[:n]) <= half), "")
    tail = next((words[-n:] for n in range(half, 0, -1) if _measure(words[-n:]) <= half), "")
    return f"{head}…{tail}"


def _measure(words: str) -> int:
    """The width in columns: characters of East Asia take two (Unicode, annex 11)."""
    return sum(2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1 for char in words)
