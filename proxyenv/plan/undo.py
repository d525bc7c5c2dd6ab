"""The way back, from the entries of a receipt.

It never trusts memory alone: each kind of file compares what is there with what was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from proxyenv.errors import ProxyenvError
from proxyenv.model.change import Change
from proxyenv.plan.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import Receipt
    from proxyenv.plan.kinds.kind import Entries


def known_entries(receipt: Receipt | None) -> dict[Path, Entries]:
    """Every file that was written, with all that is known of it: the newest entry first.

    A journal supersedes an older receipt; until its files are written, the older ones are there.
    """
    entries: dict[Path, Entries] = {}
    while receipt is not None:
        for entry in receipt.entries:
            entries[entry.path] = (*entries.get(entry.path, ()), entry)
        receipt = receipt.previous
    return entries


class Undone(NamedTuple):
    """The way back of several files: the changes, and what has to stay, with a sentence for each."""

    changes: tuple[Change, ...]
    kept: tuple[Path, ...]
    notes: tuple[str, ...]


def undo_all(installation: Installation, known: Iterable[Entries]) -> Undone:
    """Take files back. A tool's own file that cannot be understood stays as it is; the others still go.

    Args:
        installation: every file as it is.
        known: of each file all that is known, the newest entry first.

    Raises:
        PlanError: ``block-damaged``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    changes: list[Change] = []
    kept: list[Path] = []
    notes: list[str] = []
    for entries in known:
        try:
            changes.append(undo(installation, entries))
        except ProxyenvError as error:
            if not KINDS[entries[0].kind].may_stay(entries[0]):
                raise
            kept.append(entries[0].path)
            notes.append(_render_kept(entries, error))
    return Undone(tuple(changes), tuple(kept), tuple(notes))


def _render_kept(entries: Entries, reason: ProxyenvError) -> str:
    keys = dict.fromkeys(f"`{change.key}`" for entry in entries for change in entry.keys)
    return f"{reason.message}; it stays, with those of our settings that it still has: {', '.join(keys)}"


def undo(installation: Installation, entries: Entries) -> Change:
    """The change that takes one file back.

    Args:
        installation: every file as it is.
        entries: all that is known of the file, the newest first.

    Raises:
        PlanError: ``block-damaged`` or ``settings-invalid``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    kind, path = KINDS[entries[0].kind], entries[0].path
    before = installation.state(path)
    after = None if before is None else kind.undo(before, entries)
    sensitive = kind.is_ours and before is not None and before.is_private
    return Change(path, kind.name, before, after, sensitive=sensitive)
