"""Which certificates in the usual form are CAs, and which roots no Python refuses, both beyond doubt.

Whatever is in doubt is left to the rules for any certificate, which need cryptography.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE
from proxyenv.certificates.strict_der import content_of, inside, only, raw, read_row, read_whole, require
from proxyenv.certificates.usual import (
    AUTHORITY_KEY,
    BASIC_CONSTRAINTS,
    CURVES,
    KEY_USAGE,
    OTHERS,
    PURPOSES,
    SUBJECT_KEY,
    TRUE,
    read_usual,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxyenv.certificates.usual import UsualCertificate

_ONE_OCTET: Final = b"\x02\x01"
"""The header of an INTEGER of one octet."""
_ONE_BIT_OCTET: Final = b"\x03\x02"
"""The header of a BIT STRING of one octet."""
_OCTET: Final = 8
_SHORT: Final = 0x80
_CERT_SIGN: Final = 0x04
_ENCIPHER_ONLY: Final = 0x01
_KEY_IDENTIFIER: Final = 0x80
_UNCOMPRESSED: Final = 4
_STRONG: Final = 2048

_MAY_BE_CRITICAL: Final = frozenset({BASIC_CONSTRAINTS, KEY_USAGE, PURPOSES})

_FOR_SERVERS: Final = frozenset({bytes.fromhex("2b06010505070301"), bytes.fromhex("551d2500")})
"""The purposes that a CA of servers has: serverAuth, or any."""
_KNOWN_PURPOSES: Final = _FOR_SERVERS | {
    bytes.fromhex(f"2b060105050703{number:02}") for number in range(2, 10)
}


class Shape(NamedTuple):
    """What tells roots apart beside names, numbers, dates, keys and signatures.

    Args:
        is_modern: whether every client accepts its signature algorithm.
        has_own: whether it has the identifier of its key.
        has_named: whether it has that of its issuer's key.
        extensions: all others.
        critical: those that are critical.
    """

    is_modern: bool
    has_own: bool
    has_named: bool
    extensions: frozenset[tuple[bytes, bytes]]
    critical: frozenset[bytes]


def may_sign(der: bytes) -> bool:
    """Whether a certificate may sign others for certain; every client reads it, and OpenSSL loads it."""
    try:
        return _is_authority(read_usual(der))
    except (ValueError, IndexError):
        return False


def are_flawless(ders: Sequence[bytes]) -> bool:
    """Whether the CAs of a bundle are roots that every version of Python accepts for certain.

    Each issued itself, no two have one name, and by no rule of :mod:`proxyenv.certificates.rules` any Python
    refuses one of them, whatever is to be said of the signature that a root makes of itself.
    """
    try:
        read = [read_usual(der) for der in ders]
        names = {each.subject for each in read}
        return len(names) == len(read) and all(map(_is_flawless, read))
    except (ValueError, IndexError):
        return False


def find_shape(der: bytes) -> Shape | None:
    """What is equal for roots of which every version of Python says the same, dates aside.

    It is all that the rules of :mod:`proxyenv.certificates.rules` for Python look at.

    Args:
        der: the root; no other certificate of its bundle bears its name.

    Returns:
        ``None`` where it is no root in the usual form with a strong key, or where it names another key as
        its issuer's.
    """
    try:
        read = read_usual(der)
        own, named = _read_identifiers(read)
        if (
            read.issuer != read.subject
            or not _is_strong(*read.key)
            or not (own == named or None in {own, named})
        ):
            return None
    except (ValueError, IndexError):
        return None
    rest = frozenset(each for each in read.extensions.items() if each[0] not in {SUBJECT_KEY, AUTHORITY_KEY})
    return Shape(read.is_modern, own is not None, named is not None, rest, read.critical)


def _is_authority(read: UsualCertificate) -> bool:
    """Whether every extension can be read, and they say that it is a CA that signs."""
    require(read.extensions.keys().isdisjoint(OTHERS))
    _read_identifiers(read)
    _read_purposes(read)
    constraints, usage = read.extensions.get(BASIC_CONSTRAINTS), read.extensions.get(KEY_USAGE)
    return constraints is not None and _is_for_cas(constraints) and (usage is None or _signs(usage))


def _is_flawless(read: UsualCertificate) -> bool:
    own, named = _read_identifiers(read)
    return (
        _is_authority(read)
        and read.issuer == read.subject
        and read.is_modern
        and _is_strong(*read.key)
        and read.critical <= _MAY_BE_CRITICAL
        and BASIC_CONSTRAINTS in read.critical
        and KEY_USAGE in read.extensions
        and own is not None
        and named in {None, own}
        and not _read_purposes(read).isdisjoint(_FOR_SERVERS)
    )


def _read_identifiers(read: UsualCertificate) -> tuple[bytes | None, bytes | None]:
    """The identifiers of its key and of its issuer's; ``None`` for one that is not there."""
    own, named = read.extensions.get(SUBJECT_KEY), read.extensions.get(AUTHORITY_KEY)
    subject = authority = None
    if own is not None:
        subject = content_of(own, read_whole(own, OCTET_STRING))
    if named is not None:
        authority = content_of(named, only(inside(named, read_whole(named, SEQUENCE), 1), _KEY_IDENTIFIER))
    return subject, authority


def _read_purposes(read: UsualCertificate) -> frozenset[bytes]:
    """What it is for; without an extension that says so for anything."""
    value = read.extensions.get(PURPOSES)
    if value is None:
        return _FOR_SERVERS
    whole = read_whole(value, SEQUENCE)
    row = read_row(value, whole.content, whole.end)
    found = frozenset(content_of(value, each) for each in row)
    require({each.tag for each in row} == {OBJECT_IDENTIFIER} and found <= _KNOWN_PURPOSES)
    return found


def _is_for_cas(value: bytes) -> bool:
    """Whether basicConstraints say that it is a CA; the longest path below it, if given, has one octet."""
    whole = read_whole(value, SEQUENCE)
    certain, *length = read_row(value, whole.content, whole.end)
    for each in length:
        require(raw(value, each)[:-1] == _ONE_OCTET and value[-1] < _SHORT)
    return raw(value, certain) == TRUE and len(length) <= 1


def _signs(value: bytes) -> bool:
    """Whether keyUsage has the bit keyCertSign; what it says is one octet, and not encipherOnly."""
    header, unused, bits = value[:2], value[2], value[3:]
    require(header == _ONE_BIT_OCTET and len(bits) == 1 and unused < _OCTET)
    require(bits[0] & (1 << unused) - 1 == 0 and bits[0] & _ENCIPHER_ONLY == 0)
    return bool(bits[0] & _CERT_SIGN)


def _is_strong(algorithm: bytes, key: bytes) -> bool:
    """Whether a key has the 112 bits of security that OpenSSL asks for."""
    if algorithm in CURVES:
        return len(key) == CURVES[algorithm] and key[0] == _UNCOMPRESSED
    modulus, exponent = inside(key, read_whole(key, SEQUENCE), 2)
    require(modulus.tag == exponent.tag == INTEGER and key[modulus.content] < _SHORT)
    return int.from_bytes(content_of(key, modulus), "big").bit_length() >= _STRONG
