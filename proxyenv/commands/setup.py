"""``proxyenv setup``: find, show the plan, write it, and check. ``refresh`` does the same from what is saved.

Their options are declared in ``model/configuration.py``, one field each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.commands.arguments import CONSENT, NO_CHECK, read_request
from proxyenv.commands.changes import (
    AnchorChange,
    ChangeSummary,
    apply_changes,
    declined,
    show_changes,
    summarise,
    summarise_anchors,
)
from proxyenv.commands.command import Command, Reply, leaves_out
from proxyenv.commands.terminal import printable
from proxyenv.errors import ProxyenvError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.certificates.inspection import Sight
    from proxyenv.commands.command import Session
    from proxyenv.commands.planning import Proposal
    from proxyenv.commands.reports import Checked, SubjectSummary
    from proxyenv.commands.trial import Verdict
    from proxyenv.model.change import Plan
    from proxyenv.model.intent import Request
    from proxyenv.model.report import Outcome


class ToRestart(NamedTuple):
    """A process that has to be started again.

    Args:
        pid: its number.
        command: what it was started with, cut off after a few words, passwords masked.
    """

    pid: int
    command: str


@leaves_out("report", "anchors", "trial", "subjects", "stale", "restart")
class SetupResult(NamedTuple):
    """What was written, and what the check said.

    Args:
        changes: in the order in which the files were written; empty when nothing changed.
        report: the outcomes of the check; left out where none was made.
        trial: what was tried before, where it failed and so nothing was written; left out otherwise.
        anchors: the corporate CAs that come and go; left out where all stay.
        subjects: the process that was checked; left out where none was.
        restart: Prefect's workers and servers that run here with what was set up before; left out where
            none does, and where nothing changed.
        stale: with `--if-stale`: why a refresh was due; empty where it was not. Left out without.
    """

    changes: tuple[ChangeSummary, ...]
    report: tuple[Outcome, ...] | None = None
    anchors: tuple[AnchorChange, ...] | None = None
    trial: tuple[Outcome, ...] | None = None
    subjects: tuple[SubjectSummary, ...] | None = None
    stale: tuple[Outcome, ...] | None = None
    restart: tuple[ToRestart, ...] | None = None


def run(session: Session) -> Reply:
    """Set up the machine; status 1 where the check fails, or the trial and nothing is written.

    Raises:
        ProxyenvError: it could not be done.
    """
    from proxyenv.commands.planning import settle_plan

    session.require_rights()
    asked = _read_request(session)
    if asked is None:
        return declined()
    proposal = settle_plan(session, asked)
    if session.options.dry_run:
        return show_changes(session, proposal.plan)
    better = _find_ca(session, proposal.request, proposal.plan)
    if better is not None:
        proposal = settle_plan(session, better)
    verdict = _hold_trial(session, proposal)
    if verdict is not None and not verdict.passed:
        return _keep(session, verdict)
    request, plan = proposal.request, proposal.plan
    if not apply_changes(session, plan, "proxyenv will set up this machine:"):
        return declined()
    if proposal.note and not plan.pending:  # no plan was shown that says it
        session.terminal.remark(f"note: {proposal.note}")
    changes, anchors = summarise(plan), summarise_anchors(plan)
    status = "changed" if plan.pending else "ok"
    if session.options.no_check:
        restart = _say_done(session, plan, "done")
        return Reply(SetupResult(changes, anchors=anchors, restart=restart), status=status)
    from proxyenv.commands.reports import render_checked

    checked = _check(session, request)
    restart = _say_done(session, plan, "done" if checked.passed else "written")
    if not checked.passed:
        back = "rollback" if plan.receipt and plan.receipt.replaced else "uninstall"
        session.terminal.remark(f"the check failed; what was written stays until `proxyenv {back}`")
        status = "failed"
    result = SetupResult(changes, checked.outcomes, anchors, subjects=checked.summarise(), restart=restart)
    return Reply(result, render_checked(session, checked), status, changed=bool(plan.pending))


def _read_request(session: Session) -> Request | None:
    """What is asked for; ``None`` where the PAC file that the network offers is declined."""
    request = read_request(session)
    if request.replace_ca and not (request.ca or request.fingerprints):
        request = _pick_again(session, request)
    if not request.wpad:
        return request
    from proxyenv.commands.wpad import settle_wpad

    return settle_wpad(session, request)


def _hold_trial(session: Session, proposal: Proposal) -> Verdict | None:
    """What came of the trial; ``None`` where none is wanted, or nothing can be agreed to."""
    if session.options.no_check or not (session.options.yes or session.terminal.can_ask):
        return None
    from proxyenv.commands.trial import hold_trial

    return hold_trial(session, proposal)


def _keep(session: Session, verdict: Verdict) -> Reply:
    """The answer where the new settings failed and what is there works."""
    from proxyenv.commands.trial import render_trial

    session.terminal.remark("`--no-check` writes it untried, and `proxyenv rollback` takes that back")
    tried = () if verdict.shown else render_trial(session, verdict.report, session.paint)
    lines = (*tried, "nothing was changed")
    return Reply(SetupResult((), trial=verdict.report.outcomes), lines, "failed")


def _check(session: Session, request: Request) -> Checked:
    """Check what was written, which stays whatever comes of it."""
    from proxyenv.commands.check import check

    try:
        return check(session, request.urls)
    except (ProxyenvError, KeyboardInterrupt):
        session.terminal.remark("what was written stays; `proxyenv check` checks it")
        raise


def _say_done(session: Session, plan: Plan, word: str) -> tuple[ToRestart, ...] | None:
    """Say what is left to do, and return what still runs with the old settings, if anything does."""
    if not plan.pending:
        session.terminal.remark("nothing to change: this machine is set up already")
        return None
    session.terminal.remark(f"{word}; for this shell: `{session.host.layout.sourcing}`")
    from proxyenv.machine.processes import find_prefect_processes

    host = session.host
    running = find_prefect_processes(None if host.for_all else host.home)
    for each in running:
        command = printable(each.command)
        session.terminal.remark(
            f"restart it, it runs with the settings of before: {command} (process {each.pid})"
        )
    return tuple(ToRestart(*each) for each in running) or None


def _find_ca(session: Session, request: Request, plan: Plan) -> Request | None:
    """The CA of an intercepting proxy where none is known: from the system's store, or offered to a person.

    A timer's ``refresh`` takes none, and whoever wants no check is kept waiting for no connection.

    Returns:
        A request that names it; ``None`` where there is none, or it is not taken.
    """
    known = plan.receipt is None or plan.receipt.anchors or request.ca or request.confirmed
    direct = ("proxy", "none: direct") in plan.summary
    asks = session.terminal.can_ask and not session.options.yes
    tries = session.options.yes and not (session.options.no_check or request.refresh)
    if known or direct or not (asks or tries):
        return None
    from proxyenv.commands.consent import look

    sight = look(session, request)
    if sight is None or not sight.intercepted:
        return None
    from proxyenv.commands.store_pick import pick_from_store

    return pick_from_store(session, request, sight) or (_offer_ca(session, request, sight) if asks else None)


def _pick_again(session: Session, request: Request) -> Request:
    """A request with the CA that signs what the proxy shows now; as it was, where there is none."""
    from proxyenv.commands.consent import look
    from proxyenv.commands.store_pick import pick_from_store

    asked = request._replace(replace_ca=None)
    sight = look(session, asked)
    if sight is None or not sight.intercepted:
        return request
    asks = session.terminal.can_ask and not session.options.yes
    found = pick_from_store(session, asked, sight) or (_offer_ca(session, asked, sight) if asks else None)
    return found._replace(replace_ca=True) if found else request


def _offer_ca(session: Session, request: Request, sight: Sight) -> Request | None:
    """Offer the CA that the proxy sends; ``None`` when it is not taken."""
    from proxyenv.commands.consent import confirm_seen

    if sight.candidate is None:
        named = f" `{sight.missing}`" if sight.missing else ""
        session.terminal.remark(f"it does not send its CA{named}: ask IT for it, and give it with `--ca`")
        return None
    chosen = confirm_seen(session, sight, request.fingerprints, may_ask=True)
    if chosen is None:
        session.terminal.remark("nothing is trusted; `proxyenv trust fetch HOST` shows it again")
        return None
    return request._replace(confirmed=(chosen.der,))


COMMANDS = {"setup": Command(run, SetupResult, {**SETUP_OPTIONS, **NO_CHECK, **CONSENT})}
