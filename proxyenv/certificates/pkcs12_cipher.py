"""How the parts of a PKCS#12 are encrypted (RFC 7292, appendix B and C; RFC 8018; RFC 7914)."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.ber import (
    make_name,
    read_algorithm,
    read_integer,
    read_octets,
    read_part,
    split_ber,
)
from proxyenv.certificates.der import SEQUENCE
from proxyenv.certificates.rc2 import decrypt_cbc
from proxyenv.certificates.strict_der import require

if TYPE_CHECKING:
    from proxyenv.certificates.ber import Part

PBES2: Final = make_name("1.2.840.113549.1.5.13")
PBKDF2: Final = make_name("1.2.840.113549.1.5.12")
SCRYPT: Final = make_name("1.3.6.1.4.1.11591.4.11")

_OLD: Final = {
    make_name(f"1.2.840.113549.1.12.1.{last}"): found
    for last, found in enumerate(
        (("RC4", 16), ("RC4", 5), ("3DES", 24), ("3DES", 16), ("RC2", 16), ("RC2", 5)), start=1
    )
}
"""A cipher with the octets of its key, which SHA-1 makes in a way of PKCS#12's own."""

_NEW: Final = {
    make_name("2.16.840.1.101.3.4.1.2"): ("AES", 16),
    make_name("2.16.840.1.101.3.4.1.22"): ("AES", 24),
    make_name("2.16.840.1.101.3.4.1.42"): ("AES", 32),
    make_name("1.2.840.113549.3.7"): ("3DES", 24),
}
_DIGESTS: Final = {
    make_name(f"1.2.840.113549.2.{last}"): name
    for last, name in ((7, "sha1"), (8, "sha224"), (9, "sha256"), (10, "sha384"), (11, "sha512"))
}
_OLD_ROUND, _RC2_OCTET = 2, 5
"""In microseconds."""

_BLOCK: Final = 64
_OLD_VECTOR: Final = 8
_KEY, _VECTOR = 1, 2
_ONES: Final = (1 << 8 * _BLOCK) - 1
_MEMORY: Final = 64 * 1024 * 1024


def estimate(algorithm: Part, octets: bytes) -> int:
    """About how many microseconds :func:`decrypt` takes for what Python does itself.

    Raises:
        ValueError: the algorithm has no parameters.
    """
    name, parameters = read_algorithm(algorithm)
    if name not in _OLD:
        return 0
    _, count = parameters
    ciphering = len(octets) * _RC2_OCTET if _OLD[name][0] == "RC2" else 0
    return read_integer(count) * _OLD_ROUND + ciphering


def decrypt(algorithm: Part, octets: bytes, password: bytes | None) -> bytes | None:
    """What was encrypted by a password; ``None`` where it was by another one.

    Raises:
        ValueError: the algorithm is not known.
    """
    name, parameters = read_algorithm(algorithm)
    if name in _OLD:
        cipher, size = _OLD[name]
        salt, count = parameters
        derive = partial(_derive, password=password, salt=read_octets(salt), rounds=read_integer(count))
        return _open(cipher, derive(_KEY, size), derive(_VECTOR, _OLD_VECTOR), octets)
    require(name == PBES2)
    derivation, scheme = parameters
    kind, vector = split_ber(read_part(scheme, SEQUENCE))
    cipher, size = _NEW.get(kind.content, ("", 0))
    key = _derive_newly(derivation, size, password or b"")
    return _open(cipher, key, read_octets(vector), octets)


def _derive_newly(derivation: Part, size: int, password: bytes) -> bytes:
    name, (octets, rounds, *others) = read_algorithm(derivation)
    salt, count = read_octets(octets), read_integer(rounds)
    if name == SCRYPT:
        block, parallel = map(read_integer, others[:2])
        return hashlib.scrypt(password, salt=salt, n=count, r=block, p=parallel, maxmem=_MEMORY, dklen=size)
    require(name == PBKDF2)
    digests = [next(split_ber(each.content)).content for each in others if each.tag == SEQUENCE]
    digest = _DIGESTS.get(digests[0], "") if digests else "sha1"
    return hashlib.pbkdf2_hmac(digest, password, salt, count, size)


def _derive(purpose: int, size: int, password: bytes | None, salt: bytes, rounds: int) -> bytes:
    """A key, or an initial vector, as RFC 7292 makes it, appendix B.2."""
    text = b"" if password is None else password.decode().encode("utf-16-be") + b"\0\0"
    start, state, found = bytes([purpose]) * _BLOCK, _fill(salt) + _fill(text), b""
    while len(found) < size:
        digest = hashlib.sha1(start + state, usedforsecurity=False).digest()
        for _ in range(rounds - 1):
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        found += digest
        step = int.from_bytes(_fill(digest), "big") + 1
        blocks = (state[at : at + _BLOCK] for at in range(0, len(state), _BLOCK))
        sums = (int.from_bytes(block, "big") + step & _ONES for block in blocks)
        state = b"".join(each.to_bytes(_BLOCK, "big") for each in sums)
    return found[:size]


def _fill(octets: bytes) -> bytes:
    """Repeated, to whole blocks."""
    size = -(-len(octets) // _BLOCK) * _BLOCK
    return (octets * _BLOCK)[:size] if len(octets) < _BLOCK else (octets * 2)[:size]


def _open(name: str, key: bytes, vector: bytes, octets: bytes) -> bytes | None:
    """What a cipher encrypted, without its padding; ``None`` where that is wrong, as by another key."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if name == "RC4":
        return Cipher(ARC4(key), None).decryptor().update(octets)
    block = len(vector)
    if not octets or len(octets) % block:
        return None
    if name == "RC2":
        plain = decrypt_cbc(key, vector, octets)
    else:
        require(bool(name))
        algorithm = algorithms.AES(key) if name == "AES" else TripleDES(key + key[: 24 - len(key)])
        plain = Cipher(algorithm, modes.CBC(vector)).decryptor().update(octets)
    padding = plain[-1]
    return plain[:-padding] if plain.endswith(bytes([padding]) * padding) and 0 < padding <= block else None
