"""An ordered list of changes, with the receipt that will describe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.change import Change
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.store import StoreChange


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be written, in order: each file before whatever names it.

    Args:
        changes: every file of the target, also those that are as they should be already.
        receipt_path: where the receipt lies.
        receipt: the receipt once all is done; ``None`` when the plan removes an installation,
            and then the receipt itself is deleted last.
        directories: for a removal: directories to remove if they are empty, innermost first.
        temporary: for a removal: names under which a killed run may have left files or
            directories; they are removed.
        kept: files of an earlier run that stay as they are, since nobody can tell what in them is ours.
        stores: for a removal: the trust stores to take the corporate CAs out of, before all else.
        summary: the decision in a few labelled lines, passwords masked.
        notes: what the user should know before saying yes, a sentence each.
    """

    changes: tuple[Change, ...]
    receipt_path: Path
    receipt: Receipt | None
    directories: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    stores: tuple[StoreChange, ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would really change something."""
        return tuple(change for change in self.changes if change.action != "none")
