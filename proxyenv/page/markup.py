"""HTML that escapes by construction: a text stays a text until :func:`element` makes markup of it.

The result is ASCII, whatever is in it, so that no encoding of a terminal, a pipe or a mail can spoil it.
What cannot be seen (control characters, marks that turn the direction of writing, spaces of no width) is
written out, as it is on a terminal, and stands apart from the rest.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
_SAFE: Final = re.compile(r"[A-Za-z0-9 .,:;/_=()\[\]*+!?#%@{}|~^$-]*\Z")
_MOST_MARKS: Final = 3
"""Of marks above or below one letter: no language needs more, and more of them cover other lines."""

_MOST_WRITTEN: Final = 8
"""Of characters in succession that cannot be seen."""

_BLANK: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
"""Characters that Python takes for printable, and that show nothing."""


class Markup(str):
    """HTML that this module made. Whatever is added to it with ``+`` or ``%`` is a text again."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | None) -> Markup:
    """An element.

    Args:
        name: of the element, from our own code.
        children: texts, which are escaped, and markup, which is not.
        attributes: by name, ``class_`` for ``class`` and ``aria_label`` for ``aria-label``; one that is
            ``None`` is left out.

    Raises:
        ValueError: a name is none; that is a bug in the caller.
    """
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    for each in (name, *given):
        if not _NAME.match(each):
            raise ValueError(each)
    inner = "".join(f' {key}="{_escape(spell(value))}"' for key, value in given.items() if value is not None)
    return Markup(f"<{name}{inner}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """Texts, escaped, and markup, one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def text(words: str) -> Markup:
    """A text, with what cannot be seen written out and set apart."""
    if _SAFE.match(words):
        return Markup(words)
    return Markup(
        "".join(
            element("span", run, class_="unseen", title="a character that cannot be seen")
            if is_unseen
            else _escape(run)
            for is_unseen, run in _runs(words)
        )
    )


def prose(words: str) -> Markup:
    """A sentence written by proxyenv: what stands in backticks is code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return text(words)
    return join(element("code", part) if number % 2 else part for number, part in enumerate(parts) if part)


def spell(words: str) -> str:
    """A text of which every character can be seen, for where no markup can be."""
    return "".join(run for _, run in _runs(words))


def _runs(words: str) -> Iterator[tuple[bool, str]]:
    """Pieces: whether they could not be seen, and what to show for them."""
    for is_unseen, run in groupby(zip(words, _find_unseen(words), strict=True), key=lambda pair: pair[1]):
        shown = "".join(char for char, _ in run)
        yield is_unseen, _write_out(shown) if is_unseen else shown


def _write_out(hidden: str) -> str:
    """As Python writes it; of many in succession the first ones, and how many follow."""
    rest = len(hidden) - _MOST_WRITTEN
    more = f"… and {rest} more" if rest > 0 else ""
    return hidden[:_MOST_WRITTEN].encode("unicode_escape").decode("ascii") + more


def _find_unseen(words: str) -> Iterator[bool]:
    """For each character whether it cannot be seen where it stands."""
    marks = 0
    for char in words:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        yield not char.isprintable() or char in _BLANK or marks > _MOST_MARKS


def _escape(words: str) -> str:
    """Whatever is no letter, digit or harmless sign becomes a reference to its number (HTML, 13.2.5.72)."""
    if _SAFE.match(words):
        return words
    return "".join(char if _SAFE.match(char) else f"&#{ord(char)};" for char in words)
