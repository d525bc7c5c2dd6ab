"""A plan as a person reads it on a terminal: the decision, and how many files, in a few lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.commands.changes import find_notes
from proxyenv.commands.terminal import ScreenRow, render_count, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.change import Plan

_ENTRIES: Final = 6
_NOTES: Final = 3
_NAMED: Final = 5
_WORDS: Final = {"create": "new", "modify": "changed", "delete": "deleted"}


def describe_plan(plan: Plan, home: Path, heading: str) -> Iterator[ScreenRow]:
    """Proxy, direct hosts, CA, Prefect, files, and what else is decided; then what should be known."""
    yield ScreenRow("", heading, "bold", heading=True)
    yield from _describe(plan, home)


def describe_dry_run(plan: Plan, home: Path) -> Iterator[ScreenRow]:
    """The same, where nothing will be written."""
    yield ScreenRow("", "what would change:", "bold", heading=True)
    yield from _describe(plan, home)
    yield ScreenRow("", "`-v` shows every file, and every line in it", heading=True)


def _describe(plan: Plan, home: Path) -> Iterator[ScreenRow]:
    for label, text in plan.summary:
        yield ScreenRow(f"  {label}", _cut_list(text) if label == "direct" else text)
    if plan.pending:
        yield ScreenRow("  files", _describe_files(plan, home))
    for store in plan.stores:
        yield ScreenRow("  empty", f"{store.entry.store.title} of the corporate CA")
    notes = find_notes(plan)
    for note in notes[:_NOTES]:
        yield ScreenRow("  note", note, "note")
    if notes[_NOTES:]:
        yield ScreenRow("", f"and {render_count(len(notes) - _NOTES, 'note')} more: `-v` shows all")


def _cut_list(text: str) -> str:
    entries = text.split(",")
    more = f" and {len(entries) - _ENTRIES} more" if entries[_ENTRIES:] else ""
    return f"{', '.join(entries[:_ENTRIES])}{more}"


def _describe_files(plan: Plan, home: Path) -> str:
    """How many, in how many directories, and which of somebody else's are changed."""
    actions = Counter(change.action for change in plan.pending)
    parts = ", ".join(f"{count} {_WORDS[action]}" for action, count in actions.items())
    places = {change.path.parent for change in plan.pending}
    where = "1 directory" if len(places) == 1 else f"{len(places)} directories"
    changed = [shorten(change.path, home) for change in plan.pending if change.action == "modify"]
    named = ", ".join(changed[:_NAMED]) + (f" and {len(changed) - _NAMED} more" if changed[_NAMED:] else "")
    return f"{len(plan.pending)} in {where}: {parts}{f' ({named})' if named else ''}"
