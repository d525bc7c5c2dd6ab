"""What only a person can decide about a CA: whether its fingerprint is the right one, and its password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import normalise_fingerprint
from proxyenv.errors import DiscoveryError

if TYPE_CHECKING:
    from proxyenv.certificates.inspection import Sight
    from proxyenv.commands.command import Session
    from proxyenv.errors import TrustError
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.intent import Request

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


def ask_for_both(session: Session, request: Request, error: DiscoveryError) -> Request:
    """A request that names a proxy and a CA, from somebody who can be asked for them.

    Raises:
        DiscoveryError: *error*, where neither is typed.
    """
    terminal = session.terminal
    terminal.remark(f"{error.message}. A colleague on the same network can look both up:")
    if error.hint and "PAC" in error.message:
        terminal.remark(f"  the PAC file: {error.hint}")
    terminal.remark("  the proxy: `env | grep -i proxy` in a shell, or the network settings of the browser")
    terminal.remark("  the CA: `env | grep -i -e ca_ -e cert` names its file, if connections are intercepted")
    proxy = terminal.ask("The proxy, such as `proxy.corp.example:8080` (empty: none):")
    ca = terminal.ask("The file with the corporate CA (empty: none):")
    if not (proxy or ca):
        raise error
    return request._replace(proxy=proxy or None, ca=(ca,) if ca else request.ca)


def confirm_seen(
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
        return find_seen(sight, fingerprints)
    candidate = sight.candidate
    if candidate is None or not may_ask:
        return None
    session.terminal.remark("")
    session.terminal.remark(f"CA `{candidate.subject}`")
    session.terminal.remark(f"SHA-256 {candidate.fingerprint}")
    session.terminal.remark("compare it with what IT published, not with what this connection shows")
    typed = session.terminal.ask(f"to trust it, type the last {_TYPED} characters of its SHA-256:")
    return candidate if typed.lower() == candidate.fingerprint[-_TYPED:] else None


def find_seen(sight: Sight, fingerprints: tuple[str, ...]) -> Certificate | None:
    """The CA that was seen and has one of the fingerprints."""
    from proxyenv.certificates.certificate import find_denial, is_for_untrusted

    seen = [each.certificate for each in sight.inspections]
    authorities = [each for each in seen if find_denial(each.der) is None and not is_for_untrusted(each.der)]
    wanted = {normalise_fingerprint(text) for text in fingerprints}
    return next((each for each in reversed(authorities) if each.fingerprint in wanted), None)


def look(session: Session, request: Request) -> Sight | None:
    """What the proxy shows of one of the origins that the check will fetch; ``None`` without a connection."""
    from proxyenv.commands.sight import see
    from proxyenv.machine.installation import read_installation
    from proxyenv.model.subject import DEFAULT_URLS

    saved = read_installation(session.host).configuration
    urls = (*request.urls, *(saved.urls if saved else ()), *DEFAULT_URLS)
    url = next(each for each in urls if each.lower().startswith("https://"))
    try:
        return see(session, request, url, follow=False, thorough=False)
    except DiscoveryError as error:
        session.terminal.progress(error.message)  # the check will say the same, and what to do
        return None
