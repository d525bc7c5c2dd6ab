"""A report as Markdown, for an issue or a chat: what is not ok first, then everything as a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv import __version__
from proxyenv.commands.terminal import printable, render_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from proxyenv.commands.reports import Checked
    from proxyenv.model.report import Outcome, Process

_SPECIAL: Final = re.compile(r"[\\*_\[\]<>|#~!&]")
_MENTION: Final = re.compile(r"@(?=\w)")
_ROUGH: Final = {"failed": "Failed", "warning": "Warnings"}


def render_markdown(checked: Checked, *, verb: str, platform: str, now: datetime) -> str:
    """The report as a document.

    Args:
        checked: what was found.
        verb: whose report it is.
        platform: as ``sys.platform`` says it.
        now: aware.
    """
    return "\n".join(_render(checked, verb, platform, now))


def _render(checked: Checked, verb: str, platform: str, now: datetime) -> Iterator[str]:
    outcomes = checked.outcomes
    verdict = "yes" if checked.passed else "no"
    failed = sum(each.status == "failed" for each in outcomes)
    passed = sum(each.status == "ok" for each in outcomes)
    counts = f"{failed} of {render_count(len(outcomes), 'check')} failed" if failed else f"{passed} passed"
    yield f"## proxyenv {verb}: {verdict}, {counts}"
    yield ""
    yield f"proxyenv {__version__} on {platform}, {now:%Y-%m-%d %H:%M} UTC"
    if any(report.process for report in checked.reports):
        yield ""
    for report in checked.reports:
        if report.process:
            yield f"- {'ok' if checked.proves(report) else 'failed'}: {_name_process(report.process)}"
    yield from _sketch(checked)
    for status, title in _ROUGH.items():
        found = [each for each in outcomes if each.status == status]
        if found:
            yield from ("", f"### {title}", "")
        for each in found:
            yield from _render_item(each)
    yield from ("", "### All checks", "", "| | Check | What was seen |", "|---|---|---|")
    for each in outcomes:
        seen = (
            f"`{each.cause}`: {escape_markdown(each.detail)}" if each.cause else escape_markdown(each.detail)
        )
        yield f"| {each.status} | {_code(each.check, table=True)} | {seen} |"


def _sketch(checked: Checked) -> Iterator[str]:
    """The way of each process, indented: such a block ends at no sign that a name may hold."""
    reports = [report for report in checked.reports if report.legs]
    if not reports:
        return
    from proxyenv.page.sketch import sketch_way
    from proxyenv.page.way import build_way

    yield from ("", "### The way")
    for report in reports:
        yield ""
        yield from (f"    {line}" for line in sketch_way(build_way(checked.shared, report)))


def _render_item(outcome: Outcome) -> Iterator[str]:
    yield f"- {_code(outcome.check)}: `{outcome.cause}`"
    yield f"  - {escape_markdown(outcome.detail)}"
    if outcome.hint:
        yield f"  - next: {escape_markdown(outcome.hint)}"


def _name_process(process: Process) -> str:
    versions = (("Python", process.version), ("Prefect", process.prefect))
    known = ", ".join(f"{name} {version}" for name, version in versions if version)
    shells = " in new shells" if process.environment == "new-shell" else ""
    return f"{_code(process.python)}{f' ({escape_markdown(known)})' if known else ''}{shells}"


def escape_markdown(text: str) -> str:
    """A text whose literals stand in backticks, so that nothing in it is markup, a link or a mention."""
    parts = printable(text).split("`")
    if not len(parts) % 2:  # somebody else's backtick is among them
        parts = ["'".join(parts)]
    shown = (_code(each, table=True) if n % 2 and each else _escape(each) for n, each in enumerate(parts))
    return "".join(shown)


def _escape(text: str) -> str:
    return _MENTION.sub("&#64;", _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", text))


def _code(text: str, *, table: bool = False) -> str:
    """*text* as code; in a table a bar would end the cell."""
    shown = printable(text).replace("`", "'")
    return f"`{shown.replace('|', chr(92) + '|') if table else shown}`"
