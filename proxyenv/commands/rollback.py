"""``proxyenv rollback``: restore what the last ``setup`` or ``refresh`` replaced."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from proxyenv.commands.arguments import CONSENT, choose_options
from proxyenv.commands.changes import (
    ChangesResult,
    apply_changes,
    declined,
    reply_with_changes,
    show_changes,
)
from proxyenv.commands.command import Command
from proxyenv.machine.authority import require_authority, require_restorable
from proxyenv.machine.installation import missing_receipt, read_installation, require_on, require_scope
from proxyenv.plan.rollback import plan_rollback as plan_files
from proxyenv.plan.stores import require_root

if TYPE_CHECKING:
    from proxyenv.commands.command import Reply, Session
    from proxyenv.model.change import Plan
    from proxyenv.model.host import Host


def run(session: Session) -> Reply:
    """Show what is restored, ask, and restore it.

    Raises:
        ProxyenvError: nothing is kept, or it cannot be used, or not be written.
    """
    session.require_rights()
    plan = plan_rollback(session.host)
    if session.options.dry_run:
        return show_changes(session, plan)
    if not apply_changes(session, plan, "proxyenv will restore what the last run replaced:"):
        return declined()
    shell = session.host.layout.sourcing
    session.terminal.remark(f"done, and `proxyenv check` proves it; for this shell: `{shell}`")
    return reply_with_changes(plan)


def plan_rollback(host: Host) -> Plan:
    """Work out how to restore what the last run replaced.

    Raises:
        ProxyenvError: nothing is kept, or others could have written it, or it cannot be used.
    """
    installation = read_installation(host)
    require_scope(host, installation)
    require_on(installation)
    if installation.receipt is None:
        raise missing_receipt(host, installation)
    require_authority(host, installation.receipt)
    plan = plan_files(host, installation)
    require_restorable(host, plan)
    require_root(host, plan, python=sys.executable, arguments=("rollback",))
    return plan


COMMANDS = {"rollback": Command(run, ChangesResult, {**choose_options("system"), **CONSENT})}
