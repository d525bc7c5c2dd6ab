"""``--output html``: gathers what a page shows beside the outcomes of ``check`` and ``status``.

What cannot be had is named on the page; it never makes the verb fail.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxyenv import __version__
from proxyenv.commands.clients import describe_client, judge_clients
from proxyenv.commands.overview import describe_set_up
from proxyenv.commands.routes import find_groups, find_routes
from proxyenv.errors import ProxyenvError
from proxyenv.machine.installation import find_written, read_installation
from proxyenv.model.installation import Installation
from proxyenv.model.intent import Request
from proxyenv.model.no_proxy import describe_mistakes
from proxyenv.model.report import Process, Report
from proxyenv.model.subject import parse_origin
from proxyenv.model.url import show_location
from proxyenv.no_proxy.advice import read_no_proxy
from proxyenv.page.content import Card, Grid, GridRow, Group, Page, Square
from proxyenv.page.trees import grow_trees
from proxyenv.page.way import build_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from proxyenv.commands.clients import JudgedClient
    from proxyenv.commands.command import Session
    from proxyenv.commands.reports import Checked
    from proxyenv.commands.routes import Routes
    from proxyenv.model.host import Host
    from proxyenv.model.inspection import Inspection
    from proxyenv.page.content import ProcessWay, TreeNode

    T = TypeVar("T")

_MOST_SIGHTS: Final = 3
"""Origins whose certificates are looked at: those of one proxy have the same CA above them."""

_PUBLIC: Final = "a public root, which the server did not send"
_MISSING: Final = "was not sent, and is not known here"


def gather_page(session: Session, checked: Checked, verdict: str) -> Page:
    """Everything that the page shows.

    Args:
        session: whose verb, and the machine.
        checked: what the verb found.
        verdict: the line that sums it up.
    """
    session.terminal.progress("gathering what the page shows")
    notes: list[str] = []
    installation = _attempt(lambda: read_installation(session.host), notes) or Installation()
    written = _attempt(lambda: find_written(installation, session.host.layout), notes) or {}
    return Page(
        verb=session.verb,
        passed=checked.passed,
        verdict=verdict,
        facts=tuple(_list_facts(installation, written, checked)),
        ways=_attempt(lambda: tuple(_find_ways(session, installation, checked)), notes) or (),
        groups=tuple(_group(checked)),
        forest=_attempt(lambda: _grow(session, installation, checked, notes), notes) or (),
        grid=_attempt(lambda: _lay_grid(session, written), notes),
        cards=_attempt(lambda: tuple(map(_describe_client, judge_clients(session.host))), notes) or (),
        notes=tuple(dict.fromkeys(notes)),
        hidden=bool(session.options.anonymize),
        made=f"proxyenv {__version__}, {session.now:%Y-%m-%d %H:%M} UTC",
    )


def _attempt(action: Callable[[], T], notes: list[str]) -> T | None:
    """What *action* finds; where it finds nothing, *notes* says why."""
    try:
        return action()
    except ProxyenvError as error:
        notes.append(error.message)
        return None


def _list_facts(
    installation: Installation, written: Mapping[str, str], checked: Checked
) -> Iterator[tuple[str, str]]:
    if installation.receipt is not None:
        yield from describe_set_up(written, installation, installation.receipt)
    for report in checked.reports:
        if report.process:
            yield "process", report.process.python
            yield from _describe_process(report.process)


def _describe_process(process: Process) -> Iterator[tuple[str, str]]:
    versions = (("Python", process.version), ("Prefect", process.prefect))
    known = ", ".join(f"{name} {version}" for name, version in versions if version)
    if known:
        yield "versions", known
    yield "directory", process.directory
    shell = (
        "this shell, with the env file added"
        if process.environment == "new-shell"
        else "this shell, as it is"
    )
    yield "environment", f"{shell}{'; the plugin adds to it' if process.plugin else ''}"


def _find_ways(session: Session, installation: Installation, checked: Checked) -> Iterator[ProcessWay]:
    """What was tried; of ``status``, which tries nothing, what is to be reached."""
    for report in checked.reports:
        if report.legs:
            yield build_way(checked.shared, report)
    if session.verb == "status" and installation.receipt is not None:
        yield build_way(checked.outcomes, _expect_way(session.host, installation))


def _expect_way(host: Host, installation: Installation) -> Report:
    from proxyenv.checks.reach import find_legs
    from proxyenv.machine.pythons import find_pythons
    from proxyenv.machine.subject import find_usual_documents, read_subject

    saved = installation.configuration
    chosen, _ = find_pythons(host, (), saved.venvs if saved else ())
    subject = read_subject(host, installation, urls=(), python=chosen[0].path)
    if not subject.urls:
        subject = replace(subject, urls=tuple(find_usual_documents(host, subject)))
    version, directory = subject.version or None, str(subject.directory)
    process = Process(subject.python, version, None, directory, "shell", subject.runtime.plugin)
    return Report((), process, tuple(find_legs(subject, {})))


def _group(checked: Checked) -> Iterator[Group]:
    """One list, or one for the machine and one for each of several processes."""
    if len(checked.reports) <= 1:
        yield Group("", checked.outcomes)
        return
    if checked.shared:
        yield Group("this machine", checked.shared)
    for report in checked.reports:
        yield Group(report.process.python if report.process else "", report.outcomes)


def _grow(
    session: Session, installation: Installation, checked: Checked, notes: list[str]
) -> tuple[TreeNode, ...]:
    """The corporate CAs that are written, and the certificates that the origins show through the proxy."""
    from proxyenv.commands.trust_inspect import inspect

    known: tuple[Inspection, ...] = ()
    if installation.receipt is not None and installation.receipt.anchors:
        request = Request(ca=(str(session.host.layout.corporate),))
        known = (_attempt(lambda: inspect(_leave_programs(session), request), notes) or ((), ()))[0]
    seen: list[Inspection] = []
    absent: dict[str, str] = {}
    for origin in _choose_origins(checked) if session.verb == "check" else ():
        found, missing = _look(session, origin, notes, thorough=not seen)
        seen += found
        absent |= missing
    for each in known:
        absent.pop(each.certificate.subject, None)
    return grow_trees((*known, *seen), now=session.now, absent=absent)


def _leave_programs(session: Session) -> Session:
    """The same without a search path: then what runtimes say is known by rule, and none is started."""
    host = session.host
    return session._replace(host=host._replace(environment={**host.environment, "PATH": ""}))


def _choose_origins(checked: Checked) -> tuple[str, ...]:
    """Those that were refused first, then what else goes through a proxy."""
    refused = {each.check for each in checked.outcomes if each.status == "failed"}
    legs = [
        leg for report in checked.reports for leg in report.legs if leg.via and leg.url.startswith("https:")
    ]
    broken = {leg.via for leg in legs if f"proxy-connect [{leg.via}]" in refused}
    origins = [str(parse_origin(leg.url)) for leg in legs if leg.via not in broken]
    first = [origin for origin in origins if f"tls [{origin}]" in refused]
    return tuple(dict.fromkeys((*first, *origins)))[:_MOST_SIGHTS]


def _look(
    session: Session, origin: str, notes: list[str], *, thorough: bool
) -> tuple[tuple[Inspection, ...], dict[str, str]]:
    """What an origin shows, and the CA above it that it did not send."""
    from proxyenv.commands.sight import see

    sight = _attempt(lambda: see(session, Request(), origin, follow=False, thorough=thorough), notes)
    if sight is None:
        return (), {}
    if not sight.inspections:
        notes.append(
            f"the certificates of `{origin}` could not be read: it speaks TLS 1.3 only, which hides them"
        )
        return (), {}
    tops = {each.certificate.subject for each in sight.inspections}
    issuers = (each.certificate.issuer for each in sight.inspections)
    word = _PUBLIC if sight.intercepted is False else _MISSING
    return sight.inspections, dict.fromkeys((issuer for issuer in issuers if issuer not in tops), word)


def _lay_grid(session: Session, written: Mapping[str, str]) -> Grid:
    """What new shells have, by the rules of each client."""
    host = session.host
    environment = {**host.environment, **written}
    found = find_routes(host._replace(environment=environment), (), env_file=None, no_proxy=None)
    groups = find_groups(found.table)
    advice, table = found.advice, found.table
    meant = read_no_proxy(environment)
    return Grid(
        columns=groups,
        rows=tuple(_lay_rows(found, groups)),
        proxies=tuple(sorted({str(c.route.proxy) for row in table.rows for c in row.cells if c.route.proxy})),
        no_proxy=",".join(show_location(entry.text) for entry in meant.entries),
        idle=tuple(sorted(table.idle)),
        mistakes=tuple(describe_mistakes(found.mistakes)),
        advice=advice.lines,
        left=advice.left,
    )


def _lay_rows(found: Routes, groups: Iterable[tuple[str, ...]]) -> Iterator[GridRow]:
    for row in found.table.rows:
        cells = {cell.client: cell.route for cell in row.cells}
        routes = tuple(cells[group[0]] for group in groups)
        squares = tuple(Square(route.kind.value, route.reason) for route in routes)
        yield GridRow(row.shown, squares, row.differs(found.table.idle))


def _describe_client(judged: JudgedClient) -> Card:
    row = describe_client(judged)
    proxy = row.proxy
    return Card(
        name=row.title,
        version=row.version or "",
        place=row.place or "",
        coverage=row.coverage or "",
        reason=row.reason or "",
        roots=tuple(each.variable for each in row.roots),
        proxy=tuple(dict.fromkeys((*proxy.https, *proxy.http))) if proxy else (),
        file=row.config or "",
    )
