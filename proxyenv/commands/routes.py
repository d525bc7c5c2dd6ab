"""``proxyenv routes``: which client goes direct and which to the proxy, by the clients' own rules."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.commands.command import Command, Reply
from proxyenv.commands.terminal import ScreenRow, printable
from proxyenv.machine.dialect_versions import choose_readings
from proxyenv.machine.file_routes import read_dialects
from proxyenv.machine.hosts import find_urls, read_environment
from proxyenv.machine.local import LocalMachine
from proxyenv.model.no_proxy import describe_mistakes
from proxyenv.model.option import Option
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.advice import advise, read_no_proxy
from proxyenv.no_proxy.dialects.table import DIALECTS
from proxyenv.no_proxy.truth_table import make_table, parse_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.commands.command import Session
    from proxyenv.commands.terminal import Terminal
    from proxyenv.model.host import Host
    from proxyenv.model.no_proxy import Mistake
    from proxyenv.no_proxy.advice import Advice
    from proxyenv.no_proxy.truth_table import Cell, Row, TruthTable

_WORDS: Final = {RouteKind.PROXIED: "proxy", RouteKind.DIRECT: "direct", RouteKind.ERROR: "ERROR"}
_STYLES: Final = {RouteKind.PROXIED: "ok", RouteKind.DIRECT: "ok", RouteKind.ERROR: "failed"}
_WIDTH: Final = 8


@dataclass(frozen=True, slots=True)
class ClientRoute:
    """What one client does with one URL.

    Args:
        client: its name.
        url: what is asked for.
        route: `proxied`, `direct` or `error`.
        via: the proxy, the password masked; null where it goes direct or fails.
        reason: what decided.
    """

    client: str
    url: str
    route: str
    via: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RoutesResult:
    """The table, and what would make the clients agree.

    Args:
        routes: one for each client and URL.
        differences: the URLs on which clients differ, or one of them fails.
        idle: clients that take no proxy from these variables, whatever they say.
        mistakes: entries of NO_PROXY that do not mean what they seem to.
        advice: lines to paste into a shell, so that more clients agree.
        left: what clients differ about even then.
        older: programs here whose version reads the variables otherwise than later ones, and what is other;
            their columns are shown as that version does.
    """

    routes: tuple[ClientRoute, ...]
    differences: tuple[str, ...]
    idle: tuple[str, ...]
    mistakes: tuple[str, ...]
    advice: tuple[str, ...]
    left: tuple[str, ...]
    older: tuple[str, ...] = ()


class Routes(NamedTuple):
    """Where each client goes.

    Args:
        table: hosts down, clients across.
        advice: what would make them agree.
        mistakes: entries of NO_PROXY that do not mean what they seem to.
        proxied: whether any variable names a proxy at all.
        older: what clients of earlier versions that are here do otherwise.
    """

    table: TruthTable
    advice: Advice
    mistakes: tuple[Mistake, ...]
    proxied: bool
    older: tuple[str, ...] = ()


def run(session: Session) -> Reply:
    """Show the table; status 1 where clients differ.

    Raises:
        UsageError: ``url-invalid``.
        DiscoveryError: ``file-unreadable``.
    """
    options = session.options
    found = find_routes(
        session.host, tuple(options.hosts), env_file=options.env_file, no_proxy=options.no_proxy
    )
    for mistake in describe_mistakes(found.mistakes):
        session.terminal.remark(f"note: {printable(mistake)}")
    for older in found.older:
        session.terminal.remark(f"note: {older}")
    if not found.proxied:
        session.terminal.remark("no variable names a proxy here: all clients go direct")
    lines = _render(session, found)
    return Reply(describe_routes(found), lines, "failed" if found.table.differences else "ok")


def _render(session: Session, found: Routes) -> Iterable[str]:
    terminal, explain = session.terminal, bool(session.options.explain)
    if not terminal.is_seen:
        return render_routes(found, session.paint, explain=explain)
    if terminal.verbose or explain:
        lines = render_routes(found, lambda text, _: text, explain=explain)
        return (part for line in lines for part in _fold(terminal, line))
    from proxyenv.commands.route_rows import describe_routes_shortly

    return terminal.lay_out(describe_routes_shortly(found, terminal.width))


def _fold(terminal: Terminal, line: str) -> Iterable[str]:
    """A line for a terminal; what is to be pasted stays whole."""
    is_code = line.startswith("    ") and line[4:].partition(" ")[2].find("=") > 0 and ": " not in line
    return (line,) if is_code else terminal.lay_out((ScreenRow("", line, heading=True),))


def find_routes(host: Host, hosts: tuple[str, ...], *, env_file: str | None, no_proxy: str | None) -> Routes:
    """Where each client goes for each host, by the clients' own rules and files; nothing is connected.

    Args:
        host: the machine; its environment is what is judged, unless *env_file* names another.
        hosts: hosts or URLs; empty means those that matter here.
        env_file: a file of assignments, as an env file or ``env.list`` has them.
        no_proxy: a list instead of that of the environment.

    Raises:
        UsageError: ``url-invalid``.
        DiscoveryError: ``file-unreadable``.
    """
    environment = dict(read_environment(host, env_file))
    if no_proxy is not None:
        environment |= {"no_proxy": no_proxy, "NO_PROXY": no_proxy}
    meant = read_no_proxy(environment)
    urls = tuple(map(parse_host, hosts)) or find_urls(host, meant)
    dialects, older = (DIALECTS, ()) if env_file else choose_readings(host.environment, DIALECTS)
    if not env_file:
        dialects = read_dialects(LocalMachine(host), dialects)
    table = make_table(environment, urls, dialects)
    proxied = any(cell.route.kind is not RouteKind.DIRECT for row in table.rows for cell in row.cells)
    advice = advise(environment, table, dialects, shell=host.environment)
    return Routes(table, advice, meant.mistakes, proxied, older)


def describe_routes(found: Routes) -> RoutesResult:
    """Every cell of the table, and the advice."""
    table = found.table
    return RoutesResult(
        routes=tuple(
            ClientRoute(
                cell.client,
                row.shown,
                cell.route.kind.value,
                str(cell.route.proxy) if cell.route.proxy else None,
                cell.route.reason,
            )
            for row in table.rows
            for cell in row.cells
        ),
        differences=tuple(row.shown for row in table.differences),
        idle=tuple(sorted(table.idle)),
        mistakes=tuple(describe_mistakes(found.mistakes)),
        advice=found.advice.lines,
        left=found.advice.left,
        older=found.older,
    )


def render_routes(found: Routes, paint: Callable[[str, str], str], *, explain: bool) -> Iterator[str]:
    """Hosts down, groups of clients that agree everywhere across, and below what would make them agree."""
    table = found.table
    groups = find_groups(table)
    names = dict(zip(groups, _letters(), strict=False))
    width = max(len(printable(row.shown)) for row in table.rows)
    if len(groups) > 1:
        yield f"{' ' * width}  {''.join(f'{names[group]:<{_WIDTH}}' for group in groups)}".rstrip()
    for row in table.rows:
        cells = {cell.client: cell for cell in row.cells}
        shown = "".join(_paint(cells[group[0]], paint) for group in groups)
        mark = paint("differ", "failed") if row.differs(table.idle) else ""
        yield f"{printable(row.shown):<{width}}  {shown}{mark}".rstrip()
        if explain:
            yield from _explain(row, table)
    yield ""
    for group in groups:
        yield f"{names[group]}  {', '.join(group)}" if len(groups) > 1 else f"all agree: {', '.join(group)}"
    yield from _legend(table)
    yield from _advice(found)


def _letters() -> Iterator[str]:
    yield from ascii_uppercase
    yield from (first + second for first in ascii_uppercase for second in ascii_uppercase)


def find_groups(table: TruthTable) -> tuple[tuple[str, ...], ...]:
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


def _advice(found: Routes) -> Iterator[str]:
    if found.advice.lines:
        yield ""
        yield "paste this, and more of them agree:"
        yield from (f"    {printable(line)}" for line in found.advice.lines)
    if found.advice.left:
        yield ""
        yield "what is left then:" if found.advice.lines else "why they differ:"
        yield from (f"    {printable(line)}" for line in found.advice.left)


_OPTIONS = {
    "hosts": Option(("HOST|URL",), "what to ask about", takes="values", required=False),
    "env_file": Option(("--env-file",), "judge the variables that FILE sets", metavar="FILE"),
    "no_proxy": Option(("--no-proxy",), "judge this list instead of the one that is set", metavar="LIST"),
    "explain": Option(("--explain",), "say what decided", takes="yes"),
}

COMMANDS = {"routes": Command(run, RoutesResult, _OPTIONS)}
