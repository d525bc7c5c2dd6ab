"""The TLS rung: is the origin's certificate trusted, who issued it, and is the connection intercepted?"""

from __future__ import annotations

import ssl
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.checks.chain import find_chain
from proxyenv.checks.channel import TLSChannel, trusting
from proxyenv.checks.finding import BrokenError, Finding, failed
from proxyenv.checks.tunnel import open_tunnel
from proxyenv.checks.verdict import judge_verification

if TYPE_CHECKING:
    from cryptography.x509 import Name

    from proxyenv.checks.subject import Origin, Route, Subject


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


def check_tls(subject: Subject, origin: Origin, route: Route) -> tuple[Finding, bool | None]:
    """Shake hands with *origin* the way clients will.

    Returns:
        The finding, and whether the connection is intercepted; ``None`` when that is unknown.
    """
    if not roots(subject).exists():
        detail = f"`{roots(subject)}` is not there; Python's clients fail before they connect"
        return failed("bundle-missing", detail, "write it again: `proxyenv setup`"), None
    try:
        peer = shake_hands(subject, origin, route, trusting(roots(subject)), expect=origin.host)
        public = _accepts(subject, origin, route, public_roots(subject)) if subject.bundle else True
    except ssl.SSLCertVerificationError as error:
        return _judge(subject, origin, route, error), None
    except BrokenError as error:
        return error.finding, None
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        cause = "timeout" if isinstance(error, TimeoutError) else "tls-failed"
        return failed(cause, f"no TLS with `{origin}`: {reason}"), None
    said = "a public root: not intercepted" if public else "a corporate CA and no public root: intercepted"
    return Finding(f"{peer.version}, certificate issued by `{peer.issuer}`, {said}"), not public


def shake_hands(
    subject: Subject, origin: Origin, route: Route, context: ssl.SSLContext, *, expect: str
) -> Peer:
    """Connect to *origin* by *route* and verify that it is *expect*.

    Raises:
        BrokenError: no connection to speak TLS over.
        ssl.SSLCertVerificationError: the certificate is refused.
        OSError: the handshake failed otherwise; also every other :class:`ssl.SSLError`.
    """
    with closing(open_tunnel(route.proxy, origin, roots(subject), timeout=subject.timeout)) as tunnel:
        channel = TLSChannel(tunnel, context, server_hostname=expect)
        channel.handshake()
        return Peer(channel.issuer, channel.version)


def _accepts(subject: Subject, origin: Origin, route: Route, anchors: Path) -> bool:
    try:
        shake_hands(subject, origin, route, trusting(anchors), expect=origin.host)
    except ssl.SSLCertVerificationError:
        return False
    return True


def _judge(subject: Subject, origin: Origin, route: Route, error: ssl.SSLCertVerificationError) -> Finding:
    issuer, namesake = _find_issuer(subject, origin, route)
    return judge_verification(
        error,
        target=str(origin),
        issuer=issuer,
        bundle=subject.bundle,
        namesake=namesake,
        store=subject.runtime.truststore,
    )


def _find_issuer(subject: Subject, origin: Origin, route: Route) -> tuple[str | None, bool]:
    """Who issued the certificate that is refused, and whether the bundle has a CA of that name.

    A second handshake, which fails like the first; over TLS 1.2, where the certificate can be read.
    """
    from cryptography import x509

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
    if not chain:
        return None, False
    try:
        top = x509.load_der_x509_certificate(chain[-1]).issuer
    except ValueError:  # the peer sent something that is no certificate
        return None, False
    encoded = top.public_bytes()
    candidates = [der for der in context.get_ca_certs(binary_form=True) if encoded in der]
    return _short(top), any(x509.load_der_x509_certificate(der).subject == top for der in candidates)


def _short(name: Name) -> str:
    from cryptography.x509.oid import NameOID

    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(oid):
            return str(found[0].value)
    return name.rfc4514_string()
