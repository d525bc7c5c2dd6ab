"""The TLS check: is the server's certificate trusted, who issued it, and is a wrong host name refused?

For the negative control the server is asked for under a wrong name. First comes an address from RFC 5737's
documentation range: it is verified like a name but not sent to the peer, so no proxy can issue a certificate
for it. Some servers require a name; they get one under ``.invalid`` (RFC 6761), and a proxy that issues a
certificate even for that is told apart from a client that does not verify names.
"""

from __future__ import annotations

import shlex
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.checks.channel import TLSChannel, find_chain, is_of_roots, trusting
from proxyenv.checks.finding import BrokenError, Finding, failed, warning
from proxyenv.checks.tunnel import open_tunnel
from proxyenv.checks.verification import DATES, MISMATCH, Encounter, find_cause, judge_verification
from proxyenv.checks.wire import find_clock
from proxyenv.model.inspection import CertificatePath

if TYPE_CHECKING:
    from proxyenv.certificates.refusal import RefusedPath
    from proxyenv.checks.proxy import ExpectedRoute
    from proxyenv.model.subject import Origin, Subject


WRONG_ADDRESS: Final = "192.0.2.1"
WRONG_NAME: Final = "wrong.invalid"
_USUAL_PORT: Final = 443


@dataclass(frozen=True, slots=True)
class Peer:
    """A verified peer.

    Args:
        issuer: who issued its certificate.
        version: of the protocol.
    """

    issuer: str
    version: str


def public_roots(subject: Subject) -> Path:
    """The file of the public roots."""
    import certifi

    return subject.public_roots or Path(certifi.where())


def roots(subject: Subject) -> Path:
    """The file that the written environment tells clients to verify against."""
    return subject.bundle or public_roots(subject)


def check_tls(subject: Subject, origin: Origin, route: ExpectedRoute) -> tuple[Finding, bool | None]:
    """Shake hands with *origin* as clients will.

    Returns:
        The finding, and whether the connection is intercepted; ``None`` if that is unknown.
    """
    if not roots(subject).exists():
        detail = f"`{roots(subject)}` does not exist; Python's clients fail before they connect"
        return failed("bundle-missing", detail, "write it again: `proxyenv setup`"), None
    try:
        peer = shake_hands(subject, origin, route, trusting(roots(subject)), expect=origin.host)
        public = _accepts(subject, origin, route, public_roots(subject)) if subject.bundle else True
    except ssl.SSLCertVerificationError as error:
        return _judge(subject, origin, route, error), None
    except BrokenError as error:
        return error.finding, None
    except OSError as error:
        if is_of_roots(error):
            return _judge_roots(roots(subject), error), None
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        cause = "timeout" if isinstance(error, TimeoutError) else "tls-failed"
        return failed(cause, f"the TLS handshake with `{origin}` failed: {reason}"), None
    said = "a public root: not intercepted" if public else "a corporate CA and no public root: intercepted"
    return Finding(f"{peer.version}, certificate issued by `{peer.issuer}`, {said}"), not public


def _judge_roots(path: Path, error: OSError) -> Finding:
    """A file of CAs that is there and that OpenSSL does not load."""
    has_none = getattr(error, "reason", None) == "NO_CERTIFICATE_OR_CRL_FOUND"
    why = "it finds no certificate in PEM there" if has_none else "a part of it is damaged or badly joined"
    return failed(
        "bundle-unreadable",
        f"OpenSSL does not load `{path}`, so clients trust nothing or fail before they connect: {why}",
        f"`proxyenv setup --ca {shlex.quote(str(path))}` writes what can be read of it in plain PEM",
    )


def shake_hands(
    subject: Subject, origin: Origin, route: ExpectedRoute, context: ssl.SSLContext, *, expect: str
) -> Peer:
    """Connect to *origin* by *route*, and verify that its certificate is for *expect*.

    Raises:
        BrokenError: there is no connection for TLS.
        ssl.SSLCertVerificationError: the certificate is refused.
        OSError: the handshake failed for another reason; includes every other :class:`ssl.SSLError`.
    """
    with closing(open_tunnel(route.proxy, origin, roots(subject), timeout=subject.timeout)) as tunnel:
        channel = TLSChannel(tunnel, context, server_hostname=expect)
        channel.handshake()
        return Peer(channel.issuer, channel.version)


def _accepts(subject: Subject, origin: Origin, route: ExpectedRoute, anchors: Path) -> bool:
    try:
        shake_hands(subject, origin, route, trusting(anchors), expect=origin.host)
    except ssl.SSLCertVerificationError:
        return False
    return True


def _judge(
    subject: Subject, origin: Origin, route: ExpectedRoute, error: ssl.SSLCertVerificationError
) -> Finding:
    now = datetime.now(UTC)
    path = _see_path(subject, origin, route, error.verify_code, now)
    clock = None
    if route.proxy and error.verify_code in DATES:
        clock = find_clock(route.proxy, origin, roots(subject), timeout=subject.timeout)
    seen = Encounter(
        error.verify_code,
        error.verify_message,
        str(origin),
        origin.host if origin.port == _USUAL_PORT else origin.authority,
        path,
        subject.bundle,
        now,
        clock,
        store=subject.runtime.truststore,
    )
    return failed(*judge_verification(seen))


def _see_path(
    subject: Subject, origin: Origin, route: ExpectedRoute, code: int, now: datetime
) -> RefusedPath | None:
    """The refused path, as far as it can be seen; ``None`` if nothing was sent that can be read.

    It comes from a second handshake, which fails like the first, over TLS 1.2, where the certificates cross
    the wire unencrypted.
    """
    from proxyenv.certificates.path import find_relevant
    from proxyenv.certificates.refusal import find_refused

    context = trusting(roots(subject))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    channel = None
    try:
        with closing(open_tunnel(route.proxy, origin, roots(subject), timeout=subject.timeout)) as tunnel:
            channel = TLSChannel(tunnel, context, server_hostname=origin.host)
            channel.handshake()
    except (BrokenError, OSError):
        pass  # expected; what matters is what was received
    chain = find_chain(bytes(channel.received)) if channel else ()
    try:
        anchors = find_relevant(chain, context.get_ca_certs(binary_form=True))
    except ValueError:  # what the peer sent is not a certificate
        return None
    return find_refused(code, CertificatePath(chain, anchors, origin.host), now=now) if chain else None


def check_wrong_name(subject: Subject, origin: Origin, route: ExpectedRoute) -> Finding:
    """Whether the certificate of *origin* is refused for another host."""
    first = _attempt(subject, origin, route, WRONG_ADDRESS)
    if first is None:
        seen = f"the certificate of `{origin}` was accepted for `{WRONG_ADDRESS}`"
        return failed("control-passed", f"{seen}: host names are not verified here")
    if first.status == "ok":
        return first
    second = _attempt(subject, origin, route, WRONG_NAME)
    if second is None:
        detail = f"the proxy issues a certificate even for `{WRONG_NAME}`: it signs any name"
        return warning("control-passed", detail, "so this check cannot show that wrong names are refused")
    return second


def _attempt(subject: Subject, origin: Origin, route: ExpectedRoute, wrong: str) -> Finding | None:
    """``ok`` if *wrong* is refused as it must be, ``None`` if it is accepted, else a warning."""
    try:
        shake_hands(subject, origin, route, trusting(roots(subject)), expect=wrong)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in MISMATCH:
            return Finding(f"`{origin}` is refused as `{wrong}`, as it must be: {error.verify_message}")
        cause = find_cause(error.verify_code)
        return warning(
            cause, f"inconclusive: as `{wrong}` it is refused for another reason: {error.verify_message}"
        )
    except BrokenError as error:
        return warning(error.finding.cause or "tls-failed", f"inconclusive: {error.finding.detail}")
    except OSError as error:
        reason = getattr(error, "reason", None) or str(error)
        return warning(
            "tls-failed", f"inconclusive: as `{wrong}` the handshake fails for another reason: {reason}"
        )
    return None
