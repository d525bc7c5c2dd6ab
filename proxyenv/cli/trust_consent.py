"""What only a person can decide about a CA: whether its fingerprint is the right one, and its password."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import normalise_fingerprint
from proxyenv.errors import DiscoveryError, TrustError

if TYPE_CHECKING:
    from proxyenv.cli.session import Session
    from proxyenv.inspection import Sight
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.plan import Plan
    from proxyenv.model.request import Request

_TYPED: Final = 8
"""How many characters of a fingerprint are typed: what one compares, and not what one pastes."""


def ask_ca_password(session: Session, request: Request, error: TrustError) -> str:
    """The password of a CA file, from somebody who can be asked.

    Raises:
        TrustError: *error*, where it is about something else, nobody can be asked, or nothing is typed.
    """
    asked = request.ca_password is not None
    if error.code != "ca-password" or asked or not session.terminal.can_ask:
        raise error
    password = session.terminal.ask_password(f"{error.message}. Password:")
    if not password:
        raise error
    return password


def confirm(
    session: Session, sight: Sight, fingerprints: tuple[str, ...], *, may_ask: bool
) -> Certificate | None:
    """The CA that was seen and is to be trusted: its fingerprint was given, or is typed now.

    Args:
        session: with the terminal.
        sight: what was seen.
        fingerprints: what was given; then nothing is asked.
        may_ask: whether somebody can be asked.
    """
    if fingerprints:
        return _find(sight, fingerprints)
    candidate = sight.candidate
    if candidate is None or not may_ask:
        return None
    session.terminal.remark(f"\nCA `{candidate.subject}`\nSHA-256 {candidate.fingerprint}")
    session.terminal.remark("compare it with what IT published, not with what this connection shows")
    typed = session.terminal.ask(f"to trust it, type the last {_TYPED} characters of its SHA-256:")
    return candidate if typed.lower() == candidate.fingerprint[-_TYPED:] else None


def settle(session: Session, request: Request, error: TrustError) -> Request:
    """A request that gets past *error*: with a password, or with a CA from the wire that was asked for.

    Raises:
        TrustError: *error*, where there is no such request.
    """
    if (
        error.code == "fingerprint-mismatch"
        and request.fingerprints
        and not (request.ca or request.confirmed)
    ):
        found = _look(session, request)
        chosen = _find(found, request.fingerprints) if found else None
        if chosen is None:
            raise error
        return replace(request, confirmed=(chosen.der,))
    if getattr(session.options, "yes", False):
        raise error
    return replace(request, ca_password=ask_ca_password(session, request, error))


def offer(session: Session, request: Request, plan: Plan) -> Request | None:
    """Offer the CA of an intercepting proxy where none is known; ``None`` when it is not taken.

    Only a person can take it, so nobody else is kept waiting for a connection.
    """
    known = plan.receipt is None or plan.receipt.anchors or request.ca or request.confirmed
    direct = ("proxy", "none: direct") in plan.summary
    if known or direct or session.options.yes or not session.terminal.can_ask:
        return None
    sight = _look(session, request)
    if sight is None or not sight.intercepted:
        return None
    session.terminal.remark(f"the proxy intercepts {sight.origin}, and its CA is not known here")
    if sight.candidate is None:
        named = f" `{sight.missing}`" if sight.missing else ""
        session.terminal.remark(f"it does not send its CA{named}: ask IT for it, and give it with `--ca`")
        return None
    chosen = confirm(session, sight, request.fingerprints, may_ask=True)
    if chosen is None:
        session.terminal.remark("nothing is trusted; `proxyenv trust fetch HOST` shows it again")
        return None
    return replace(request, confirmed=(chosen.der,))


def _look(session: Session, request: Request) -> Sight | None:
    from proxyenv import inspection
    from proxyenv.checks.subject import DEFAULT_URLS

    urls = (*request.urls, *DEFAULT_URLS)
    url = next(each for each in urls if each.lower().startswith("https://"))
    try:
        return inspection.see(
            session.host,
            request,
            url,
            follow=False,
            thorough=False,
            now=session.now,
            progress=session.terminal.progress,
        )
    except DiscoveryError as error:
        session.terminal.progress(error.message)  # the check will say the same, and what to do
        return None


def _find(sight: Sight, fingerprints: tuple[str, ...]) -> Certificate | None:
    """The CA that was seen and has one of the fingerprints."""
    authorities = [each.certificate for each in sight.inspections if each.certificate.is_ca]
    wanted = {normalise_fingerprint(text) for text in fingerprints}
    return next((each for each in reversed(authorities) if each.fingerprint in wanted), None)
