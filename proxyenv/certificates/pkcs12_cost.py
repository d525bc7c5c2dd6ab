"""How much hashing a PKCS#12 asks for, worked out before any of it is done (RFC 7292, RFC 8018, RFC 7914).

OpenSSL does what the file says, however long that takes, and no signal is heard meanwhile. So the structure
is read first, in BER, as Firefox writes it. What is not understood is refused: OpenSSL may understand it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.certificates.ber import read_integer, read_octets, read_only, read_part, split_ber
from proxyenv.certificates.der import CONTEXT_0, OBJECT_IDENTIFIER, SEQUENCE, encode_oid
from proxyenv.certificates.strict_der import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.certificates.ber import Part


def _oid(dotted: str) -> bytes:
    return read_only(encode_oid(dotted), OBJECT_IDENTIFIER)


_DATA: Final = _oid("1.2.840.113549.1.7.1")
_ENCRYPTED_DATA: Final = _oid("1.2.840.113549.1.7.6")
_SHROUDED_KEY: Final = _oid("1.2.840.113549.1.12.10.1.2")
_NESTED: Final = _oid("1.2.840.113549.1.12.10.1.6")
_PBES1: Final = frozenset(
    (
        *(_oid(f"1.2.840.113549.1.5.{last}") for last in (1, 3, 4, 6, 10, 11)),
        *(_oid(f"1.2.840.113549.1.12.1.{last}") for last in range(1, 7)),
    )
)
_PBES2: Final = _oid("1.2.840.113549.1.5.13")
_PBMAC1: Final = _oid("1.2.840.113549.1.5.14")
_PBKDF2: Final = _oid("1.2.840.113549.1.5.12")
_SCRYPT: Final = _oid("1.3.6.1.4.1.11591.4.11")

_IN_ONE_PIECE: Final = 0x80
"""The tag of an encrypted content, which is ``[0] IMPLICIT OCTET STRING``."""

_VERSION: Final = 3
_LONGEST_KEY: Final = 64

_DEEPEST: Final = 8
"""Of bags in bags, which no program is known to write."""


def count_rounds(der: bytes) -> int:
    """How often one password is hashed: for the MAC and for all that is encrypted, together.

    Args:
        der: a PKCS#12, in BER or DER.

    Raises:
        ValueError: it has not the structure of one, or something is encrypted in an unknown way.
    """
    version, safe, *mac = split_ber(read_only(der, SEQUENCE))
    kind, content = _read_content_info(safe)
    require(read_integer(version) == _VERSION and kind == _DATA and len(mac) <= 1)
    return sum(map(_count_safe, _split_data(content))) + sum(map(_count_mac, mac))


def _split_data(content: bytes) -> Iterator[Part]:
    """What is in a row in an OCTET STRING."""
    (octets,) = split_ber(content)
    return split_ber(read_only(read_octets(octets), SEQUENCE))


def _read_content_info(part: Part) -> tuple[bytes, bytes]:
    """The kind of a content (RFC 5652, section 3), and the content."""
    kind, content = split_ber(read_part(part, SEQUENCE))
    return read_part(kind, OBJECT_IDENTIFIER), read_part(content, CONTEXT_0)


def _count_safe(part: Part) -> int:
    kind, content = _read_content_info(part)
    if kind == _DATA:
        return sum(map(_count_bag, _split_data(content)))
    require(kind == _ENCRYPTED_DATA)
    _, encrypted = split_ber(read_only(content, SEQUENCE))
    _, algorithm, octets = split_ber(read_part(encrypted, SEQUENCE))
    read_octets(octets, _IN_ONE_PIECE)
    return _count_encryption(algorithm)


def _count_bag(part: Part, depth: int = 0) -> int:
    name, value, *attributes = split_ber(read_part(part, SEQUENCE))
    kind, content = read_part(name, OBJECT_IDENTIFIER), read_part(value, CONTEXT_0)
    require(len(attributes) <= 1 and depth < _DEEPEST)
    if kind == _SHROUDED_KEY:
        algorithm, _ = split_ber(read_only(content, SEQUENCE))
        return _count_encryption(algorithm)
    if kind == _NESTED:
        return sum(_count_bag(each, depth + 1) for each in split_ber(read_only(content, SEQUENCE)))
    return 0


def _count_mac(part: Part) -> int:
    digest, salt, *rounds = split_ber(read_part(part, SEQUENCE))
    algorithm, _ = split_ber(read_part(digest, SEQUENCE))
    name, *_ = split_ber(read_part(algorithm, SEQUENCE))
    read_octets(salt)
    require(len(rounds) <= 1)
    own = sum(map(read_integer, rounds))
    return own + _count_encryption(algorithm) if name.content == _PBMAC1 else own


def _count_encryption(part: Part) -> int:
    """The rounds of an algorithm that takes a password."""
    name, parameters = _read_algorithm(part)
    if name in _PBES1:
        return _count_derivation(_PBKDF2, parameters)
    require(name in {_PBES2, _PBMAC1})
    derivation, _ = parameters
    return _count_derivation(*_read_algorithm(derivation))


def _count_derivation(name: bytes, parameters: tuple[Part, ...]) -> int:
    """The rounds of making a key; in scrypt, the blocks that are mixed, which take about as long."""
    require(name in {_PBKDF2, _SCRYPT})
    salt, rounds, *others = parameters
    read_octets(salt)
    if name == _SCRYPT:
        block, parallel, *others = others
        return read_integer(rounds) * read_integer(block) * read_integer(parallel)
    require(all(read_integer(each) <= _LONGEST_KEY for each in others if each.tag != SEQUENCE))
    return read_integer(rounds)


def _read_algorithm(part: Part) -> tuple[bytes, tuple[Part, ...]]:
    """Its name and its parameters, which are in a row."""
    name, parameters = split_ber(read_part(part, SEQUENCE))
    return read_part(name, OBJECT_IDENTIFIER), tuple(split_ber(read_part(parameters, SEQUENCE)))
