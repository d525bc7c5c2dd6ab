"""What proxyenv would do, as data.

A :class:`Change` is a before and an after. Showing, applying, undoing and checking a plan are all
functions of those two values, so no code path has a ``dry_run`` flag.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.file_state import FileState

Kind = Literal["owned", "block", "keys", "settings", "tree"]
"""``owned``: only we write it. ``block``: a marked block in somebody's file. ``keys``: keys in
``profiles.toml``. ``settings``: settings in a file of a tool. ``tree``: a directory that only we write,
its content packed by :mod:`proxyenv.model.tree`."""

Action = Literal["create", "modify", "delete", "none"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file or directory, before and after.

    Args:
        path: what to write, absolute, symlinks resolved.
        kind: whose file it is.
        before: as the machine has it; ``None`` when it does not exist.
        after: as it shall be; ``None`` when it shall not exist.
        sensitive: whether the content holds a password, so that it is never shown.
        shown: for ``settings``: lines for a person, passwords masked; the file may hold secrets beside.
    """

    path: Path
    kind: Kind
    before: FileState | None
    after: FileState | None
    sensitive: bool = False
    shown: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        """What happens to the file."""
        if self.before == self.after:
            return "none"
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "modify"

    def inverse(self) -> Change:
        """The change that takes this one back."""
        return replace(self, before=self.after, after=self.before)
