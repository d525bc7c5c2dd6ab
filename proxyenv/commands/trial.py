"""The trial of ``setup`` and ``refresh``: what works today stays until its successor has worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.commands.report_rows import describe_outcomes
from proxyenv.commands.reports import render_outcomes
from proxyenv.commands.terminal import ScreenRow
from proxyenv.errors import ProxyenvError
from proxyenv.model.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.commands.command import Session
    from proxyenv.commands.planning import Proposal
    from proxyenv.model.subject import Subject


_TRIED: Final = "tried before anything is written:"
_WHY: Final = "what you have today works where the new settings do not"


class Verdict(NamedTuple):
    """What a trial leads to.

    Args:
        passed: whether the plan may be written.
        report: the probes of the new settings, where they failed.
        shown: whether somebody has seen them already.
    """

    passed: bool
    report: Report = Report(())
    shown: bool = False


def hold_trial(session: Session, proposal: Proposal) -> Verdict:
    """Try the new settings before anything is written.

    Where they fail in something that passes today, the plan is not written: a person is asked; a script
    and ``refresh`` keep what works. Where the same fails today, nothing is lost by writing them.

    Today is what is set up here, or, where nothing is, what this shell's environment says: its proxy and its
    bundle, or a direct connection.
    """
    from proxyenv.checks.trial import is_broken, is_worse, try_settings
    from proxyenv.commands.check import place_report
    from proxyenv.commands.px_recipe import say_px_recipe
    from proxyenv.machine.subject import make_candidate

    if not proposal.plan.pending:
        return Verdict(passed=True)
    candidate = make_candidate(session.host, proposal.target, urls=proposal.request.urls)
    bundles = {change.path: change.after for change in proposal.plan.changes}
    bundle = bundles.get(candidate.bundle) if candidate.bundle else None
    with session.terminal.watch() as watch:
        watch("trying the new settings before anything is written")
        content = bundle.content if bundle else None
        report = try_settings(candidate, content, progress=watch.begin, ended=watch.end)
    report = place_report(session.host, report)
    today = _try_today(session, candidate) if is_broken(report) else None
    if today is None or not is_worse(report, today):
        return Verdict(passed=True)
    say_px_recipe(session, report.outcomes, (candidate,))
    if session.verb == "refresh" or session.options.yes or not session.terminal.can_ask:
        return Verdict(passed=False, report=report)
    if session.terminal.remarks.isatty():
        session.terminal.remark_rows(_describe_trial(session, report))
    else:
        session.terminal.remark_lines(render_trial(session, report, session.paint_remark))
    passed = session.terminal.confirm("Write it nevertheless?", usual=False)
    return Verdict(passed, report, shown=True)


def render_trial(session: Session, report: Report, paint: Callable[[str, str], str]) -> Iterator[str]:
    """The probes, and why nothing is written."""
    if session.terminal.is_seen:
        yield from session.terminal.lay_out(_describe_trial(session, report))
        return
    yield _TRIED
    yield from render_outcomes(report.outcomes, paint, verbose=session.terminal.verbose)
    yield _WHY


def _describe_trial(session: Session, report: Report) -> Iterator[ScreenRow]:
    yield ScreenRow("", _TRIED, "bold", heading=True)
    yield from describe_outcomes(report.outcomes, verbose=session.terminal.verbose)
    yield ScreenRow("", _WHY, heading=True)


def _try_today(session: Session, candidate: Subject) -> Report | None:
    """The same probes, for the same Python, of what is there today; ``None`` where it cannot even be read."""
    from proxyenv.checks.trial import try_settings
    from proxyenv.machine.subject import find_today

    try:
        subject = find_today(session.host, urls=candidate.urls, python=candidate.python)
    except ProxyenvError:
        return None
    with session.terminal.watch() as watch:
        watch("trying what is there today")
        return try_settings(subject, None, progress=watch.begin, ended=watch.end)
