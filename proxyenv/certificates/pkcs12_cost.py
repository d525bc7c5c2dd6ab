"""How much hashing a PKCS#12 asks for, worked out before any of it is done (RFC 7292, RFC 8018, RFC 7914).

OpenSSL does what the file says, however long that takes, and no signal is heard meanwhile. So the structure
is read first, in BER, as Firefox writes it. What is not understood is refused: OpenSSL may understand it.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.ber import (
    make_name,
    read_algorithm,
    read_integer,
    read_octets,
    read_only,
    read_part,
    split_ber,
)
from proxyenv.certificates.der import CONTEXT_0, OBJECT_IDENTIFIER, SEQUENCE
from proxyenv.certificates.pkcs12_cipher import PBES2, PBKDF2, SCRYPT, decrypt, estimate
from proxyenv.certificates.strict_der import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.certificates.ber import Part


_DATA: Final = make_name("1.2.840.113549.1.7.1")
_ENCRYPTED_DATA: Final = make_name("1.2.840.113549.1.7.6")
_SHROUDED_KEY: Final = make_name("1.2.840.113549.1.12.10.1.2")
_NESTED: Final = make_name("1.2.840.113549.1.12.10.1.6")
_PBES1: Final = frozenset(
    (
        *(make_name(f"1.2.840.113549.1.5.{last}") for last in (1, 3, 4, 6, 10, 11)),
        *(make_name(f"1.2.840.113549.1.12.1.{last}") for last in range(1, 7)),
    )
)
_PBMAC1: Final = make_name("1.2.840.113549.1.5.14")

_IN_ONE_PIECE: Final = 0x80
"""The tag of an encrypted content, which is ``[0] IMPLICIT OCTET STRING``."""

_SEQUENCES: Final = (SEQUENCE, 0x3F)
"""The first octets that may be one of a SEQUENCE, as a tag in several octets too."""

_VERSION: Final = 3
_LONGEST_KEY: Final = 64

_LONGEST: Final = 8_000_000
"""Microseconds of decrypting by old ciphers, which Python does: a million rounds, or 500 kB by RC2."""

_DEEPEST: Final = 8
"""Of bags in bags, which no program is known to write."""


def count_rounds(der: bytes) -> int:
    """How often one password is hashed: for the MAC and for all that is encrypted, together.

    Args:
        der: a PKCS#12, in BER or DER.

    Raises:
        ValueError: it has not the structure of one, or something is encrypted in an unknown way.
    """
    parts, mac = _split_container(der)
    return sum(map(_count_safe, parts)) + sum(map(_count_mac, mac))


def count_hidden_rounds(der: bytes, passwords: Iterable[bytes | None]) -> int:
    """How often a password is hashed for the keys that are inside of encrypted parts.

    Args:
        der: as above; what :func:`count_rounds` counts is done once for each password.
        passwords: those that are tried.

    Raises:
        ValueError: what is decrypted has not the structure, or something is encrypted in an unknown way.
    """
    tried, encrypted = tuple(passwords), tuple(find_encrypted(der))
    require(sum(starmap(estimate, encrypted)) * len(tried) <= _LONGEST)
    opened = (decrypt(*each, password) for each in encrypted for password in tried)
    return sum(_count_opened(each) for each in opened if each)


def find_encrypted(der: bytes) -> Iterator[tuple[Part, bytes]]:
    """By what each encrypted part of a PKCS#12 is encrypted, and what that gave.

    Raises:
        ValueError: as above.
    """
    parts, _ = _split_container(der)
    for kind, content in map(_read_content_info, parts):
        if kind == _ENCRYPTED_DATA:
            yield _read_encrypted(content)


def _split_container(der: bytes) -> tuple[Iterator[Part], list[Part]]:
    """The parts, and the MAC if there is one."""
    version, safe, *mac = split_ber(read_only(der, SEQUENCE))
    kind, content = _read_content_info(safe)
    require(read_integer(version) == _VERSION and kind == _DATA and len(mac) <= 1)
    return _split_data(content), mac


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
    return _count_encryption(_read_encrypted(content)[0])


def _read_encrypted(content: bytes) -> tuple[Part, bytes]:
    _, encrypted = split_ber(read_only(content, SEQUENCE))
    _, algorithm, octets = split_ber(read_part(encrypted, SEQUENCE))
    return algorithm, read_octets(octets, _IN_ONE_PIECE)


def _count_opened(plain: bytes) -> int:
    """The rounds of what was decrypted, by the wrong password too: that does not begin as a SEQUENCE."""
    if plain[0] not in _SEQUENCES:
        return 0
    return sum(map(_count_bag, split_ber(read_only(plain, SEQUENCE))))


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
    name, parameters = read_algorithm(part)
    if name in _PBES1:
        return _count_derivation(PBKDF2, parameters)
    require(name in {PBES2, _PBMAC1})
    derivation, _ = parameters
    return _count_derivation(*read_algorithm(derivation))


def _count_derivation(name: bytes, parameters: tuple[Part, ...]) -> int:
    """The rounds of making a key; in scrypt, the blocks that are mixed, which take about as long."""
    require(name in {PBKDF2, SCRYPT})
    salt, rounds, *others = parameters
    read_octets(salt)
    if name == SCRYPT:
        block, parallel, *others = others
        return read_integer(rounds) * read_integer(block) * read_integer(parallel)
    require(all(read_integer(each) <= _LONGEST_KEY for each in others if each.tag != SEQUENCE))
    return read_integer(rounds)
