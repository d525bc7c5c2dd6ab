"""The judgement on a certificate that is offered as a trust anchor."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from proxyenv.certificates.certificate import find_denial
from proxyenv.errors import TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from proxyenv.model.certificate import Certificate


def require_authority(certificate: Certificate, *, source: str, now: datetime) -> None:
    """Accept a CA that is valid today, and nothing else.

    Args:
        certificate: the candidate.
        source: where it came from, for messages: a path.
        now: aware.

    Raises:
        TrustError: ``not-a-ca``, ``ca-expired``, ``ca-not-yet-valid``, or ``malformed-certificate``
            when OpenSSL cannot load it.
    """
    name = f"`{certificate.subject}` in `{source}`"
    if not certificate.is_ca:
        raise TrustError(
            "not-a-ca",
            f"{name} is not a CA: {find_denial(certificate.der)}",
            hint=_issuer_hint(certificate),
        )
    if now > certificate.not_after:
        raise TrustError(
            "ca-expired",
            f"{name} expired on {_date(certificate.not_after)}; today is {_date(now)}",
            hint=f"ask IT for the CA that replaced `{certificate.subject}`",
        )
    if now < certificate.not_before:
        raise TrustError(
            "ca-not-yet-valid",
            f"{name} is not valid before {_date(certificate.not_before)}; today is {_date(now)}",
            hint="if the clock of this machine is right, ask IT for the CA that is in use until then",
        )
    _require_openssl(certificate, name=name)


def _require_openssl(certificate: Certificate, *, name: str) -> None:
    """Have OpenSSL load the certificate, since it refuses some that cryptography accepts.

    One such certificate in a bundle, and every client that reads the bundle trusts nothing.
    """
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate.der)
    except ssl.SSLError as error:
        raise TrustError(
            "malformed-certificate",
            f"{name} cannot be loaded by OpenSSL, and a bundle with it would break every client",
            hint="ask IT for the CA again; this certificate is damaged",
        ) from error


def _issuer_hint(certificate: Certificate) -> str:
    if certificate.issuer == certificate.subject:
        return "ask IT for the certificate of the CA that the proxy signs with, not of the proxy itself"
    return f"ask IT for the certificate of the CA that issued it, `{certificate.issuer}`"


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
