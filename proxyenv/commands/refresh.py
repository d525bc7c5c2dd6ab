"""``proxyenv refresh``: set up again from the saved configuration, by force or where something changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.commands.arguments import CONSENT, NO_CHECK, choose_options, read_request
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.setup import SetupResult
from proxyenv.commands.setup import run as set_up
from proxyenv.machine.installation import read_receipt
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.machine.staleness import Staleness

_FRESH: Final = "nothing is stale: everything that this was set up from is as it was"


def run(session: Session) -> Reply:
    """Set up again; with ``--if-stale`` only where there is a reason, which is said.

    Raises:
        ProxyenvError: it could not be done.
    """
    session.require_rights()
    if not session.options.if_stale:
        return set_up(session)
    receipt = read_receipt(session.host)
    if receipt is not None and receipt.off is not None:
        session.terminal.remark("off, by `proxyenv off`: nothing is refreshed until `proxyenv on`")
        return Reply(SetupResult((), stale=()))
    staleness = _find_staleness(session)
    for note in staleness.notes:
        session.terminal.remark(f"note: {note}")
    if not staleness.outcomes:
        session.terminal.remark(_FRESH)
        return Reply(SetupResult((), stale=()))
    for outcome in staleness.outcomes:
        session.terminal.remark(f"stale: {outcome.check}: {outcome.detail}")
    reply = set_up(session)
    if isinstance(reply.result, SetupResult):
        return reply._replace(result=reply.result._replace(stale=staleness.outcomes))
    return reply


def _find_staleness(session: Session) -> Staleness:
    from proxyenv.commands.downloads import fetch_cas, fetch_policy
    from proxyenv.machine.findings import read_intent
    from proxyenv.machine.staleness import find_staleness

    host = session.host
    intent, installation = read_intent(host, read_request(session), partial(fetch_policy, session))
    fetched = fetch_cas(session, intent) if installation.receipt else {}
    found = find_staleness(host, installation, intent, now=session.now, fetched=fetched)
    if not (installation.configuration and installation.configuration.pac):
        return found
    from proxyenv.commands.pac_source import judge_pac

    outcome = judge_pac(session, installation.configuration)
    if outcome.status == "warning":
        return found._replace(notes=(*found.notes, f"{outcome.detail}; what was made from it stays"))
    return found._replace(outcomes=(*found.outcomes, outcome)) if outcome.status == "failed" else found


_IF_STALE: Final = {
    "if_stale": Option(
        ("--if-stale",),
        "do nothing unless certifi, a source of the CA, the fleet's policy, the PAC file or a written file "
        "changed",
        takes="yes",
        details="It says why. No CA is ever taken from what a connection shows. See [fleets](fleet.md).",
    )
}

_OPTIONS: Final = {**choose_options("urls", "system"), **_IF_STALE, **NO_CHECK, **CONSENT}

COMMANDS = {"refresh": Command(run, SetupResult, _OPTIONS)}
