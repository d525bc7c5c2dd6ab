"""A trust store that Java and ``keytool`` read: certificates in PKCS#12 (RFC 7292), without any secret.

Other tools encrypt the certificates and add a MAC, both with a well-known password and a new salt each
time. Public certificates need neither, and without them equal sets give equal bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge
from proxyenv.certificates.der import (
    BMP_STRING,
    CONTEXT_0,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    encode_element,
    encode_oid,
    encode_set_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.certificate import Certificate

_DATA: Final = encode_oid("1.2.840.113549.1.7.1")
_CERTIFICATE_BAG: Final = encode_oid("1.2.840.113549.1.12.10.1.3")
_X509_CERTIFICATE: Final = encode_oid("1.2.840.113549.1.9.22.1")
_FRIENDLY_NAME: Final = encode_oid("1.2.840.113549.1.9.20")
_VERSION: Final = encode_element(INTEGER, b"\x03")

_TRUSTED_FOR_ANYTHING: Final = encode_element(
    SEQUENCE,
    encode_oid("2.16.840.1.113894.746875.1.1"),  # trustedKeyUsage, Oracle's own
    encode_set_of([encode_oid("2.5.29.37.0")]),  # anyExtendedKeyUsage
)
"""Without this attribute Java takes the certificate for part of a chain, and finds the store empty."""

_ALIAS_DIGITS: Final = 16


def render_pkcs12(certificates: Iterable[Certificate]) -> bytes:
    """A PKCS#12 trust store without encryption and MAC, and so without a password.

    Args:
        certificates: in any order, with or without repetitions.

    Returns:
        DER. Equal sets give equal bytes.
    """
    bags = encode_element(SEQUENCE, *map(_bag, merge(certificates)))
    contents = encode_element(SEQUENCE, _content_info(bags))
    return encode_element(SEQUENCE, _VERSION, _content_info(contents))


def _content_info(data: bytes) -> bytes:
    return encode_element(SEQUENCE, _DATA, encode_element(CONTEXT_0, encode_element(OCTET_STRING, data)))


def _bag(certificate: Certificate) -> bytes:
    value = encode_element(
        SEQUENCE,
        _X509_CERTIFICATE,
        encode_element(CONTEXT_0, encode_element(OCTET_STRING, certificate.der)),
    )
    return encode_element(
        SEQUENCE,
        _CERTIFICATE_BAG,
        encode_element(CONTEXT_0, value),
        encode_set_of([_friendly_name(certificate), _TRUSTED_FOR_ANYTHING]),
    )


def _friendly_name(certificate: Certificate) -> bytes:
    """The name that ``keytool -list`` shows. It is unique: of entries with one name Java keeps the last."""
    name = f"{certificate.subject} [{certificate.fingerprint[:_ALIAS_DIGITS]}]"
    text = encode_element(BMP_STRING, name.encode("utf-16-be"))  # a subject is ASCII
    return encode_element(SEQUENCE, _FRIENDLY_NAME, encode_set_of([text]))
