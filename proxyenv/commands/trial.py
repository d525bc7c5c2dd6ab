"""The trial of ``setup`` and ``refresh``: what works today stays until its successor has worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from proxyenv.commands.reports import render_outcomes
from proxyenv.errors import ProxyenvError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.command import Session
    from proxyenv.commands.planning import Proposal
    from proxyenv.model.report import Report


class Verdict(NamedTuple):
    """What a trial leads to.

    Args:
        report: the probes of the new settings, where they failed; otherwise ``None``.
        passed: whether the plan may be written.
    """

    report: Report | None
    passed: bool


def hold_trial(session: Session, proposal: Proposal) -> Verdict:
    """Try the new settings before anything is written.

    Where they fail and what is there today passes the same probes, the plan is not written: a person is
    asked; a script and ``refresh`` keep what works. Where they fail and nothing works today, nothing is lost
    by writing them.

    Today is what is set up here, or, where nothing is, what this shell's environment says: its proxy and its
    bundle, or a direct connection.
    """
    from proxyenv.checks.trial import is_broken, try_settings
    from proxyenv.machine.subject import make_candidate

    if not proposal.plan.pending:
        return Verdict(None, passed=True)
    candidate = make_candidate(session.host, proposal.target, urls=proposal.request.urls)
    bundles = {change.path: change.after for change in proposal.plan.changes}
    bundle = bundles.get(candidate.bundle) if candidate.bundle else None
    session.terminal.progress("trying the new settings before anything is written")
    report = try_settings(candidate, bundle.content if bundle else None, progress=session.terminal.progress)
    if not is_broken(report) or not _works_today(session, candidate.urls):
        return Verdict(report if is_broken(report) else None, passed=True)
    for line in render_trial(session, report):
        session.terminal.remark(line)
    may_ask = session.verb != "refresh" and session.terminal.can_ask and not session.options.yes
    return Verdict(report, passed=may_ask and session.terminal.confirm("Write it nevertheless?", usual=False))


def render_trial(session: Session, report: Report) -> Iterator[str]:
    """The probes, and why nothing was written."""
    yield "tried before anything is written:"
    yield from render_outcomes(report.outcomes, session.paint_remark, verbose=session.terminal.verbose)
    yield "what you have today passes these probes, the new settings do not"


def _works_today(session: Session, urls: tuple[str, ...]) -> bool:
    from proxyenv.checks.trial import is_working, try_settings
    from proxyenv.machine.subject import find_today

    session.terminal.progress("trying what is there today")
    try:
        subject = find_today(session.host, urls=urls)
    except ProxyenvError:  # what cannot even be read does not work
        return False
    return is_working(try_settings(subject, None, progress=session.terminal.progress))
