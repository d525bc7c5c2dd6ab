"""A directory in which OpenSSL finds each certificate by the hash of its subject."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge, render_pem
from proxyenv.certificates.der import encode_element, encode_set_of, parse_element
from proxyenv.model.tree import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.certificates.der import Element
    from proxyenv.model.certificate import Certificate

_MODE: Final = 0o644


_CONTEXT_0: Final = 0xA0
_UTF8_STRING: Final = 0x0C
_SEQUENCE: Final = 0x30
_SUBJECT: Final = 4
"""The position of the subject in a ``TBSCertificate`` of version 1, which has no version field."""
_ENCODINGS: Final = {
    _UTF8_STRING: "utf-8",
    0x13: "latin-1",  # PrintableString
    0x14: "latin-1",  # TeletexString: T.61 on paper, Latin-1 in OpenSSL
    0x16: "latin-1",  # IA5String
    0x1A: "latin-1",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
"""The string types that are compared by their text. Any other value stays as it is."""
_BLANKS: Final = re.compile(rb"[ \t\n\v\f\r]+")


def render_hash_directory(certificates: Iterable[Certificate]) -> tuple[Leaf, ...]:
    """One file for each certificate, under the name that ``openssl rehash`` would link to it.

    ``HHHHHHHH.N``: the hash of the subject, and a number for those that have one hash in common,
    from 0 without a gap, since OpenSSL stops at the first that is missing. They are files and no
    links, so that the directory means the same on Windows and in a copy.

    Args:
        certificates: in any order, with or without repetitions.

    Returns:
        Each certificate once, in PEM. Equal sets give equal files.

    Raises:
        ValueError: a subject holds a string that is not what its type says.
    """
    numbers: Counter[str] = Counter()
    leaves = []
    for certificate in merge(certificates):
        name = hash_subject(certificate.der)
        leaves.append(Leaf(f"{name}.{numbers[name]}", _MODE, render_pem(certificate.der)))
        numbers[name] += 1
    return tuple(sorted(leaves))


def hash_subject(der: bytes) -> str:
    """The hash of a certificate's subject, as ``openssl x509 -subject_hash`` prints it.

    Two names that differ in case, in runs of blanks or in the type of their strings are equal in
    RFC 5280, so OpenSSL hashes a canonical form of the name: SHA-1, of which the first four octets
    count, the lowest first. Security does not hang on it: it only says where to look.

    Args:
        der: a certificate.

    Returns:
        Eight lower-case hexadecimal digits.

    Raises:
        ValueError: *der* is no certificate, or a string of the subject is not what its type says.
    """
    name = b"".join(map(_canonical_rdn, _children(_subject(der))))
    return hashlib.sha1(name, usedforsecurity=False).digest()[3::-1].hex()


def _subject(der: bytes) -> bytes:
    fields = list(_children(parse_element(parse_element(der).content).content))
    if fields and fields[0].tag == _CONTEXT_0:
        del fields[0]
    if len(fields) <= _SUBJECT or fields[_SUBJECT].tag != _SEQUENCE:
        raise ValueError("no subject")
    return fields[_SUBJECT].content


def _canonical_rdn(rdn: Element) -> bytes:
    return encode_set_of(_canonical_attribute(attribute) for attribute in _children(rdn.content))


def _canonical_attribute(attribute: Element) -> bytes:
    kind = parse_element(attribute.content)
    value = parse_element(kind.rest)
    encoding = _ENCODINGS.get(value.tag)
    text = value.raw if encoding is None else encode_element(_UTF8_STRING, _fold(value.content, encoding))
    return encode_element(_SEQUENCE, kind.raw + text)


def _fold(content: bytes, encoding: str) -> bytes:
    """The text in UTF-8, blanks trimmed and merged, and ASCII, but nothing else, in lower case."""
    return _BLANKS.sub(b" ", content.decode(encoding).encode("utf-8")).strip(b" ").lower()


def _children(content: bytes) -> Iterator[Element]:
    while content:
        element = parse_element(content)
        yield element
        content = element.rest
