"""Certificates in the usual form, read without cryptography, whose import takes a fifth of a set-up.

Nearly every certificate is of version 3, with keys and signatures of the kinds that TLS uses, and with names
of plain strings. What differs from that in a single octet is not read here: nothing is known of it then, and
cryptography is asked. Where this module answers, both say the same, which a test holds.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.der import (
    BIT_STRING,
    CONTEXT_0,
    CONTEXT_3,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    UTC_TIME,
    UTF8_STRING,
)
from proxyenv.certificates.pem import escape_label
from proxyenv.certificates.strict_der import content_of, inside, only, raw, read_row, read_whole, require
from proxyenv.model.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.certificates.strict_der import Span

_FIELDS: Final = (CONTEXT_0, INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, CONTEXT_3)
"""Version, serial number, signature algorithm, issuer, validity, subject, key, extensions."""

_VERSION_3: Final = bytes.fromhex("a003020102")
TRUE: Final = b"\x01\x01\xff"
_OCTETS_OF_A_SERIAL: Final = 20
_HALF: Final = 50
_SHORT: Final = 0x80

_SIGNATURES: Final = {
    bytes.fromhex("300d06092a864886f70d0101050500"): False,  # SHA-1 with RSA, which old public roots have
    bytes.fromhex("300d06092a864886f70d01010b0500"): True,  # SHA-256, SHA-384 and SHA-512 with RSA
    bytes.fromhex("300d06092a864886f70d01010c0500"): True,
    bytes.fromhex("300d06092a864886f70d01010d0500"): True,
    bytes.fromhex("300a06082a8648ce3d040302"): True,  # the same with ECDSA
    bytes.fromhex("300a06082a8648ce3d040303"): True,
    bytes.fromhex("300a06082a8648ce3d040304"): True,
}
"""Each AlgorithmIdentifier as a whole, and whether every client accepts it in a chain."""

_RSA: Final = bytes.fromhex("300d06092a864886f70d0101010500")
CURVES: Final = {
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): 65,
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): 97,
    bytes.fromhex("301006072a8648ce3d020106052b81040023"): 133,
}
"""P-256, P-384 and P-521, with the octets of an uncompressed point."""

_NAMES: Final = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550405"): "serialNumber",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("550409"): "STREET",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("550461"): "organizationIdentifier",
    bytes.fromhex("0992268993f22c640119"): "DC",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
}
_PRINTABLE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
_SPECIAL: Final = frozenset('\\"+;<>\0')
"""What RFC 4514 escapes, but for the comma, which is in the name of every other company."""

SUBJECT_KEY: Final = bytes.fromhex("551d0e")
KEY_USAGE: Final = bytes.fromhex("551d0f")
BASIC_CONSTRAINTS: Final = bytes.fromhex("551d13")
AUTHORITY_KEY: Final = bytes.fromhex("551d23")
PURPOSES: Final = bytes.fromhex("551d25")
_UNPARSED: Final = frozenset({bytes.fromhex("2b060104018237" + arc) for arc in ("1402", "1501")})
"""What Microsoft's CAs add, which no other program looks into: the template, and how often it was renewed."""
OTHERS: Final = frozenset(
    {
        bytes.fromhex("551d11"),  # subjectAltName
        bytes.fromhex("551d1f"),  # where the revocation list is
        bytes.fromhex("551d20"),  # policies
        bytes.fromhex("2b06010505070101"),  # where the issuer is
    }
)
"""What is not looked into: of a certificate with one of them only names and dates are known."""
_EXTENSIONS: Final = OTHERS | _UNPARSED | {SUBJECT_KEY, KEY_USAGE, BASIC_CONSTRAINTS, AUTHORITY_KEY, PURPOSES}


class UsualCertificate(NamedTuple):
    """A certificate in the usual form, its parts as octets.

    Args:
        issuer: the name of the CA that issued it, as DER.
        subject: its own name, as DER.
        names: issuer and subject as text.
        validity: both dates.
        is_modern: whether every client accepts its signature algorithm.
        key: the SubjectPublicKeyInfo: the algorithm, and the key.
        extensions: OID → its content.
        critical: the OIDs of those that are critical.
    """

    issuer: bytes
    subject: bytes
    names: tuple[str, str]
    validity: tuple[datetime, datetime]
    is_modern: bool
    key: tuple[bytes, bytes]
    extensions: Mapping[bytes, bytes]
    critical: frozenset[bytes]


def describe_usual(der: bytes, fingerprint: str) -> Certificate | None:
    """The certificate; ``None`` where it is not of the usual form, or none at all."""
    try:
        read = read_usual(der)
    except (ValueError, IndexError):
        return None
    return Certificate(fingerprint, der, read.names[1], read.names[0], *read.validity)


@functools.lru_cache(maxsize=16_384)  # each CA of a bundle in turn, and again for each question
def read_usual(der: bytes) -> UsualCertificate:
    """Read a certificate.

    Raises:
        ValueError: it is not of the usual form.
        IndexError: it is cut off.
    """
    signed, algorithm, signature = inside(der, read_whole(der, SEQUENCE), 3)
    require(signed.tag == SEQUENCE and signature.tag == BIT_STRING and der[signature.content] == 0)
    version, serial, inner, issuer, validity, subject, key, tail = fields = inside(der, signed, len(_FIELDS))
    require(tuple(field.tag for field in fields) == _FIELDS and raw(der, version) == _VERSION_3)
    require(_is_serial(content_of(der, serial)))
    kind = raw(der, algorithm)
    require(kind in _SIGNATURES and raw(der, inner) == kind)
    names = (raw(der, issuer), raw(der, subject))
    text = _read_name(der, subject)
    before, after = inside(der, validity, 2)
    return UsualCertificate(
        *names,
        (text if names[0] == names[1] else _read_name(der, issuer), text),
        (_read_time(der, before), _read_time(der, after)),
        _SIGNATURES[kind],
        _read_key(der, key),
        *_read_extensions(der, tail),
    )


def _is_serial(content: bytes) -> bool:
    """Whether a serial number is not negative, as short as it can be, and not longer than RFC 5280 allows."""
    is_short = len(content) == 1 or content[0] > 0 or content[1] >= _SHORT
    return is_short and content[0] < _SHORT and len(content) <= _OCTETS_OF_A_SERIAL


def _read_name(der: bytes, name: Span) -> str:
    """A name of parts that each have one string, as RFC 4514 text in ASCII."""
    parts = []
    for part in read_row(der, name.content, name.end):
        attribute = only(inside(der, part, 1), SEQUENCE)
        kind, value = inside(der, attribute, 2)
        require(part.tag == SET and kind.tag == OBJECT_IDENTIFIER)
        label = _NAMES.get(content_of(der, kind), "")
        parts.append(f"{label}={_read_string(value.tag, content_of(der, value))}")
        require(bool(label))
    require(bool(parts))
    return escape_label(",".join(reversed(parts)))


def _read_string(tag: int, content: bytes) -> str:
    require(
        tag == UTF8_STRING
        or (tag == PRINTABLE_STRING and _PRINTABLE.issuperset(content))
        or (tag == IA5_STRING and content.isascii())
    )
    text = content.decode("utf-8")
    require(text.strip(" ") == text and text[0] != "#" and _SPECIAL.isdisjoint(text))
    return text.replace(",", "\\,")


def _read_time(der: bytes, element: Span) -> datetime:
    """A date of the one form that RFC 5280 (section 4.1.2.5) allows for its year."""
    content = content_of(der, element)
    text = content[:-1].decode("ascii")
    require(content[-1:] == b"Z" and text.isdigit())
    if element.tag == UTC_TIME:
        text = f"{19 if int(text[:2]) >= _HALF else 20}{text}"
    else:
        require(element.tag == GENERALIZED_TIME)
    require(len(text) == 14)  # noqa: PLR2004 - from the year to the second
    year, month, day, hour, minute, second = (int(text[at - 2 : at]) for at in range(4, 15, 2))
    year += 100 * int(text[:2])
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _read_key(der: bytes, key: Span) -> tuple[bytes, bytes]:
    algorithm, bits = inside(der, key, 2)
    kind = raw(der, algorithm)
    require(bits.tag == BIT_STRING and der[bits.content] == 0 and (kind == _RSA or kind in CURVES))
    return kind, der[bits.content + 1 : bits.end]


def _read_extensions(der: bytes, tail: Span) -> tuple[Mapping[bytes, bytes], frozenset[bytes]]:
    found: dict[bytes, bytes] = {}
    critical = set()
    whole = only(inside(der, tail, 1), SEQUENCE)
    for extension in read_row(der, whole.content, whole.end):
        name, *marks, value = read_row(der, extension.content, extension.end)
        require(extension.tag == SEQUENCE and name.tag == OBJECT_IDENTIFIER and value.tag == OCTET_STRING)
        oid = content_of(der, name)
        require(oid in _EXTENSIONS and oid not in found)
        found[oid] = content_of(der, value)
        if marks:
            require(len(marks) == 1 and raw(der, marks[0]) == TRUE)
            critical.add(oid)
    return MappingProxyType(found), frozenset(critical)
