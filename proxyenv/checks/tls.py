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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.checks.channel import TLSChannel, find_chain, is_of_roots, trusting
from proxyenv.checks.finding import BrokenError, Finding, failed, warning
from proxyenv.checks.handshake import FLAGS
from proxyenv.checks.tunnel import hint_for_handshake, open_tunnel
from proxyenv.checks.verification import DATES, MISMATCH, Encounter, find_cause, judge_verification
from proxyenv.checks.wire import find_clock, see_path
from proxyenv.model.inspection import CertificatePath, name_runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.certificates.refusal import PathLink, RefusedPath
    from proxyenv.checks.channel import Channel
    from proxyenv.checks.proxy import ExpectedRoute
    from proxyenv.model.subject import Origin, Subject


WRONG_ADDRESS: Final = "192.0.2.1"
WRONG_NAME: Final = "wrong.invalid"
_USUAL_PORT: Final = 443
_LONG_LIFE: Final = timedelta(days=180)
_SOON: Final = timedelta(days=30)


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


def trusting_as(subject: Subject, anchors: Path, version: str = "") -> ssl.SSLContext:
    """A context that trusts *anchors*, and verifies as strictly as a Python does.

    Args:
        subject: whose Python it is, unless another is meant.
        anchors: a file or a hashed directory.
        version: of another Python.

    Raises:
        OSError: the anchors cannot be read.
    """
    context, version = trusting(anchors), version or subject.version
    if version:
        context.verify_flags = FLAGS[name_runtime(version)]
    return context


def check_tls(subject: Subject, origin: Origin, route: ExpectedRoute) -> tuple[Finding, bool | None]:
    """Shake hands with *origin* as clients will.

    Returns:
        The finding, and whether the connection is intercepted; ``None`` if that is unknown.
    """
    if not roots(subject).exists():
        detail = f"`{roots(subject)}` does not exist; Python's clients fail before they connect"
        return failed("bundle-missing", detail, "write it again: `proxyenv setup`"), None
    try:
        context = trusting_as(subject, roots(subject))
        peer = shake_hands(subject, origin, route, context, expect=origin.host)
        public, chain = _look_as_public(subject, origin, route) if subject.bundle else (True, ())
    except (BrokenError, OSError) as error:
        return judge_handshake(subject, origin, route, error), None
    said = "a public root: not intercepted" if public else "a corporate CA and no public root: intercepted"
    found = Finding(f"{peer.version}, certificate issued by `{peer.issuer}`, {said}")
    expiring = None if public else _find_expiring(chain, context)
    return (_warn(found, subject.mask(expiring.name), expiring) if expiring else found), not public


def check_target(subject: Subject, origin: Origin, route: ExpectedRoute, version: str) -> Finding:
    """Whether another Python, named by ``--target-python``, accepts the certificate too."""
    try:
        context = trusting_as(subject, roots(subject), version)
        shake_hands(subject, origin, route, context, expect=origin.host)
    except ssl.SSLCertVerificationError as error:
        finding = judge_handshake(subject, origin, route, error)
        return failed(finding.cause or "", f"Python {version}: {finding.detail}", finding.hint)
    except (BrokenError, OSError) as error:
        return judge_handshake(subject, origin, route, error)
    return Finding(f"Python {version} accepts the certificate too")


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
        return Peer(subject.mask(channel.issuer), channel.version)


def _look_as_public(subject: Subject, origin: Origin, route: ExpectedRoute) -> tuple[bool, tuple[bytes, ...]]:
    """Whether the public roots alone are enough, and what was sent as far as it can be read.

    The first attempt is TLS 1.2, where certificates cross the wire unencrypted.

    Raises:
        BrokenError: there is no connection for TLS.
        OSError: the handshake failed, and not for the certificate.
    """
    for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.MAXIMUM_SUPPORTED):
        context = trusting_as(subject, public_roots(subject))
        context.maximum_version = newest
        with closing(open_tunnel(route.proxy, origin, roots(subject), timeout=subject.timeout)) as tunnel:
            channel = TLSChannel(tunnel, context, server_hostname=origin.host)
            try:
                channel.handshake()
            except ssl.SSLCertVerificationError:
                return False, find_chain(bytes(channel.received))
            except ssl.SSLError:
                if newest is ssl.TLSVersion.MAXIMUM_SUPPORTED:
                    raise
            else:
                return True, ()
    raise AssertionError  # the last attempt returns or raises


def judge_handshake(
    subject: Subject, origin: Origin, route: ExpectedRoute, error: BrokenError | OSError
) -> Finding:
    """Why there is no TLS connection to *origin*."""
    if isinstance(error, BrokenError):
        return error.finding
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain(subject, origin, route, error)
    if is_of_roots(error):
        return _judge_roots(roots(subject), error)
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    detail = f"the TLS handshake with `{origin}` failed: {reason}"
    if isinstance(error, TimeoutError):
        return failed("timeout", detail, f"check `{origin.authority}`: does it answer in a browser?")
    return failed("tls-failed", detail, hint_for_handshake(origin))


def find_refusal(subject: Subject, origin: Origin, route: ExpectedRoute) -> Finding | None:
    """Why the certificate of *origin* is refused by what was set up; ``None`` where it is not."""
    try:
        shake_hands(subject, origin, route, trusting_as(subject, roots(subject)), expect=origin.host)
    except ssl.SSLCertVerificationError as error:
        return _explain(subject, origin, route, error)
    except (BrokenError, OSError):
        pass  # whatever it is, it is not the certificate
    return None


def _explain(
    subject: Subject, origin: Origin, route: ExpectedRoute, error: ssl.SSLCertVerificationError
) -> Finding:
    """The finding for a certificate that was refused, by looking at it again."""
    from proxyenv.certificates.refusal import find_refused

    code, message = error.verify_code, error.verify_message
    now, path, clock = datetime.now(UTC), _see_path(subject, origin, route), None
    if route.proxy and code in DATES:
        clock = find_clock(route.proxy, origin, roots(subject), timeout=subject.timeout)
    seen = Encounter(
        code,
        message,
        str(origin),
        origin.host if origin.port == _USUAL_PORT else origin.authority,
        _hide_names(find_refused(code, path, now=now) if path else None, subject.mask),
        subject.bundle,
        now,
        clock,
        store=subject.runtime.truststore,
    )
    return failed(*judge_verification(seen))


def _hide_names(path: RefusedPath | None, mask: Callable[[str], str]) -> RefusedPath | None:
    """The same without what the names in certificates that came over the wire repeat of a secret."""
    if path is None:
        return None

    def hide(link: PathLink) -> PathLink:
        return link if link.anchored else link._replace(name=mask(link.name), issuer=mask(link.issuer))

    return path._replace(
        links=tuple(map(hide, path.links)),
        refused=path.refused and hide(path.refused),
        hosts=tuple(map(mask, path.hosts)),
    )


def _see_path(subject: Subject, origin: Origin, route: ExpectedRoute) -> CertificatePath | None:
    def connect() -> Channel:
        return open_tunnel(route.proxy, origin, roots(subject), timeout=subject.timeout)

    return see_path(connect, roots(subject), origin.host)


def _find_expiring(chain: tuple[bytes, ...], context: ssl.SSLContext) -> PathLink | None:
    """A CA that comes over the wire and expires soon.

    One that lives for months only is replaced by its proxy in time, as is every server's certificate.
    """
    from proxyenv.certificates.issuers import find_relevant
    from proxyenv.certificates.refusal import describe_path

    now = datetime.now(UTC)
    try:
        anchors = find_relevant(chain, context.get_ca_certs(binary_form=True))
        links = describe_path(CertificatePath(chain, anchors, "")) if chain else ()
    except ValueError:  # what the peer sent is not a certificate
        return None
    return next(
        (
            link
            for link in links[1:]
            if not link.anchored
            and link.not_after - link.not_before >= _LONG_LIFE
            and link.not_after < now + _SOON
        ),
        None,
    )


def _warn(found: Finding, name: str, expiring: PathLink) -> Finding:
    said = f"{found.detail}; the intermediate CA `{name}` expires on {expiring.not_after:%Y-%m-%d}"
    return warning("ca-expires", said, f"ask IT to renew `{name}`, which comes over the wire")


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
        shake_hands(subject, origin, route, trusting_as(subject, roots(subject)), expect=wrong)
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
