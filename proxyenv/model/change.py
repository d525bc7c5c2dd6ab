"""What proxyenv would do, as data.

A :class:`Change` is a before and an after. Showing, applying, undoing and checking a plan are all
functions of those two values, so no code path has a ``dry_run`` flag.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.receipt import AnchorRecord, Receipt
    from proxyenv.model.store import StoreChange

Kind = Literal["owned", "block", "keys", "settings", "tree"]
"""The name of a file kind, see :mod:`proxyenv.plan.kinds`. ``keys`` is what receipts of version 0.1.0 call
the settings in ``profiles.toml``."""

Action = Literal["create", "modify", "delete", "none"]

_OTHERS: Final = 0o077

SET_ID: Final = stat.S_ISUID | stat.S_ISGID
"""The bits with which a program runs as the owner, or the group, of its file."""


class FileState(NamedTuple):
    """Content, mode and owner of a file that exists. ``None`` stands for one that does not.

    Args:
        content: every byte; of a directory all files in a row, see :func:`pack_tree`.
        mode: the permission bits, such as ``0o644``.
        owner: user and group id, or ``None`` to leave the owner to the operating system.
    """

    content: bytes
    mode: int
    owner: tuple[int, int] | None = None

    def __repr__(self) -> str:
        """Without the content, which may hold a password."""
        return f"FileState(mode={self.mode:#o}, owner={self.owner})"

    @property
    def text(self) -> str:
        """The content as text, whatever its encoding is; :meth:`with_text` is the exact inverse."""
        return self.content.decode("utf-8", "surrogateescape")

    def with_text(self, text: str) -> FileState:
        """The same file with another content."""
        return self._replace(content=text.encode("utf-8", "surrogateescape"))

    @property
    def digest(self) -> str:
        """SHA-256 of the content, lower-case hex, as receipts hold it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_private(self) -> bool:
        """Whether only the owner may read it; a file that only proxyenv writes then holds a password."""
        return not self.mode & _OTHERS


class Leaf(NamedTuple):
    """One file of a directory.

    Args:
        name: without a slash.
        mode: the permission bits.
        content: every byte.
    """

    name: str
    mode: int
    content: bytes


def pack_tree(leaves: Iterable[Leaf]) -> bytes:
    """A directory as one byte string, so that it can be planned, compared and undone like a file.

    Returns:
        All files in a row, in the order of their names, each after a line with mode, size and name.
    """
    return b"".join(
        b"%04o %d %s\n%s"
        % (leaf.mode, len(leaf.content), leaf.name.encode("utf-8", "surrogateescape"), leaf.content)
        for leaf in sorted(leaves)
    )


def unpack_tree(content: bytes) -> tuple[Leaf, ...]:
    """The inverse of :func:`pack_tree`, without bits that let a file run as its owner.

    Raises:
        ValueError: *content* was not packed by it.
    """
    leaves, start = [], 0
    while start < len(content):
        end = content.index(b"\n", start)
        mode, size, name = content[start:end].split(b" ", 2)
        start = end + 1 + int(size)
        if start > len(content):
            raise ValueError("the last file is cut off")
        leaf = Leaf(name.decode("utf-8", "surrogateescape"), int(mode, 8) & ~SET_ID, content[end + 1 : start])
        if leaf.name in {"", ".."} or Path(leaf.name).name != leaf.name or "\0" in leaf.name:
            raise ValueError("a file would not lie in the directory")
        leaves.append(leaf)
    return tuple(leaves)


class Change(NamedTuple):
    """One file or directory, before and after.

    Args:
        path: what to write, absolute, symlinks resolved.
        kind: how it is written and undone.
        before: as the machine has it; ``None`` when it does not exist.
        after: as it should be; ``None`` when it should not exist.
        sensitive: whether the content may hold a secret, so that it is never shown.
        shown: for ``settings``: lines for a person, passwords masked; the file may hold other secrets.
        holds_password: whether it is known to hold the proxy's password, before or after.
    """

    path: Path
    kind: Kind
    before: FileState | None
    after: FileState | None
    sensitive: bool = False
    shown: tuple[str, ...] = ()
    holds_password: bool = False

    @property
    def password_mode(self) -> str | None:
        """The mode of a file that will hold the proxy's password; ``None`` for any other."""
        return (
            f"{self.after.mode:04o}" if self.holds_password and self.after and self.after.is_private else None
        )

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
        return self._replace(before=self.after, after=self.before)


class Plan(NamedTuple):
    """The changes in order, each file before whatever names it, and the receipt that will describe them.

    Args:
        changes: every file of the target, also those that are as they should be already.
        receipt_path: where the receipt lies.
        receipt: the receipt once all is done; ``None`` when the plan removes an installation,
            and then the receipt itself is deleted last.
        directories: directories to remove if they are empty: those of the installation, where all of it
            goes, or those that the run created which is taken back.
        temporary: for a removal: names under which a killed run may have left files or
            directories; they are removed.
        kept: files of an earlier run that stay as they are, since nobody can tell what in them is ours, and
            directories that a receipt names and that are not known to be ours.
        stores: for a removal: the trust stores to take the corporate CAs out of, before all else.
        earlier_anchors: the corporate CAs that are trusted before.
        summary: the decision in a few labelled lines, passwords masked.
        notes: what the user should know before saying yes, a sentence each.
        for_all: whether every user must be able to read what is not private, whatever root's umask says.
    """

    changes: tuple[Change, ...]
    receipt_path: Path
    receipt: Receipt | None
    directories: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    stores: tuple[StoreChange, ...] = ()
    earlier_anchors: tuple[AnchorRecord, ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    for_all: bool = False

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would really change something."""
        return tuple(change for change in self.changes if change.action != "none")

    @property
    def added_anchors(self) -> tuple[AnchorRecord, ...]:
        """The corporate CAs that were not trusted before."""
        known = {each.fingerprint for each in self.earlier_anchors}
        return tuple(each for each in self._anchors if each.fingerprint not in known)

    @property
    def removed_anchors(self) -> tuple[AnchorRecord, ...]:
        """The corporate CAs that will no longer be trusted."""
        known = {each.fingerprint for each in self._anchors}
        return tuple(each for each in self.earlier_anchors if each.fingerprint not in known)

    @property
    def _anchors(self) -> tuple[AnchorRecord, ...]:
        return self.receipt.anchors if self.receipt else ()
