"""What was found, as a person reads it on a terminal: a few of each kind, long lists cut."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.commands.discover import list_findings
from proxyenv.commands.terminal import ScreenRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.discover import AnchorFound, DiscoverResult

_USUAL: Final = 2
"""Of one kind, where somebody wants a screen."""
_MOST: Final = {"conflict": 1}
_DIGEST: Final = 16
_LONGEST: Final = 160
_STYLES: Final = {
    "conflict": "failed",
    "mistake": "warning",
    "warning": "warning",
    "not used": "warning",
    "not read": "warning",
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
        if not verbose and last == "ca":
            yield from _describe_cas(result) if label and seen["ca"] == 1 else ()
            continue
        if not verbose and seen[last] > _MOST.get(last, _USUAL):
            continue
        is_command = text.startswith("remedy: ")
        cut = not verbose and not is_command and len(text) > _LONGEST
        shown = f"{text[:_LONGEST]}…".replace(",", ", ") if cut else text.replace("  from ", ", from ")
        yield ScreenRow(label, shown, _STYLES.get(label, "bold"), whole=is_command)
    seen["ca"] = len({each.fingerprint for each in result.anchors})
    left = {label: count - _MOST.get(label, _USUAL) for label, count in seen.items()}
    more = ", ".join(f"{label} ({count})" for label, count in left.items() if count > 0)
    if more and not verbose:
        yield ScreenRow("", f"not shown: {more}; `-v` shows all", heading=True)


def _describe_cas(result: DiscoverResult) -> Iterator[ScreenRow]:
    """Each CA once, wherever it was found."""
    places: dict[str, list[AnchorFound]] = {}
    for each in result.anchors:
        places.setdefault(each.fingerprint, []).append(each)
    for fingerprint, found in tuple(places.items())[:_USUAL]:
        until = f"valid until {found[0].not_after[:10]}"
        yield ScreenRow("ca", f"{found[0].subject}, {until}, SHA-256 {fingerprint[:_DIGEST]}…", "bold")
        more = f" and elsewhere ({len(found)} places)" if found[1:] else ""
        yield ScreenRow("", f"from {found[0].provenance}{more}")
