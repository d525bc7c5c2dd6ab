"""The text of a PAC file: its encoding, whether it is one at all, and which questions it can ask."""

from __future__ import annotations

import codecs
import contextlib
import re
from typing import Final

from proxyenv.errors import DiscoveryError
from proxyenv.model.pac import CHANCE, CLOCK, DNS, OWN_ADDRESS

LIMIT: Final = 8 * 1024 * 1024
"""In bytes. Chromium reads 1 MiB; lists of a few megabytes exist."""

_PAGE: Final = re.compile(r"<(!doctype|html|head|body|title|meta|\?xml)\b", re.IGNORECASE)
_LOOKED_AT: Final = 4096
_ASIDE: Final = re.compile(
    r"""(?P<kept>\\.|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*(?:`|\Z))"""
    r"""|//[^\n]*|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
"""What may hide the begin of a comment, and comments."""

_QUESTIONS: Final = (
    (CLOCK, re.compile(r"\b(weekdayRange|dateRange|timeRange|Date)\b")),
    (CHANCE, re.compile(r"\bMath\s*\.\s*random\b")),
    (OWN_ADDRESS, re.compile(r"\bmyIpAddress(Ex)?\b")),
    (DNS, re.compile(r"\b(dnsResolve(Ex)?|isResolvable(Ex)?|isInNet)\b")),
)
_PYTHONS: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Encodings of Python that no browser knows; the first takes a quarter of an hour for 8 MiB."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def parse_pac(content: bytes, *, source: str, charset: str | None = None) -> str:
    """The script that a PAC file is.

    Args:
        content: every byte.
        source: what it was read from, for messages.
        charset: what the server says of it. A byte order mark knows better; without either it is UTF-8, and
            otherwise Latin-1, in which everything is some text.

    Raises:
        DiscoveryError: ``pac-is-html``, ``pac-syntax``: it is empty.
    """
    text = _decode(content, charset)
    if not text.strip():
        raise DiscoveryError("pac-syntax", f"{source} is empty", hint="ask IT for the URL of the PAC file")
    start = text.lstrip()[:_LOOKED_AT]
    if start.startswith("<") and _PAGE.search(start):
        title = re.search(r"<title[^<>]*>([^<]{1,80})", start, re.IGNORECASE)
        named = f", titled `{' '.join(title[1].split())}`" if title else ""
        raise DiscoveryError(
            "pac-is-html",
            f"{source} is a web page{named} and no PAC file",
            hint="open the URL in a browser: it may ask you to log in; then download the file and name that",
        )
    return text


def _decode(content: bytes, charset: str | None) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    for named in (charset or "utf-8", "utf-8"):
        with contextlib.suppress(ValueError, LookupError):
            if codecs.lookup(named).name not in _PYTHONS:
                return content.decode(named)
    return content.decode("latin-1")


def find_questions(script: str) -> tuple[str, ...]:
    """The kinds of questions that a script can ask, by the names in it: also where nothing has asked them.

    What was asked does not tell: in ``isInNet(myIpAddress(), …) && timeRange(8, 18)`` the clock is looked at
    on some networks only. Comments do not count.
    """
    code = _ASIDE.sub(lambda match: match["kept"] or " ", script)
    return tuple(kind for kind, names in _QUESTIONS if names.search(code))
