"""A report on a terminal: what is not ok first, then how many passed, the verdict last."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.commands.terminal import ScreenRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.report import Outcome

_SPREAD: Final = 2
"""So many failures are shown with what was seen and what to do, the others with their causes alone."""
_LISTED: Final = 6
_LONGEST: Final = 320
"""Of what was seen, in characters: four lines of eighty columns."""


def describe_outcomes(outcomes: tuple[Outcome, ...], *, verbose: bool) -> Iterator[ScreenRow]:
    """The rows of a report without its verdict.

    Args:
        outcomes: in the order of the report.
        verbose: whether every outcome is shown, in that order.
    """
    if verbose:
        for each in outcomes:
            yield from _describe(each, verbose=True)
        return
    left = 0
    has_failed = any(each.status == "failed" for each in outcomes)
    for status, spread in (("failed", _SPREAD), ("warning", int(not has_failed))):
        found = [each for each in outcomes if each.status == status]
        for number, each in enumerate(found[:_LISTED]):
            if number < spread:
                yield from _describe(each)
            else:
                yield ScreenRow(each.status, f"{each.check}: {each.cause}", each.status)
        left += len(found[_LISTED:])
    if left:
        yield ScreenRow("", f"and {left} more: `-v` shows all")
    yield from _sum_up(outcomes)


def _describe(outcome: Outcome, *, verbose: bool = False) -> Iterator[ScreenRow]:
    """The cause and what was seen, then what to do."""
    cause = f"{outcome.cause}: " if outcome.cause else ""
    elapsed = f" ({outcome.elapsed:.1f} s)" if verbose or outcome.elapsed >= 1 else ""
    detail = outcome.detail
    if not verbose and len(detail) > _LONGEST:
        detail = f"{detail[:_LONGEST]}… (`-v` shows the rest)"
    text = f"{outcome.check}: {cause}{detail}{elapsed}"
    yield ScreenRow(outcome.status, text, outcome.status, whole=verbose)
    if outcome.hint and outcome.status != "ok":
        yield ScreenRow("", f"hint: {outcome.hint}", whole=True)


def _sum_up(outcomes: tuple[Outcome, ...]) -> Iterator[ScreenRow]:
    """How many passed and were skipped, by the names of the checks."""
    rough = any(each.status in {"failed", "warning"} for each in outcomes)
    for status, words in (("ok", "more passed" if rough else "passed"), ("skipped", "skipped")):
        counts = Counter(each.check.partition(" ")[0] for each in outcomes if each.status == status)
        if counts:
            names = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
            yield ScreenRow(status, f"{counts.total()} {words}: {names}", status)
