"""The clients as a person reads them on a terminal: what is not covered first, and why; then the names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.clients import explain_client
from proxyenv.commands.terminal import ScreenRow
from proxyenv.decide.coverage import describe_measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.clients import JudgedClient

_ORDER: Final = (
    ("not-covered", "failed"),
    ("configure", "warning"),
    ("trust-install", "warning"),
    ("source", "warning"),
    ("covered", "ok"),
)
_SPREAD: Final = 3
"""So many are shown with a reason each, more of one kind with the first reason."""
_LONGEST: Final = 110


def describe_clients(rows: tuple[JudgedClient, ...]) -> Iterator[ScreenRow]:
    """Those that this machine has, by what is known of them; the others are counted."""
    here = [row for row in rows if row.installed]
    for coverage, style in _ORDER:
        found = [row for row in here if row.verdict and row.verdict.coverage == coverage]
        yield from _describe(coverage, style, found)
    unknown = [row for row in here if row.verdict is None]
    if unknown:
        yield ScreenRow("here", ", ".join(map(_name, unknown)))
    yield from _describe_unmeasured(here)
    away = len(rows) - len(here)
    if away:
        said = f"{away} more {'is' if away == 1 else 'are'} not on this machine; "
        yield ScreenRow("", f"{said}`-v` shows each, what it reads and why", heading=True)


def _describe_unmeasured(here: list[JudgedClient]) -> Iterator[ScreenRow]:
    """Those whose version was not driven: what is said of them is what another did."""
    found = [_name(row) for row in here if describe_measured(row.client, row.installed)]
    if found:
        more = len(found) - _SPREAD
        listed = ", ".join(found[:_SPREAD]) + (f" and {more} more: `-v` says how" if more > 0 else "")
        yield ScreenRow("not measured", listed)


def _describe(coverage: str, style: str, found: list[JudgedClient]) -> Iterator[ScreenRow]:
    label = coverage
    if coverage == "not-covered":
        for row in found[:_SPREAD]:
            yield ScreenRow(label, f"{_name(row)}: {_reason(row)}", style)
            label = ""
        found = found[_SPREAD:]
        if found:
            yield ScreenRow(label, f"{', '.join(row.client.name for row in found)}: `-v` says why", style)
    elif found:
        names = (row.client.name for row in found) if found[_SPREAD:] else map(_name, found)
        yield ScreenRow(label, f"{len(found)}: {', '.join(names)}", style)
        if coverage != "covered":
            yield ScreenRow("", f"{found[0].client.name}: {_reason(found[0])}")


def describe_every_client(rows: tuple[JudgedClient, ...]) -> Iterator[ScreenRow]:
    """All of them, each with what it reads, whether it is covered, and why."""
    styles = dict(_ORDER)
    for row in rows:
        verdict, roots = row.verdict, row.client.written
        reads = roots.variable if roots else "-"
        version = (row.installed.version or "is here") if row.installed else "not here"
        why = explain_client(row)
        said = f"{verdict.coverage}: {why}" if verdict else why
        said = f"; {said}" if said else ""
        style = styles.get(verdict.coverage, "") if verdict else ""
        yield ScreenRow(row.client.name, f"{version}; reads {reads}{said}", style, whole=True)


def _name(row: JudgedClient) -> str:
    version = row.installed.version if row.installed else None
    return f"{row.client.name} {version}" if version else row.client.name


def _reason(row: JudgedClient) -> str:
    reason = row.verdict.reason if row.verdict else ""
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"
