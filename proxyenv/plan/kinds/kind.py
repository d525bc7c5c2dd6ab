"""What every kind of file can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.change import Change, FileState, Kind
    from proxyenv.model.installation import Layout
    from proxyenv.model.receipt import FileEntry

Entries = tuple["FileEntry", ...]
"""All that is known of one file, the newest first: a journal supersedes an older receipt, and until its files
are written, the older ones are there."""


class Existing(NamedTuple):
    """A place in the file system before it is written.

    Args:
        path: absolute, symlinks resolved.
        before: what is there, or ``None``.
        known: what earlier runs wrote there.
    """

    path: Path
    before: FileState | None
    known: Entries = ()

    @property
    def source(self) -> str:
        """The file's name, for messages."""
        return f"`{self.path}`"

    @property
    def text(self) -> str:
        """What is there; empty where there is nothing."""
        return self.before.text if self.before else ""

    @property
    def is_new(self) -> bool:
        """Whether there was no file before the first run."""
        return self.known[-1].created if self.known else self.before is None


class Written(NamedTuple):
    """One file: the change, and what the receipt says of it."""

    change: Change
    entry: FileEntry


class FileKind(Protocol):
    """A kind of file.

    Each has a ``write`` too, with arguments of its own: from an :class:`Existing` place and what is wanted
    there to what is :class:`Written`. It raises ``PlanError`` where that cannot be done, or not safely.
    """

    @property
    def name(self) -> Kind:
        """As receipts and JSON call it."""

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory; its content is packed by :func:`proxyenv.model.change.pack_tree`."""

    @property
    def is_ours(self) -> bool:
        """Whether nobody else writes it."""

    @property
    def may_stay(self) -> bool:
        """Whether an uninstallation may leave the file where it cannot be told what in it is ours."""

    @property
    def mark(self) -> str:
        """What stands behind the path where a plan is shown."""

    def undo(self, before: FileState, entries: Entries) -> FileState | None:
        """The file without us, or ``None`` where it is to be deleted.

        A file that only we write and that somebody changed since stays as it is; of somebody else's file,
        what others wrote since stays.

        Raises:
            ProxyenvError: it cannot be told what in it is ours.
        """

    def damage(self, entry: FileEntry, state: FileState, layout: Layout) -> str | None:
        """What is wrong with our part of a file that somebody wrote since, as a clause; or ``None``."""

    def describe(self, change: Change, name: str) -> Iterator[str]:
        """The lines that ``diff`` shows, under a name for people. No password is in them."""
