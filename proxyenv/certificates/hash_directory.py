"""A directory in which OpenSSL finds each certificate by the hash of its subject."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge, render_pem
from proxyenv.certificates.der import (
    BMP_STRING,
    CONTEXT_0,
    IA5_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    TELETEX_STRING,
    UNIVERSAL_STRING,
    UTF8_STRING,
    VISIBLE_STRING,
    encode_element,
    encode_set_of,
    parse_element,
    split_elements,
)
from proxyenv.certificates.usual import read_usual
from proxyenv.model.change import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.certificates.der import Element
    from proxyenv.model.certificate import Certificate

_MODE: Final = 0o644
_SUBJECT: Final = 4
"""The index of the subject in a version 1 ``TBSCertificate``, which has no version field."""
_ENCODINGS: Final = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "latin-1",
    TELETEX_STRING: "latin-1",  # T.61 on paper, Latin-1 in OpenSSL
    IA5_STRING: "latin-1",
    VISIBLE_STRING: "latin-1",
    UNIVERSAL_STRING: "utf-32-be",
    BMP_STRING: "utf-16-be",
}
"""The string types that OpenSSL compares by their text. Any other value is hashed unchanged."""
HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")
"""The names that OpenSSL looks for in such a directory."""

_BLANKS: Final = re.compile(rb"[ \t\n\v\f\r]+")


def render_hash_directory(certificates: Iterable[Certificate]) -> tuple[Leaf, ...]:
    """One file per certificate, named as ``openssl rehash`` would name its link.

    The name is ``HHHHHHHH.N``: the hash of the subject, and a number that tells certificates with the same
    hash apart. The numbers start at 0 and have no gap, since OpenSSL stops at the first missing one. The
    entries are files, not links, so that the directory also works on Windows and as a copy.

    Args:
        certificates: in any order, with or without repetitions.

    Returns:
        Each certificate once, in PEM. Equal sets give equal files.

    Raises:
        ValueError: a string in a subject does not match its type.
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

    Names that differ only in case, in runs of blanks or in the type of their strings are equal by RFC 5280,
    so OpenSSL hashes a canonical form of the name: the first four octets of its SHA-1, lowest first.
    Security does not depend on it: the hash only says where to look.

    Args:
        der: a certificate.

    Returns:
        Eight lower-case hexadecimal digits.

    Raises:
        ValueError: *der* is not a certificate, or a string in its subject does not match its type.
    """
    return hashlib.sha1(fold_name(_subject(der)), usedforsecurity=False).digest()[3::-1].hex()


def fold_name(content: bytes) -> bytes:
    """What all spellings of a distinguished name have in common.

    Args:
        content: that of its element.

    Raises:
        ValueError: it is not one, or a string in it does not match its type.
    """
    return b"".join(map(_canonical_rdn, split_elements(content)))


def _subject(der: bytes) -> bytes:
    try:  # many have been read already
        return parse_element(read_usual(der).subject).content
    except (ValueError, IndexError):
        return _find_subject(der)


def _find_subject(der: bytes) -> bytes:
    fields = list(split_elements(parse_element(parse_element(der).content).content))
    if fields and fields[0].tag == CONTEXT_0:
        del fields[0]
    if len(fields) <= _SUBJECT or fields[_SUBJECT].tag != SEQUENCE:
        raise ValueError("no subject")
    return fields[_SUBJECT].content


def _canonical_rdn(rdn: Element) -> bytes:
    return encode_set_of(_canonical_attribute(attribute) for attribute in split_elements(rdn.content))


def _canonical_attribute(attribute: Element) -> bytes:
    kind = parse_element(attribute.content)
    value = parse_element(kind.rest)
    encoding = _ENCODINGS.get(value.tag)
    text = value.raw if encoding is None else encode_element(UTF8_STRING, _fold(value.content, encoding))
    return encode_element(SEQUENCE, kind.raw + text)


def _fold(content: bytes, encoding: str) -> bytes:
    """The text in UTF-8: blanks trimmed and merged, ASCII letters (and no others) in lower case."""
    return _BLANKS.sub(b" ", content.decode(encoding).encode("utf-8")).strip(b" ").lower()
