"""``proxyenv`` alone: the state of this machine in a few lines, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.command import Reply
from proxyenv.commands.status import compare
from proxyenv.commands.terminal import ScreenRow, printable
from proxyenv.machine.installation import find_written, read_installation
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.report import Outcome

_SHOWN: Final = 3
"""Of the outcomes that are not ok: `status` shows all."""
_LABEL: Final = 10
"""Columns of the labels where nobody looks."""


def run(session: Session) -> Reply:
    """Say how things stand. A machine that is not set up, or has drifted, is no reason to fail.

    Raises:
        DiscoveryError: a file of an earlier run cannot be read.
    """
    installation = read_installation(session.host)
    receipt = installation.receipt
    rows = _list_nothing(session) if receipt is None else _list(session, installation, receipt)
    if session.terminal.is_seen:
        return Reply(None, session.terminal.lay_out(rows))
    return Reply(None, (_render_row(session, row) for row in rows))


def _render_row(session: Session, row: ScreenRow) -> str:
    if row.heading:
        return session.paint(row.text, row.style) if row.style else printable(row.text)
    label = f"{row.label:<{_LABEL}}"
    return f"{session.paint(label, row.style) if row.style else label} {printable(row.text)}"


def _list_nothing(session: Session) -> Iterator[ScreenRow]:
    from proxyenv.catalog.clients.table import PROXY_VARIABLES

    known = (name for names in PROXY_VARIABLES.values() for name in names)
    found = ", ".join(name for name in known if session.host.environment.get(name))
    next_step = "`proxyenv setup` finds the settings, shows what it would write, and asks"
    yield ScreenRow("", "nothing is set up here", "bold", heading=True)
    yield ScreenRow("  shell", f"has {found or 'no proxy variable'}")
    yield ScreenRow("", "", heading=True)
    yield ScreenRow("", f"next: {next_step}", heading=True)
    yield ScreenRow("", "      `proxyenv help` lists all verbs", heading=True)


def _list(session: Session, installation: Installation, receipt: Receipt) -> Iterator[ScreenRow]:
    outcomes = compare(session, installation)
    broken = [outcome for outcome in outcomes if outcome.status in {"failed", "warning"}]
    written = find_written(installation, session.host.layout) or {}
    yield ScreenRow("", "this machine is set up", "bold", heading=True)
    for label, text in describe_set_up(written, installation, receipt):
        yield ScreenRow(f"  {label}", text)
    files = [outcome.status for outcome in outcomes if outcome.check.startswith("file ")]
    yield ScreenRow("  files", f"{files.count('ok')} of {len(files)} as written")
    for outcome in broken[:_SHOWN]:
        text = f"{outcome.check}: {outcome.cause}: {outcome.detail}"
        yield ScreenRow(f"  {outcome.status}", text, outcome.status)
    if broken[_SHOWN:]:
        yield ScreenRow("", f"and {len(broken) - _SHOWN} more: `proxyenv status`")
    yield ScreenRow("", "", heading=True)
    yield ScreenRow("", f"next: {_find_next(broken)}", whole=True, heading=True)


def describe_set_up(
    written: Mapping[str, str], installation: Installation, receipt: Receipt
) -> Iterator[tuple[str, str]]:
    """The proxies, the CAs and the profile of what is set up: label and value, no password."""
    proxies = dict.fromkeys(written[name] for name in ("https_proxy", "http_proxy") if name in written)
    if proxies:
        yield "proxy", ", ".join(map(show_location, proxies))
    for anchor in receipt.anchors:
        yield "CA", f"{anchor.subject}, valid until {anchor.not_after[:10]}"
    if receipt.profile:
        saved = installation.configuration
        api = f"; API {show_location(saved.api_url)}" if saved and saved.api_url else ""
        yield "Prefect", f"profile `{receipt.profile}`{api}"


def _find_next(broken: list[Outcome]) -> str:
    failed = [outcome for outcome in broken if outcome.status == "failed"]
    hint = next((outcome.hint for outcome in (*failed, *broken) if outcome.hint), None)
    return hint or "`proxyenv check` proves it with real connections"
