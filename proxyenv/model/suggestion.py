"""Which name somebody may have meant who typed one that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LIKE: Final = 0.75
_MOST: Final = 2


def find_similar(unknown: str, names: Iterable[str]) -> list[str]:
    """The names that are like another, at most two, the most similar first.

    Args:
        unknown: what was typed.
        names: what exists.
    """
    from difflib import get_close_matches

    return get_close_matches(unknown.lower(), list(names), n=_MOST, cutoff=_LIKE)


def ask_for(names: Sequence[str]) -> str | None:
    """The question whether one of these was meant; ``None`` where there are none."""
    return f"did you mean {' or '.join(f'`{each}`' for each in names)}?" if names else None
