"""RC2 (RFC 2268), by which old programs encrypt the certificates of a PKCS#12.

Cryptography has none with a key of 40 bits, which is the usual one there.
"""

from __future__ import annotations

import struct
from typing import Final

_TABLE: Final = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
"""The digits of pi."""

_SIZE: Final = 128
_BLOCK: Final = 8
_SHIFTS: Final = (1, 2, 3, 5)
_ROUNDS: Final = (5, 6, 5)
_WORD: Final = 0xFFFF


def decrypt_cbc(key: bytes, vector: bytes, octets: bytes) -> bytes:
    """What was encrypted, its padding included; as many bits of the key count as it has.

    Args:
        key: of 5 or 16 octets.
        vector: the initial one, a block.
        octets: whole blocks.
    """
    words = _expand(key)
    blocks = [octets[at : at + _BLOCK] for at in range(0, len(octets), _BLOCK)]
    return b"".join(
        bytes(map(int.__xor__, _decrypt_block(words, block), before))
        for block, before in zip(blocks, [vector, *blocks], strict=False)
    )


def _expand(key: bytes) -> tuple[int, ...]:
    octets = bytearray(key)
    while len(octets) < _SIZE:
        octets.append(_TABLE[octets[-1] + octets[-len(key)] & 0xFF])
    octets[-len(key)] = _TABLE[octets[-len(key)]]
    for at in reversed(range(_SIZE - len(key))):
        octets[at] = _TABLE[octets[at + 1] ^ octets[at + len(key)]]
    return struct.unpack("<64H", octets)


def _decrypt_block(words: tuple[int, ...], block: bytes) -> bytes:
    found, at = list(struct.unpack("<4H", block)), len(words)
    for number, rounds in enumerate(_ROUNDS):
        if number:
            for place in (3, 2, 1, 0):
                found[place] = found[place] - words[found[place - 1] & 63] & _WORD
        for _ in range(rounds):
            for place in (3, 2, 1, 0):
                at -= 1
                value, shift = found[place], _SHIFTS[place]
                value = value >> shift | value << 16 - shift
                one, two, three = found[place - 1], found[place - 2], found[place - 3]
                found[place] = value - words[at] - (one & two) - (~one & three) & _WORD
    return struct.pack("<4H", *found)
