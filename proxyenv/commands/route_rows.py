"""The routes on a terminal: hosts on which clients differ, each with who goes where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.terminal import ScreenRow, render_count
from proxyenv.model.route import RouteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.routes import Routes
    from proxyenv.no_proxy.truth_table import Row as HostRow
    from proxyenv.no_proxy.truth_table import TruthTable

_WORDS: Final = {RouteKind.PROXIED: "proxy", RouteKind.DIRECT: "direct", RouteKind.ERROR: "ERROR"}
_HOSTS: Final = 4
_ALIKE: Final = 6
_LEFT: Final = 2
_CLIENTS: Final = 8


def describe_routes_shortly(found: Routes, width: int) -> Iterator[ScreenRow]:
    """Where clients agree, where they differ, and what would make them agree.

    Args:
        found: the routes.
        width: of the terminal; what has to be pasted is shown where it fits.
    """
    table = found.table
    differing = [row for row in table.rows if row.differs(table.idle)]
    for kind, word in _WORDS.items():
        alike = [row.shown for row in table.rows if row not in differing and _kind(row, table) is kind]
        if alike:
            style = "failed" if kind is RouteKind.ERROR else "ok"
            more = f" and {len(alike) - _ALIKE} more" if alike[_ALIKE:] else ""
            yield ScreenRow(word, f"every client: {', '.join(alike[:_ALIKE])}{more}", style)
    for row in differing[:_HOSTS]:
        yield ScreenRow("differ", f"{row.shown}: {'; '.join(_sides(row, table))}", "failed")
    if differing[_HOSTS:]:
        yield ScreenRow("", f"and {render_count(len(differing) - _HOSTS, 'host')} more: `-v` shows the table")
    proxies = {str(cell.route.proxy) for row in table.rows for cell in row.cells if cell.route.proxy}
    if proxies:
        yield ScreenRow("", f"the proxy is {', '.join(sorted(proxies))}", heading=True)
    yield from _advise(found, width)


def _kind(row: HostRow, table: TruthTable) -> RouteKind | None:
    return next((cell.route.kind for cell in row.cells if cell.client not in table.idle), None)


def _sides(row: HostRow, table: TruthTable) -> Iterator[str]:
    """Who goes where; the most numerous side is called the others."""
    sides: dict[RouteKind, list[str]] = {}
    for cell in row.cells:
        if cell.client not in table.idle:
            sides.setdefault(cell.route.kind, []).append(cell.client)
    ordered = sorted(sides.items(), key=lambda side: len(side[1]))
    for kind, clients in ordered[:-1]:
        more = f" and {len(clients) - _CLIENTS} more" if clients[_CLIENTS:] else ""
        yield f"{_WORDS[kind]}: {', '.join(clients[:_CLIENTS])}{more}"
    for kind, clients in ordered[-1:]:
        yield f"{_WORDS[kind]}: the other {len(clients)}" if ordered[:-1] else f"{_WORDS[kind]}: all"


def _advise(found: Routes, width: int) -> Iterator[ScreenRow]:
    advice = found.advice
    if any(len(line) > width for line in advice.lines):
        yield ScreenRow(
            "", "`proxyenv routes -v` has lines to paste, so that more of them agree", heading=True
        )
    elif advice.lines:
        yield ScreenRow("", "paste this, and more of them agree:", heading=True)
        yield from (ScreenRow("", line, whole=True, heading=True) for line in advice.lines)
    if advice.left:
        yield ScreenRow("", "what is left then:" if advice.lines else "why they differ:", heading=True)
        yield from (ScreenRow("", f"  {line}", heading=True) for line in advice.left[:_LEFT])
        if advice.left[_LEFT:]:
            yield ScreenRow("", f"  and {len(advice.left) - _LEFT} more: `-v` shows all", heading=True)
