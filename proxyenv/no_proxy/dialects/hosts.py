"""Hosts as the clients' own parsers read them: addresses in every notation, and names in Punycode."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from typing import Final

# Patterns are text here: `re` compiles and keeps each when it is first used, not when this is imported.
_MAPPED: Final = 0xFFFF << 32
_OCTETS: Final = r"\.".join([r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"] * 4)
_GROUPS: Final = r"[0-9A-Fa-f:.]{2,45}"
_OCTAL: Final = r"0[0-7]*"
_DECIMAL: Final = r"[1-9][0-9]*"
_HEXADECIMAL: Final = r"0[xX][0-9a-fA-F]*"
_MOST_DIGITS: Final = len("37777777777")
"""Of 32 bits in octal, zeros before them aside."""


def find_ipv4(text: str) -> int | None:
    """Four decimal octets without leading zeros, as `inet_pton` takes them."""
    found = re.fullmatch(_OCTETS, text) if "." in text else None
    if found is None:
        return None
    first, second, third, fourth = map(int, found.groups())
    return first << 24 | second << 16 | third << 8 | fourth


def find_ipv6(text: str) -> int | None:
    """An IPv6 address without brackets and without a zone, as `inet_pton` takes it."""
    if ":" not in text or not re.fullmatch(_GROUPS, text):
        return None
    try:
        return int(IPv6Address(text))
    except ValueError:
        return None


def find_address(text: str) -> tuple[int, int] | None:
    """The family, 4 or 6, and the number of an address as `inet_pton` takes it."""
    family, address = (6, find_ipv6(text)) if ":" in text else (4, find_ipv4(text))
    return None if address is None else (family, address)


def find_mapped_ipv4(address: int) -> int | None:
    """The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2)."""
    return address & 0xFFFFFFFF if address >> 32 == _MAPPED >> 32 else None


def render_ipv4(address: int) -> str:
    """Four decimal octets."""
    return str(IPv4Address(address))


def render_ipv6(address: int, *, dotted: bool) -> str:
    """The shortest notation (RFC 5952).

    Args:
        address: as an integer.
        dotted: whether the last 32 bits of an IPv4-mapped or IPv4-compatible address are octets, as
            glibc's `inet_ntop` has it, or hexadecimal, as the URL standard has it.
    """
    high, low = address >> 32, address & 0xFFFFFFFF
    if dotted and (high == _MAPPED >> 32 or (high == 0 and low >> 16)):
        return f"::{'ffff:' if high else ''}{render_ipv4(low)}"
    if high == _MAPPED >> 32:
        return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"
    return IPv6Address(address).compressed


def find_loose_ipv4(text: str, *, upper_case_prefix: bool = True, bare_prefix: bool = False) -> int | None:
    """One to four parts in decimal, octal or hexadecimal, as `inet_aton` takes them.

    Args:
        text: a host.
        upper_case_prefix: whether `0X` begins a hexadecimal part as `0x` does.
        bare_prefix: whether `0x` alone is 0, as the URL standard has it.
    """
    parts = text.split(".", 4)
    if len(parts) > 4 or not text[:1].isdigit():  # noqa: PLR2004 - octets of an address
        return None
    values = [_find_part(part, upper_case_prefix, bare_prefix) for part in parts]
    known = [value for value in values if value is not None]
    if len(known) < len(parts) or any(value > 0xFF for value in known[:-1]):  # noqa: PLR2004 - octets of an address
        return None
    if known[-1] >= 256 ** (5 - len(known)):
        return None
    return known[-1] + sum(value << (24 - 8 * place) for place, value in enumerate(known[:-1]))


def _find_part(text: str, upper_case_prefix: bool, bare_prefix: bool) -> int | None:  # noqa: FBT001 - handed on
    digits, base = text, 10
    if (
        re.fullmatch(_HEXADECIMAL, text)
        and (upper_case_prefix or text[1] == "x")
        and (bare_prefix or text[2:])
    ):
        digits, base = text[2:], 16
    elif re.fullmatch(_OCTAL, text):
        base = 8
    elif not re.fullmatch(_DECIMAL, text):
        return None
    digits = digits.lstrip("0")
    return int(digits or "0", base) if len(digits) <= _MOST_DIGITS else None


_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
_KEPT: Final = "ßς\u200c\u200d"
"""What the transitional rules would have mapped away."""


def to_ascii(name: str) -> str | None:
    """The name with each label that is not ASCII in Punycode, or ``None`` where that cannot be.

    Case and width are folded, the ideographic full stops are dots, and `ß` stays itself.
    """
    if name.isascii():
        return name
    folded = "".join(character if character in _KEPT else character.casefold() for character in name)
    composed = unicodedata.normalize("NFKC", folded.translate(_DOTS))
    try:
        return ".".join(_encode(label) for label in composed.split("."))
    except UnicodeError:
        return None


def _encode(label: str) -> str:
    if label.isascii():
        return label
    if any("\ud800" <= character <= "\udfff" or character == "\ufffd" for character in label):
        raise UnicodeError("surrogates and replacement characters are in no name")
    return "xn--" + label.encode("punycode").decode("ascii")
