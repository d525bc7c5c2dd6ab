"""What was found, as a person reads it on a terminal: a few of each kind, long lists cut."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.commands.discover import list_findings
from proxyenv.commands.terminal import ScreenRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.discover import DiscoverResult

_MOST: Final = 2
"""Of one kind, where somebody wants a screen."""
_LONGEST: Final = 160
_STYLES: Final = {
    "conflict": "failed",
    "mistake": "warning",
    "warning": "warning",
    "not used": "warning",
    "shadow": "warning",
}


def describe_findings_shortly(result: DiscoverResult, *, verbose: bool) -> Iterator[ScreenRow]:
    """The findings in their order, with their provenance.

    Args:
        result: what was found.
        verbose: whether all of it is shown.
    """
    seen: Counter[str] = Counter()
    last = ""
    for label, text in list_findings(result):
        last = label or last
        seen[last] += bool(label)
        if not verbose and seen[last] > _MOST:
            continue
        is_command = text.startswith("remedy: ")
        cut = not verbose and not is_command and len(text) > _LONGEST
        shown = f"{text[:_LONGEST]}…".replace(",", ", ") if cut else text.replace("  from ", ", from ")
        yield ScreenRow(label, shown, _STYLES.get(label, "bold"), whole=is_command)
    left = {label: count - _MOST for label, count in seen.items() if count > _MOST}
    if left and not verbose:
        more = ", ".join(f"{count} `{label}`" for label, count in left.items())
        yield ScreenRow("", f"and more: {more}; `-v` shows all", heading=True)
