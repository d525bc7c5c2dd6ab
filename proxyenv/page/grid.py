"""NO_PROXY as a grid: hosts down, groups of clients that do the same across."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

from proxyenv.page.markup import Markup, element, join, prose
from proxyenv.page.signs import badge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.page.content import Grid, GridRow

_WORDS = {"proxied": "proxy", "direct": "direct", "error": "error"}


def draw_grid(grid: Grid) -> Markup:
    """The list, the table, who is in which column, and what would make them agree."""
    return join(_draw(grid))


def _draw(grid: Grid) -> Iterator[Markup]:
    entries = grid.no_proxy or "empty"
    yield element("p", element("span", "NO_PROXY", class_="kind"), element("code", entries), class_="list")
    yield _draw_table(grid)
    yield element("dl", *_list_columns(grid), class_="columns")
    if grid.mistakes:
        items = (
            element("li", badge("warning", "warning"), element("span", prose(each))) for each in grid.mistakes
        )
        yield element("ul", *items, class_="remarks")
    if grid.advice:
        yield element("p", "Paste this into a shell, and more of them agree:")
        yield element("div", *(element("code", line) for line in grid.advice), class_="paste")
    if grid.left:
        yield element("p", "What is left then:" if grid.advice else "Why they differ:")
        yield element("ul", *(element("li", prose(each)) for each in grid.left), class_="bullets")


def _draw_table(grid: Grid) -> Markup:
    names = _letters(len(grid.columns))
    head = [element("th", "host", scope="col")]
    head += [
        element("th", name, element("span", _shorten(group), class_="members"), scope="col")
        for name, group in zip(names, grid.columns, strict=True)
    ]
    body = (_draw_row(row) for row in grid.rows)
    table = element("table", element("thead", element("tr", *head)), element("tbody", *body), class_="grid")
    return element(
        "div", table, class_="scroll", tabindex="0", role="region", aria_label="NO_PROXY, hosts by clients"
    )


def _shorten(group: tuple[str, ...]) -> str:
    """The first client, and how many more; the list below the table names all."""
    first, *rest = group
    return f"{first} and {len(rest)} more" if rest else first


def _draw_row(row: GridRow) -> Markup:
    note = element("span", "they differ", class_="differs") if row.differs else ""
    cells = (
        element("td", badge(square.route, _WORDS[square.route]), title=square.reason)
        for square in row.squares
    )
    return element(
        "tr",
        element("th", row.url, note, scope="row", class_="mono"),
        *cells,
        class_="differing" if row.differs else None,
    )


def _list_columns(grid: Grid) -> Iterator[Markup]:
    for name, group in zip(_letters(len(grid.columns)), grid.columns, strict=True):
        yield element("dt", name)
        yield element("dd", ", ".join(group))
    if grid.proxies:
        yield element("dt", "proxy")
        yield element("dd", ", ".join(grid.proxies), class_="mono")
    if grid.idle:
        yield element("dt", "none")
        yield element("dd", f"{', '.join(grid.idle)}: take no proxy from these variables")


def _letters(count: int) -> list[str]:
    """A, B and so on, after Z AA."""
    pairs = (first + second for first in ("", *ascii_uppercase) for second in ascii_uppercase)
    return [name for name, _ in zip(pairs, range(count), strict=False)]
