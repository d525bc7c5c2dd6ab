"""The negative control of the host name: the right server under a wrong name must be refused.

The wrong name is first an address from RFC 5737's documentation range. An address is verified like a
name and is not sent to the peer, so no proxy can make up a certificate for it. Some servers insist on
being sent a name; then one under ``.invalid`` (RFC 6761) is tried, and a proxy that certifies even
that is told apart from a client that does not look.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from proxyenv.checks.channel import trusting
from proxyenv.checks.finding import BrokenError, Finding, failed, warning
from proxyenv.checks.tls import roots, shake_hands
from proxyenv.checks.verdict import MISMATCH, find_cause

if TYPE_CHECKING:
    from proxyenv.checks.subject import Origin, Route, Subject

WRONG_ADDRESS: Final = "192.0.2.1"
WRONG_NAME: Final = "wrong.invalid"


def check_wrong_name(subject: Subject, origin: Origin, route: Route) -> Finding:
    """Whether the certificate of *origin* is refused for another host."""
    first = _attempt(subject, origin, route, WRONG_ADDRESS)
    if first is None:
        detail = f"`{origin}` was accepted as `{WRONG_ADDRESS}`: host names are not verified here"
        return failed("control-passed", detail)
    if first.status == "ok":
        return first
    second = _attempt(subject, origin, route, WRONG_NAME)
    if second is None:
        detail = f"the proxy presents a certificate for `{WRONG_NAME}` when asked for it: it signs any name"
        return warning("control-passed", detail, "the refusal of a wrong name could not be seen here")
    return second


def _attempt(subject: Subject, origin: Origin, route: Route, wrong: str) -> Finding | None:
    """``ok`` when *wrong* is refused as it must be, ``None`` when it is accepted, else no verdict."""
    try:
        shake_hands(subject, origin, route, trusting(roots(subject)), expect=wrong)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in MISMATCH:
            return Finding(f"`{origin}` is refused as `{wrong}`, as it must be: {error.verify_message}")
        cause = find_cause(error.verify_code)
        return warning(cause, f"no verdict: as `{wrong}` it is refused otherwise: {error.verify_message}")
    except BrokenError as error:
        return warning(error.finding.cause or "tls-failed", f"no verdict: {error.finding.detail}")
    except OSError as error:
        reason = getattr(error, "reason", None) or str(error)
        return warning("tls-failed", f"no verdict: as `{wrong}` the handshake fails otherwise: {reason}")
    return None
