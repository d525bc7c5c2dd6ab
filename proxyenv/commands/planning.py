"""From a request to a plan: read the machine, decide, plan; and ask where only a person can tell."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from proxyenv import __version__
from proxyenv.commands.downloads import fetch_cas, fetch_policy
from proxyenv.decide import decide_target
from proxyenv.errors import AmbiguityError, DiscoveryError, PlanError, TrustError
from proxyenv.machine.authority import require_authority, require_reach
from proxyenv.machine.findings import read_findings, read_intent
from proxyenv.machine.installation import find_trace, missing_receipt, require_on, require_scope
from proxyenv.model.url import holds_credentials
from proxyenv.plan.builders import plan_setup as plan_files
from proxyenv.plan.stores import require_root
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from proxyenv.commands.command import Session
    from proxyenv.model.change import Plan
    from proxyenv.model.intent import Request
    from proxyenv.model.target import Target


class Proposal(NamedTuple):
    """What would be done, and what it was made from.

    Args:
        request: the command line.
        target: the decision.
        plan: the changes.
        note: why the password that was written before is kept; empty where nothing is amiss.
    """

    request: Request
    target: Target
    plan: Plan
    note: str = ""


def plan_setup(session: Session, request: Request, *, asks: Collection[str] = ()) -> Proposal:
    """What ``setup`` and ``refresh`` would do.

    Args:
        session: with the machine.
        request: the command line.
        asks: the options about which is asked, as an ambiguity, where there is something to propose:
            ``--pac``, ``--from-tools``.

    Raises:
        ProxyenvError: the request is wrong, something is missing, refused or ambiguous.
    """
    host, now = session.host, session.now
    intent, installation = read_intent(host, request, partial(fetch_policy, session))
    require_scope(host, installation)
    require_on(installation)
    require_authority(host, installation.receipt)
    if intent.refresh and installation.configuration is None:
        raise missing_receipt(host, installation)
    if intent.pac:
        from proxyenv.commands.pac_source import follow_pac

        intent = follow_pac(session, intent)
    findings = read_findings(host, intent, installation, now=now, fetched=fetch_cas(session, intent))
    if "--pac" in asks and any(source.pac for source in findings.sources):
        from proxyenv.decide.named_pac import require_pac_answer

        require_pac_answer(findings, intent)
    if "--from-tools" in asks and (findings.proposed_anchors or len(findings.sources) > 1):
        from proxyenv.decide.proposals import require_answer

        require_answer(findings, intent)
    target = decide_target(host, findings, intent)
    try:
        plan = plan_files(host, findings, target, version=__version__)
    except PlanError as error:
        if error.code == "foreign-file" and installation.receipt is None and find_trace(host, installation):
            raise missing_receipt(host, installation) from error
        raise
    require_reach(host, plan)
    tools = (word for name in target.configuration.configure for word in ("--configure", name))
    arguments = ("refresh",) if intent.refresh else ("setup", *tools)  # what is not named would be taken back
    require_root(host, plan, python=sys.executable, arguments=arguments)
    return Proposal(request, target, plan, intent.password_note)


def settle_plan(session: Session, request: Request) -> Proposal:
    """The plan, and what it was made from: what is ambiguous becomes a question on a terminal.

    Where nobody can be asked, the PAC file that counts most is followed, if its source names no other and
    one proxy says the same; otherwise what counts less.

    Raises:
        ProxyenvError: as :func:`plan_setup`, where nobody can answer.
    """
    can_ask = session.terminal.can_ask and not _must_not_ask(session)
    asks = {"--pac", "--from-tools"} if can_ask and not session.host.for_all else {"--pac"}
    without: Request | None = None
    while True:
        try:
            return plan_setup(session, request, asks=asks)
        except AmbiguityError as error:
            if not can_ask and error.option != "--pac":
                raise
            answer = _ask(session, error) if can_ask else _take_pac(session, error)
            follows_unasked = answer != "no" and not can_ask
            without = _choose(request, error, "no") if follows_unasked else None
            request = _choose(request, error, answer)
        except DiscoveryError as error:
            if without is not None and error.code.startswith("pac-"):
                session.terminal.remark(f"the PAC file is not followed: {error.message}")
                request, without = without, None
                continue
            if error.code != "nothing-found" or "--from-tools" not in asks or request.proxy:
                raise
            from proxyenv.commands.consent import ask_for_both

            request = ask_for_both(session, request, error)
        except TrustError as error:
            request = _find_way(session, request, error)


def _ask(session: Session, error: AmbiguityError) -> str:
    """Which answer a person gives; where there is one offer, whether it is taken."""
    if error.answers[1:] == ("no",):
        offer = f"{error.message}: {error.choices[0]}"
        taken = session.terminal.confirm("Take it?", usual=False, about=(offer,))
        return error.answers[0] if taken else "no"
    return error.answers[session.terminal.choose(error.message, error.choices, hint=error.hint)]


def _take_pac(session: Session, error: AmbiguityError) -> str:
    """The answer where nobody can be asked: the one file that is named; of several none can be told."""
    location, *others = error.answers
    if others != ["no"] or holds_credentials(location):
        return "no"
    session.terminal.remark(f"{error.message}; it is followed: {error.choices[0]}")
    return location


def _choose(request: Request, error: AmbiguityError, answer: str) -> Request:
    option = error.option
    if option == "--from-tools":
        wanted = answer != "no"
        named = answer if wanted and answer != "yes" else request.proxy
        return request._replace(from_tools=wanted, proxy=named)
    if option == "--pac":
        if answer != "no":
            return request._replace(pac=answer)
        return request._replace(declined_pac=(*request.declined_pac, *error.answers[:-1]))
    if option == "--http-proxy":
        return request._replace(http_proxy=answer)
    return request._replace(https_proxy=answer)


def _find_way(session: Session, request: Request, error: TrustError) -> Request:
    """A request that gets past *error*: with a password, or with a CA from the wire that was asked for.

    Raises:
        TrustError: *error*, where there is no such request.
    """
    from proxyenv.commands.consent import ask_ca_password, find_seen, look

    unseen = request.fingerprints and not (request.ca or request.confirmed)
    if error.code == "fingerprint-mismatch" and unseen:
        sight = look(session, request)
        chosen = find_seen(sight, request.fingerprints) if sight else None
        if chosen is None:
            raise error
        return request._replace(confirmed=(chosen.der,))
    if _must_not_ask(session):
        raise error
    return request._replace(ca_password=ask_ca_password(session, request, error))


def _must_not_ask(session: Session) -> bool:
    return bool(getattr(session.options, "yes", False))
