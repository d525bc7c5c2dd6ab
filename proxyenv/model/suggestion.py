"""What to type instead: the name that may have been meant, the command that installs what is missing."""

from __future__ import annotations

import shlex
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


def suggest_install(requirement: str, *, python: str, has_pip: bool) -> str:
    """The command that installs a package for an interpreter, wherever it is typed.

    Args:
        requirement: as pip and uv take it.
        python: the interpreter.
        has_pip: whether pip is installed for it; an environment that uv made has none.
    """
    named, wanted = shlex.quote(python), shlex.quote(requirement)
    if has_pip:
        return f"{named} -m pip install {wanted}"
    return f"uv pip install --python {named} {wanted}"
