"""``proxyenv uninstall``: put everything back, byte for byte."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import forget_versions
from proxyenv.catalog.stores import STORE_KINDS
from proxyenv.commands.arguments import CONSENT, choose_options
from proxyenv.commands.changes import ChangesResult, apply_changes, declined, reply_with_changes, show_changes
from proxyenv.commands.command import Command
from proxyenv.commands.trust_stores import plan_removal_from_stores
from proxyenv.machine.authority import require_authority, require_reach
from proxyenv.machine.clients import find_kept_versions
from proxyenv.machine.installation import find_trace, missing_receipt, read_installation, require_scope
from proxyenv.model.option import Option
from proxyenv.plan.removal import plan_removal as plan_files
from proxyenv.plan.stores import require_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.commands.command import Reply, Session
    from proxyenv.model.change import Plan
    from proxyenv.model.host import Host


_DONE: Final = "done; shells that sourced the env file: `proxyenv_deactivate`, or open a new one"


def run(session: Session) -> Reply:
    """Show what is removed, ask, and remove it.

    Raises:
        ProxyenvError: a file of an earlier run cannot be read or understood, or not be written.
    """
    session.require_rights()
    plan, first = _plan(session)
    if session.options.dry_run:
        return show_changes(session, plan)
    if not apply_changes(session, plan, "proxyenv will remove:", first=first):
        return declined()
    if (versions := find_kept_versions(session.host)) is not None:
        forget_versions(versions)
    if plan.pending:
        session.terminal.remark(_DONE)
    else:
        for note in plan.notes:
            session.terminal.remark(f"note: {note}")
        session.terminal.remark("nothing is left to remove" if plan.notes else "nothing was set up here")
    return reply_with_changes(plan)


def _plan(session: Session) -> tuple[Plan, Callable[[], None] | None]:
    """The plan, and what comes before it: a receipt that was rebuilt is written first, as a journal."""
    if not session.options.without_receipt:
        return plan_removal(session.host), None
    from proxyenv.commands.rebuilding import goes_on, plan_without_receipt

    if goes_on(session.host):
        return plan_removal(session.host), None
    found = plan_without_receipt(session.host)
    return found.plan, found.adopt


def plan_removal(host: Host) -> Plan:
    """Work out how to give every file back.

    Raises:
        ProxyenvError: a file of an earlier run cannot be read or understood.
    """
    installation = read_installation(host)
    if installation.receipt is None and find_trace(host, installation):
        raise missing_receipt(host, installation)
    require_scope(host, installation)
    require_authority(host, installation.receipt)
    stores = plan_removal_from_stores(host, STORE_KINDS).changes if installation.receipt else ()
    plan = plan_files(host, installation, stores=stores)
    require_reach(host, plan)
    require_root(host, plan, python=sys.executable, arguments=("uninstall",))
    return plan


_WITHOUT_RECEIPT: Final = {
    "without_receipt": Option(
        ("--without-receipt",),
        "the receipt is lost, damaged or refused: take back what can be told from the files",
        takes="yes",
        details="What a file held before is not known then: the settings that proxyenv wrote are removed, "
        "and no earlier values come back.",
    )
}

COMMANDS = {
    "uninstall": Command(run, ChangesResult, {**choose_options("system"), **_WITHOUT_RECEIPT, **CONSENT})
}
