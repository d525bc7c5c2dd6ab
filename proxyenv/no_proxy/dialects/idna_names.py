"""Names as DNS has them: UTS #46 without its transitional rules, as far as clients differ by it."""

from __future__ import annotations

import unicodedata
from typing import Final

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
