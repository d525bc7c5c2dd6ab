"""PKCS#12 as no program writes it: with as much hashing, in as many places, as a test likes."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from proxyenv.certificates.der import encode_element, encode_oid

ROW: Final = partial(encode_element, 0x30)
FIRST: Final = partial(encode_element, 0xA0)
OCTETS: Final = partial(encode_element, 0x04)
SALT: Final = OCTETS(b"saltsalt")
SALT_IN_PIECES: Final = encode_element(0x24, OCTETS(b"salt"), OCTETS(b"salt"))
_NOTHING: Final = b"\x05\x00"
_SHA256: Final = ROW(encode_oid("2.16.840.1.101.3.4.2.1"), _NOTHING)
_WITH_SHA256: Final = ROW(encode_oid("1.2.840.113549.2.9"), _NOTHING)


def number(value: int) -> bytes:
    """An INTEGER."""
    return encode_element(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def endless(element: bytes) -> bytes:
    """A constructed element of less than 128 octets, its length given by an end mark."""
    return element[:1] + b"\x80" + element[2:] + b"\0\0"


def derive(rounds: int, salt: bytes = SALT) -> bytes:
    """PBKDF2."""
    return ROW(encode_oid("1.2.840.113549.1.5.12"), ROW(salt, number(rounds), _WITH_SHA256))


def derive_by_scrypt(rounds: int, block: int, parallel: int) -> bytes:
    """The function whose work is the product of three numbers."""
    parameters = ROW(SALT, number(rounds), number(block), number(parallel))
    return ROW(encode_oid("1.3.6.1.4.1.11591.4.11"), parameters)


def derive_by_nothing() -> bytes:
    """PBKDF2 with a digest that has no name."""
    return ROW(encode_oid("1.2.840.113549.1.5.12"), ROW(SALT, number(1), ROW()))


def encrypt(derivation: bytes, vector: bytes = bytes(16)) -> bytes:
    """PBES2 with AES-256-CBC."""
    cipher = ROW(encode_oid("2.16.840.1.101.3.4.1.42"), OCTETS(vector))
    return ROW(encode_oid("1.2.840.113549.1.5.13"), ROW(derivation, cipher))


def encrypt_by_rc2(rounds: int) -> bytes:
    """RC2 with 40 bits, as PKCS#12 has it."""
    return ROW(encode_oid("1.2.840.113549.1.12.1.6"), ROW(SALT, number(rounds)))


def make_data(content: bytes) -> bytes:
    """What is not encrypted."""
    return ROW(encode_oid("1.2.840.113549.1.7.1"), FIRST(OCTETS(content)))


def make_encrypted(algorithm: bytes, octets: bytes = bytes(16)) -> bytes:
    """What is encrypted."""
    content = ROW(encode_oid("1.2.840.113549.1.7.1"), algorithm, encode_element(0x80, octets))
    return ROW(encode_oid("1.2.840.113549.1.7.6"), FIRST(ROW(number(0), content)))


def hide(*bags: bytes) -> bytes:
    """A part that opens by an empty password, after one round, and holds bags."""
    plain = ROW(*bags)
    padding = 16 - len(plain) % 16
    key = hashlib.pbkdf2_hmac("sha256", b"", b"saltsalt", 1, 32)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return make_encrypted(encrypt(derive(1)), encryptor.update(plain + bytes([padding]) * padding))


def make_key_bag(algorithm: bytes) -> bytes:
    """An encrypted key."""
    return ROW(encode_oid("1.2.840.113549.1.12.10.1.2"), FIRST(ROW(algorithm, OCTETS(bytes(16)))))


def make_bag_of_bags(*bags: bytes) -> bytes:
    """A bag that holds others."""
    return ROW(encode_oid("1.2.840.113549.1.12.10.1.6"), FIRST(ROW(*bags)))


def make_mac(rounds: int, salt: bytes = SALT, algorithm: bytes = _SHA256) -> bytes:
    """A MAC that is that of nothing."""
    return ROW(ROW(algorithm, OCTETS(bytes(32))), salt, number(rounds))


def make_mac_of_its_own_key(rounds: int) -> bytes:
    """PBMAC1 (RFC 9579), which derives the key by PBKDF2."""
    algorithm = ROW(encode_oid("1.2.840.113549.1.5.14"), ROW(derive(rounds), _WITH_SHA256))
    return make_mac(1, algorithm=algorithm)


def make_container(*parts: bytes, mac: bytes = b"") -> bytes:
    """A PKCS#12 of parts."""
    return ROW(number(3), make_data(ROW(*parts)), mac)
