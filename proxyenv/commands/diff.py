"""``proxyenv diff``: what ``setup`` would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.commands.arguments import read_request
from proxyenv.commands.changes import ChangesResult, show_changes
from proxyenv.commands.command import Command
from proxyenv.model.configuration import SETUP_OPTIONS

if TYPE_CHECKING:
    from proxyenv.commands.command import Reply, Session


def run(session: Session) -> Reply:
    """Show the changes; status 1 where there are some.

    Raises:
        ProxyenvError: the request is wrong, something is missing, refused or ambiguous.
    """
    from proxyenv.commands.planning import settle_plan

    session.require_rights()
    request = read_request(session)
    if request.wpad:
        from proxyenv.commands.wpad import settle_wpad

        request = settle_wpad(session, request) or request
    plan = settle_plan(session, request).plan
    return show_changes(session, plan)._replace(code=1 if plan.pending else 0)


COMMANDS = {"diff": Command(run, ChangesResult, SETUP_OPTIONS)}
