"""From bytes to certificates, and whether a certificate may be a trust anchor."""

from __future__ import annotations

import hashlib
import warnings
from contextlib import contextmanager
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from proxyenv.certificates.container import open_block, refuse_key_store
from proxyenv.certificates.pem import escape_label, malformed, parse_blocks, refuse_foreign
from proxyenv.errors import TrustError
from proxyenv.model.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from proxyenv.certificates.pem import Block


E = TypeVar("E", bound=x509.ExtensionType)

_NAMES: Final[Mapping[x509.ObjectIdentifier, str]] = MappingProxyType(
    {
        NameOID.EMAIL_ADDRESS: "emailAddress",
        NameOID.SERIAL_NUMBER: "serialNumber",
        NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier",
        NameOID.POSTAL_CODE: "postalCode",
    }
)
"""What OpenSSL calls the parts of a name for which RFC 4514 has only the number."""

_NOTHING_KNOWN: Final[Mapping[str, Certificate]] = MappingProxyType({})

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography raises for input that it cannot read. There is no common base class, and a name with a
string of unknown type is a bare ``KeyError`` (found by fuzzing)."""


class CertificateFile(NamedTuple):
    """The certificates of a file of trust anchors.

    Args:
        certificates: each once, in the order of the file.
        has_key: whether the file is a container that also has a private key. The key is not kept.
    """

    certificates: tuple[Certificate, ...]
    has_key: bool


def parse_certificates(
    data: bytes,
    *,
    source: str,
    known: Mapping[str, Certificate] = _NOTHING_KNOWN,
    password: str | None = None,
) -> tuple[Certificate, ...]:
    """Read every certificate in *data*, and refuse all of it if it holds anything else.

    Skipping what is not a certificate would be easier and wrong: a key next to its certificate is a common
    export, and every user of the machine can read the bundle.

    Args:
        data: PEM, DER, PKCS#7 in either, or PKCS#12. Text outside PEM blocks is ignored.
        source: where *data* came from, for messages: a path.
        known: certificates parsed earlier, by fingerprint; they are not parsed again.
        password: of a PKCS#12 file.

    Returns:
        Each certificate once, in the order of the file, whether it is a CA or not.

    Raises:
        TrustError: ``unexpected-block``, ``malformed-certificate``, ``ca-password`` or
            ``no-certificate``.
    """
    return parse_content(data, source=source, known=known, password=password).certificates


def parse_content(
    data: bytes,
    *,
    source: str,
    known: Mapping[str, Certificate] = _NOTHING_KNOWN,
    password: str | None = None,
) -> CertificateFile:
    """As :func:`parse_certificates`, and whether there is a private key."""
    refuse_key_store(data, source=source)
    found: dict[str, Certificate] = {}
    with quiet():
        contents = [
            open_block(block, source=source, password=password) for block in parse_blocks(data, source=source)
        ]
        for block in (block for content in contents for block in content.blocks):
            fingerprint = hashlib.sha256(block.der).hexdigest()
            if fingerprint not in found:
                found[fingerprint] = known.get(fingerprint) or _describe(block, fingerprint, source=source)
    if not found:
        state = "holds no certificate" if data.strip() else "is empty"
        raise TrustError(
            "no-certificate",
            f"`{source}` {state}",
            hint="ask IT for the CA as a PEM file; it has a line `-----BEGIN CERTIFICATE-----`",
        )
    return CertificateFile(tuple(found.values()), any(content.has_key for content in contents))


def find_denial(der: bytes) -> str | None:
    """Why a certificate may not sign others, as a clause; ``None`` if it may.

    Args:
        der: a certificate that :func:`parse_certificates` returned.
    """
    with quiet():
        return _denial(x509.load_der_x509_certificate(der))


def render_name(name: x509.Name) -> str:
    """A distinguished name as RFC 4514 text in ASCII, its parts named as OpenSSL names them."""
    return escape_label(name.rfc4514_string(dict(_NAMES)))


@contextmanager
def quiet() -> Iterator[None]:
    """Silence cryptography's warnings about other people's certificates.

    Some public roots have the serial number zero, and some names a country of three letters.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _denial(certificate: x509.Certificate) -> str | None:
    try:
        extensions = certificate.extensions
        if certificate.version is x509.Version.v1:
            self_issued = certificate.subject == certificate.issuer
            return None if self_issued else "it is a version 1 certificate that another CA issued"
    except UNREADABLE as error:
        # Refused, since lenient and strict readers of such extensions would differ.
        return f"its extensions cannot be read ({escape_label(str(error))})"
    constraints = _find(extensions, x509.BasicConstraints)
    if constraints is None:
        return "it has no basicConstraints"
    if not constraints.ca:
        return "its basicConstraints say so"
    usage = _find(extensions, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return "its keyUsage lacks keyCertSign"
    return None


def _find(extensions: x509.Extensions, kind: type[E]) -> E | None:
    return next((each.value for each in extensions if isinstance(each.value, kind)), None)


def _describe(block: Block, fingerprint: str, *, source: str) -> Certificate:
    refuse_foreign(block.der, place=block.place, source=source)
    try:
        parsed = x509.load_der_x509_certificate(block.der)
        subject = render_name(parsed.subject)
        self_issued = parsed.issuer == parsed.subject
        return Certificate(
            fingerprint=fingerprint,
            der=block.der,
            subject=subject,
            issuer=subject if self_issued else render_name(parsed.issuer),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            is_ca=_denial(parsed) is None,
        )
    except UNREADABLE as error:
        raise malformed(block.place, escape_label(str(error)) or type(error).__name__) from error


def require_authority(certificate: Certificate, *, source: str, now: datetime) -> None:
    """Accept only a CA that is valid today.

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
    """Let OpenSSL load the certificate, since it refuses some that cryptography accepts.

    With one such certificate in the bundle, every client that reads the bundle trusts nothing.
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
