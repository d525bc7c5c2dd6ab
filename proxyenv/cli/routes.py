"""The truth table as text and as JSON."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from proxyenv.cli.text import printable
from proxyenv.model.route import RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.no_proxy.truth_table import Cell, Row, TruthTable
    from proxyenv.operations import Routes

_WORDS: Final = {RouteKind.PROXIED: "proxy", RouteKind.DIRECT: "direct", RouteKind.ERROR: "ERROR"}
_STYLES: Final = {RouteKind.PROXIED: "ok", RouteKind.DIRECT: "ok", RouteKind.ERROR: "failed"}
_WIDTH: Final = 8


def routes_data(answer: Routes) -> dict[str, Any]:
    """Every cell of the table, and the advice."""
    table = answer.table
    return {
        "routes": [
            {
                "client": cell.client,
                "url": row.url,
                "route": cell.route.kind.value,
                "via": str(cell.route.proxy) if cell.route.proxy else None,
                "reason": cell.route.reason,
            }
            for row in table.rows
            for cell in row.cells
        ],
        "differences": [row.url for row in table.differences],
        "idle": sorted(table.idle),
        "mistakes": list(map(str, answer.mistakes)),
        "advice": list(answer.advice.lines),
        "left": list(answer.advice.left),
    }


def render_routes(answer: Routes, paint: Callable[[str, str], str], *, explain: bool) -> Iterator[str]:
    """Hosts down, groups of clients that agree everywhere across, and below what would mend it."""
    table = answer.table
    groups = _find_groups(table)
    names = dict(zip(groups, _letters(), strict=False))
    width = max(len(printable(row.url)) for row in table.rows)
    if len(groups) > 1:
        yield f"{' ' * width}  {''.join(f'{names[group]:<{_WIDTH}}' for group in groups)}".rstrip()
    for row in table.rows:
        cells = {cell.client: cell for cell in row.cells}
        shown = "".join(_paint(cells[group[0]], paint) for group in groups)
        mark = paint("differ", "failed") if row.differs(table.idle) else ""
        yield f"{printable(row.url):<{width}}  {shown}{mark}".rstrip()
        if explain:
            yield from _explain(row, table)
    yield ""
    for group in groups:
        yield f"{names[group]}  {', '.join(group)}" if len(groups) > 1 else f"all of {', '.join(group)}"
    yield from _legend(table)
    yield from _advice(answer)


def _letters() -> Iterator[str]:
    yield from ascii_uppercase
    yield from (first + second for first in ascii_uppercase for second in ascii_uppercase)


def _find_groups(table: TruthTable) -> tuple[tuple[str, ...], ...]:
    """Clients that do the same on every row, the largest group first; idle ones are left out."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for number, cell in enumerate(table.rows[0].cells):
        if cell.client not in table.idle:
            column = tuple(row.cells[number].outcome for row in table.rows)
            groups.setdefault(column, []).append(cell.client)
    return tuple(sorted((tuple(group) for group in groups.values()), key=lambda group: (-len(group), group)))


def _paint(cell: Cell, paint: Callable[[str, str], str]) -> str:
    kind = cell.route.kind
    word = f"{_WORDS[kind]:<{_WIDTH}}"
    return paint(word, _STYLES[kind]) if kind is RouteKind.ERROR else word


def _explain(row: Row, table: TruthTable) -> Iterator[str]:
    """What decided, once for all the clients that say the same."""
    reasons: dict[tuple[RouteKind, str], list[str]] = {}
    for cell in row.cells:
        if cell.client not in table.idle:
            reasons.setdefault((cell.route.kind, cell.route.reason), []).append(cell.client)
    for (kind, reason), clients in reasons.items():
        yield f"    {_WORDS[kind]:<{_WIDTH}}{', '.join(clients)}: {printable(reason)}"


def _legend(table: TruthTable) -> Iterator[str]:
    proxies = {str(cell.route.proxy) for row in table.rows for cell in row.cells if cell.route.proxy}
    if proxies:
        yield f"proxy: {', '.join(sorted(map(printable, proxies)))}"
    if table.idle:
        yield f"take no proxy from these variables: {', '.join(sorted(table.idle))}"


def _advice(answer: Routes) -> Iterator[str]:
    if answer.advice.lines:
        yield ""
        yield "paste this, and more of them agree:"
        yield from (f"    {printable(line)}" for line in answer.advice.lines)
    if answer.advice.left:
        yield ""
        yield "what is left then:" if answer.advice.lines else "why they differ:"
        yield from (f"    {printable(line)}" for line in answer.advice.left)
