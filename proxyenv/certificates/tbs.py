"""A certificate as its DER elements: split, changed and reassembled.

A library that parses certificates also validates them, and refuses to create what it would not accept.
Here such certificates matter: a version 1 root, a negative serial number, a misplaced basicConstraints.
So the fields remain plain bytes (RFC 5280, section 4.1).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.der import (
    BIT_STRING,
    BOOLEAN,
    CONTEXT_0,
    CONTEXT_3,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    encode_element,
    parse_element,
    split_elements,
)

if TYPE_CHECKING:
    from proxyenv.certificates.der import Element

_SHORT: Final = 0x80

SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_ALT_NAME: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
NAME_CONSTRAINTS: Final = "2.5.29.30"
POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension.

    Args:
        oid: dotted.
        critical: whether a client that does not know it must refuse the certificate.
        value: the content of its OCTET STRING.
    """

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """The fields of a certificate, each a whole DER element unless said otherwise.

    Args:
        version: empty in version 1.
        serial: an INTEGER.
        algorithm: the signature algorithm, from the signed part.
        issuer: a name.
        validity: both dates.
        subject: a name.
        key: the SubjectPublicKeyInfo.
        tail: the unique identifiers, which nobody uses, and the extensions.
        signature: its octets, without the BIT STRING around them.
    """

    version: bytes
    serial: bytes
    algorithm: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    key: bytes
    tail: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """The signed part, as DER."""
        fields = (self.version, self.serial, self.algorithm, self.issuer, self.validity, self.subject)
        return encode_element(SEQUENCE, b"".join((*fields, self.key, self.tail)))

    @property
    def der(self) -> bytes:
        """The whole certificate, as DER."""
        signature = encode_element(BIT_STRING, b"\x00" + self.signature)
        return encode_element(SEQUENCE, self.signed + self.algorithm + signature)

    @property
    def number(self) -> int:
        """The serial number; may be negative."""
        return int.from_bytes(parse_element(self.serial).content, "big", signed=True)

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The extensions, in their order.

        Raises:
            ValueError: they cannot be parsed.
        """
        for element in split_elements(self.tail):
            if element.tag == CONTEXT_3:
                return tuple(map(_parse_extension, split_elements(parse_element(element.content).content)))
        return ()


@functools.lru_cache(maxsize=256)  # many questions about one certificate come together
def parse_fields(der: bytes) -> CertificateFields:
    """Split a certificate into its fields.

    Raises:
        ValueError: *der* lacks the fields of a certificate.
    """
    signed, _, signature = _exactly(3, parse_element(der).content)
    fields = list(split_elements(signed.content))
    version = fields.pop(0).raw if fields and fields[0].tag == CONTEXT_0 else b""
    if len(fields) < 6:  # noqa: PLR2004 - serial, algorithm, issuer, validity, subject, key
        raise ValueError("fields are missing")
    raw = [field.raw for field in fields]
    return CertificateFields(
        version, raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], b"".join(raw[6:]), signature.content[1:]
    )


def decode_oid(content: bytes) -> str:
    """An object identifier in dotted form; *content* is the content of its element."""
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & _SHORT:
            arcs.append(value)
            value = 0
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _parse_extension(element: Element) -> Extension:
    parts = list(split_elements(element.content))
    if len(parts) < 2 or parts[0].tag != OBJECT_IDENTIFIER:  # noqa: PLR2004 - a name and a value
        raise ValueError("an extension has no name")
    critical = parts[1].tag == BOOLEAN and parts[1].content != b"\x00"
    return Extension(decode_oid(parts[0].content), critical, parts[-1].content)


def _exactly(count: int, data: bytes) -> list[Element]:
    found = list(split_elements(data))
    if len(found) != count:
        raise ValueError(f"{len(found)} elements, not {count}")
    return found
