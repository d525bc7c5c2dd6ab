"""What cryptography, which takes a while to be imported, says of a certificate."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from proxyenv.certificates.pem import escape_label
from proxyenv.model.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def parse_certificate(der: bytes, fingerprint: str) -> Certificate:
    """Parse one certificate.

    Raises:
        ValueError: it is none that cryptography reads, and so are the other exceptions of ``UNREADABLE``.
    """
    with quiet():
        parsed = x509.load_der_x509_certificate(der)
        subject = render_name(parsed.subject)
        return Certificate(
            fingerprint=fingerprint,
            der=der,
            subject=subject,
            issuer=subject if parsed.issuer == parsed.subject else render_name(parsed.issuer),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
        )


def parse_denial(der: bytes) -> str | None:
    """Why a certificate may not sign others, as a clause; ``None`` if it may.

    Args:
        der: a certificate that :func:`parse_certificate` reads.
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
