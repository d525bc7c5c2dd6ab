"""The certificates that a server sends through the proxy: to be shown, not trusted."""

from __future__ import annotations

import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import read_date
from proxyenv.checks.channel import PlainChannel, TLSChannel, find_chain, trusting
from proxyenv.checks.finding import BrokenError, failed
from proxyenv.checks.tunnel import NotHTTPError, open_tunnel, reach, read_head, send
from proxyenv.checks.verification import MISMATCH, Encounter, judge_verification
from proxyenv.errors import DiscoveryError
from proxyenv.model.inspection import CertificatePath

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.checks.channel import Channel
    from proxyenv.checks.finding import Finding
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.subject import Origin


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen.

    Args:
        chain: DER, the server's own certificate first; empty if it could not be read.
        public: whether it leads to a public root.
        refusal: why a client that trusts only the public roots refuses it; ``None`` if it accepts.
        clock: the time by the proxy's clock; ``None`` if the proxy does not send it.
    """

    chain: tuple[bytes, ...]
    public: bool
    refusal: str | None
    clock: datetime | None


def look(
    proxy: ProxyURL | None, origin: Origin, *, public_roots: Path, known_roots: Path, timeout: float
) -> Sighting:
    """Connect as a client that trusts only the public roots, and keep what was sent.

    The first attempt is TLS 1.2, where certificates cross the wire unencrypted. A peer that requires TLS 1.3
    is asked again; then only whether it is trusted can be seen.

    Args:
        proxy: to go through; ``None`` goes direct.
        origin: whose certificates to look at.
        public_roots: a PEM file.
        known_roots: what to verify the certificate of an ``https://`` proxy against.
        timeout: seconds for each step.

    Raises:
        DiscoveryError: ``wire-unreachable``: no TLS connection could be established.
    """
    context = trusting(public_roots)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    clock = find_clock(proxy, origin, known_roots, timeout=timeout) if proxy else None
    chain, public, refusal = _shake_hands(proxy, origin, known_roots, context, timeout=timeout)
    if not chain and not public:
        chain, public, refusal = _shake_hands(
            proxy, origin, known_roots, trusting(public_roots), timeout=timeout
        )
    return Sighting(chain, public, refusal, clock)


def see_path(connect: Callable[[], Channel], anchors: Path, host: str) -> CertificatePath | None:
    """What a server sends, and what of *anchors* belongs to it; ``None`` if nothing can be read.

    Args:
        connect: opens a connection to it; may raise :class:`BrokenError` or :class:`OSError`.
        anchors: what to verify it against, a file or a hashed directory.
        host: the name to ask for.
    """
    from proxyenv.certificates.issuers import find_relevant

    context = trusting(anchors)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the certificates cross the wire unencrypted
    channel = None
    try:
        with closing(connect()) as below:
            channel = TLSChannel(below, context, server_hostname=host)
            channel.handshake()
    except (BrokenError, OSError):
        pass  # it may be refused; what matters is what was received
    chain = find_chain(bytes(channel.received)) if channel else ()
    try:
        known = find_relevant(chain, context.get_ca_certs(binary_form=True))
    except ValueError:  # what the peer sent is not a certificate
        return None
    return CertificatePath(chain, known, host) if chain else None


def judge_proxy_certificate(
    proxy: ProxyURL, anchors: Path, error: ssl.SSLCertVerificationError, *, timeout: float
) -> Finding:
    """Why the certificate of an ``https://`` proxy itself is refused.

    Args:
        proxy: whose certificate it is.
        anchors: what it was verified against.
        error: the refusal.
        timeout: seconds for each step.
    """
    from proxyenv.certificates.path import find_host
    from proxyenv.certificates.refusal import find_refused

    def connect() -> Channel:
        return PlainChannel(proxy.host, proxy.port, timeout=timeout)

    code, now, path = error.verify_code, datetime.now(UTC), see_path(connect, anchors, proxy.host)
    refused = find_refused(code, path, now=now) if path else None
    seen = Encounter(
        code, error.verify_message, proxy.authority, proxy.host, refused, anchors, now, whose="the proxy "
    )
    judged = judge_verification(seen)
    hint = judged.hint
    if code in MISMATCH:
        named = f", such as `{find_host(path.sent[0])}`" if path else ""
        hint = f"write the proxy's URL with the name that its certificate is for{named}"
    elif judged.cause == "ca-missing":
        ca = f"the CA `{refused.links[-1].issuer}`" if refused else "its CA"
        hint = (
            f"`{anchors}` does not hold {ca}: ask whoever runs the proxy for it, and give it with `--ca FILE`"
        )
    return failed("proxy-certificate", judged.detail, hint)


_DATES: Final = frozenset({9, 10})  # OpenSSL's codes for not yet valid and expired
_BELOW_A_PUBLIC_ROOT: Final = MISMATCH | _DATES
"""What OpenSSL reports only for a chain that leads to a trusted root."""


def _shake_hands(
    proxy: ProxyURL | None, origin: Origin, roots: Path, context: ssl.SSLContext, *, timeout: float
) -> tuple[tuple[bytes, ...], bool, str | None]:
    refusal, public = None, True
    try:
        with closing(open_tunnel(proxy, origin, roots, timeout=timeout)) as tunnel:
            channel = TLSChannel(tunnel, context, server_hostname=origin.host)
            try:
                channel.handshake()
            except ssl.SSLCertVerificationError as error:
                refusal, public = error.verify_message, error.verify_code in _BELOW_A_PUBLIC_ROOT
            except ssl.SSLError as error:
                if context.maximum_version != ssl.TLSVersion.TLSv1_2:
                    raise
                refusal, public = error.reason or str(error), False
    except BrokenError as error:
        found = error.finding
        raise DiscoveryError("wire-unreachable", found.detail, hint=found.hint) from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        raise DiscoveryError(
            "wire-unreachable",
            f"the TLS handshake with `{origin}` failed: {reason}",
            hint="`proxyenv check` says which step fails",
        ) from error
    return find_chain(bytes(channel.received)), public, refusal


def find_clock(proxy: ProxyURL, origin: Origin, roots: Path, *, timeout: float) -> datetime | None:
    """The ``Date`` of the proxy's answer to a plain request, whatever its status."""
    lines = (f"HEAD http://{origin.host}/ HTTP/1.1", f"Host: {origin.host}", "Connection: close")
    try:
        channel, _ = reach(proxy, roots, timeout=timeout)
        with closing(channel):
            send(channel, lines, proxy)
            return read_date(read_head(channel, proxy).headers)
    except (OSError, NotHTTPError):
        return None
