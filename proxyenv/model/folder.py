"""A folder that proxyenv writes for others to use, such as a context of a build; it says what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.change import Change, FileState

MANIFEST: Final = "proxyenv.sha256"
"""The file that lists all others with their digests, as ``sha256sum`` does: by it the folder is ours."""

PUBLIC: Final = 0o644
PROGRAM: Final = 0o755


class FolderFile(NamedTuple):
    """A file that the folder is to have.

    Args:
        name: below the folder, with slashes.
        content: every byte.
        mode: the permission bits.
    """

    name: str
    content: bytes
    mode: int = PUBLIC


class Folder(NamedTuple):
    """A folder as it is.

    Args:
        path: absolute, symlinks resolved.
        files: each file by its name below the folder; without what lies in directories of others.
        foreign: the names of what is no file: symlinks, devices.
    """

    path: Path
    files: Mapping[str, FileState]
    foreign: tuple[str, ...] = ()


class FolderPlan(NamedTuple):
    """What makes a folder as it should be.

    Args:
        path: of the folder.
        changes: every file in order, the manifest last.
        notes: what the user should know, a sentence each.
    """

    path: Path
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would really change something."""
        return tuple(change for change in self.changes if change.action != "none")

    def group(self) -> tuple[tuple[Path | None, tuple[Change, ...]], ...]:
        """The pending changes of each directory in the folder, and of the folder itself (``None``)."""
        groups: dict[Path | None, list[Change]] = {}
        for change in self.pending:
            parent = change.path.parent
            groups.setdefault(None if parent == self.path else parent, []).append(change)
        return tuple((directory, tuple(changes)) for directory, changes in groups.items())
