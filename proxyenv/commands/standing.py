"""``proxyenv off`` and ``on``: stand aside for new shells and Prefect, and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.commands.arguments import CONSENT
from proxyenv.commands.changes import (
    ChangesResult,
    apply_changes,
    declined,
    reply_with_changes,
    show_changes,
)
from proxyenv.commands.command import Command, Reply
from proxyenv.errors import PlanError
from proxyenv.machine.authority import require_authority, require_reach, require_restorable
from proxyenv.machine.installation import missing_receipt, read_installation, require_scope
from proxyenv.plan.standby import plan_off, plan_on

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.model.change import Plan


def switch_off(session: Session) -> Reply:
    """Show what is switched off, ask, and do it.

    Raises:
        ProxyenvError: a file cannot be read or understood, or not be written.
    """
    plan = _plan(session, wants_on=False)
    done = "off for new shells and Prefect; open shells that sourced the env file: `proxyenv_deactivate`"
    return _carry_out(session, plan, "proxyenv will switch off:", done, "it is off already")


def switch_on(session: Session) -> Reply:
    """Show what comes back, ask, and do it.

    Raises:
        ProxyenvError: a file cannot be read or understood, or not be written.
    """
    plan = _plan(session, wants_on=True)
    done = f"on again, and `proxyenv check` proves it; for this shell: `{session.host.layout.sourcing}`"
    return _carry_out(session, plan, "proxyenv will switch on again:", done, "it is on already")


def _plan(session: Session, *, wants_on: bool) -> Plan | None:
    """The plan; ``None`` where it is so already."""
    session.require_rights()
    installation = read_installation(session.host)
    require_scope(session.host, installation)
    receipt = installation.receipt
    if receipt is None:
        raise missing_receipt(session.host, installation)
    require_authority(session.host, receipt)
    if (receipt.off is None) is wants_on:
        if receipt.state != "done":
            hint = "`proxyenv setup` finishes it" if wants_on else "`proxyenv on` takes it back"
            raise PlanError("interrupted-run", "the last run did not end", hint=hint)
        return None
    if not wants_on:
        plan = plan_off(session.host, installation, receipt)
        require_reach(session.host, plan)
        return plan
    plan = plan_on(session.host, installation, receipt)
    require_restorable(session.host, plan)
    return plan


def _carry_out(session: Session, plan: Plan | None, heading: str, done: str, already: str) -> Reply:
    if plan is None:
        session.terminal.remark(already)
        return Reply(ChangesResult(()))
    if session.options.dry_run:
        return show_changes(session, plan)
    if not apply_changes(session, plan, heading):
        return declined()
    session.terminal.remark(done)
    return reply_with_changes(plan)


COMMANDS = {
    "off": Command(switch_off, ChangesResult, CONSENT),
    "on": Command(switch_on, ChangesResult, CONSENT),
}
