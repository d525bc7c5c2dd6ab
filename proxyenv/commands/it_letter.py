"""``check --for-it``: what to forward to IT, as text and as Markdown."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv import __version__
from proxyenv.commands.command import Reply
from proxyenv.commands.markdown import escape_markdown
from proxyenv.commands.terminal import printable, render_count
from proxyenv.decide.it_report import make_it_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from proxyenv.commands.command import Session
    from proxyenv.commands.reports import CheckResult
    from proxyenv.decide.it_report import ITReport, ITRequest

_WIDTH: Final = 78
_MOST: Final = 12
_LONGEST: Final = 400
_EVIDENCE: Final = 2
_WORKS: Final = {True: "works", False: "does not work", None: "was not reached"}
_NOTHING: Final = "Nothing has to be changed: every check passed."


def reply_with_letter(session: Session, result: CheckResult, *, passed: bool) -> Reply:
    """The answer of a check as what to forward: in text, Markdown and JSON."""
    report = make_it_report(result.report)
    return Reply(
        result._replace(for_it=report),
        render_letter(report, now=session.now),
        "ok" if passed else "failed",
        documents={"markdown": partial(render_markdown_letter, report, now=session.now)},
    )


def render_letter(report: ITReport, *, now: datetime) -> Iterator[str]:
    """The lines of a mail, none longer than 78 columns but for words that are."""
    yield f"Proxy and certificates: what this machine needs ({now:%Y-%m-%d %H:%M} UTC)"
    yield ""
    yield from _wrap(_introduce(report))
    for number, each in enumerate(report.requests, start=1):
        yield ""
        yield from _wrap(f"{each.what}.", first=f"{number}. ", rest="   ")
        for label, text in _explain(each):
            yield from _wrap(text, first=f"   {label}: ", rest="      ")
    if report.connections:
        yield from ("", "What this machine connects to:")
        shown = report.connections[:_MOST]
        width = max(len(each.target) for each in shown)
        for connection in shown:
            yield f"   {printable(connection.target):<{width}}  {_WORKS[connection.works]}: {connection.how}"
        if report.connections[_MOST:]:
            yield f"   and {len(report.connections) - _MOST} more"
    yield ""
    yield f"Made by proxyenv {__version__}: `proxyenv check --for-it`."


def render_markdown_letter(report: ITReport, *, now: datetime) -> str:
    """The same as Markdown."""
    return "\n".join(_render_markdown(report, now))


def _render_markdown(report: ITReport, now: datetime) -> Iterator[str]:
    yield f"## Proxy and certificates: what this machine needs ({now:%Y-%m-%d %H:%M} UTC)"
    yield ""
    yield escape_markdown(_introduce(report))
    for number, each in enumerate(report.requests, start=1):
        yield from ("", f"{number}. **{escape_markdown(each.what)}**")
        for label, text in _explain(each):
            yield f"   - {label}: {escape_markdown(text)}"
    if report.connections:
        yield from ("", "| This machine connects to | How | |", "|---|---|---|")
        for connection in report.connections[:_MOST]:
            cells = (f"`{connection.target}`", connection.how, _WORKS[connection.works])
            yield f"| {' | '.join(map(escape_markdown, cells))} |"
    yield from ("", f"Made by proxyenv {__version__}: `proxyenv check --for-it`.")


def _introduce(report: ITReport) -> str:
    behind = (
        f"It goes through the proxy {', '.join(f'`{each}`' for each in report.proxies)}. "
        if report.proxies
        else ""
    )
    if not report.requests:
        others = ", ".join(f"`{each}`" for each in report.others)
        return f"{behind}{f'Nothing has to be changed by IT; here failed: {others}.' if others else _NOTHING}"
    count = render_count(len(report.requests), "thing")
    return f"{behind}{count} to allow or change, each with what was seen:"


def _explain(request: ITRequest) -> Iterator[tuple[str, str]]:
    if request.exactly:
        yield "exactly", request.exactly
    for text in request.evidence[:_EVIDENCE]:
        yield "seen", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if request.evidence[_EVIDENCE:]:
        yield "seen", f"and in {render_count(len(request.evidence) - _EVIDENCE, 'check')} more"
    yield "code", ", ".join(request.causes)


def _wrap(text: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
