"""The way back, from the entries of a receipt.

It never trusts memory alone. A file that only we write is deleted if it still holds what we wrote; of
somebody else's file, what others wrote since stays.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.errors import ProxyenvError
from proxyenv.formats import block, profile
from proxyenv.model.change import Change, FileState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import FileEntry, Receipt

_OTHERS = 0o077


def known_entries(receipt: Receipt | None) -> dict[Path, tuple[FileEntry, ...]]:
    """Every file of ours, with all that is known of it: the newest entry first.

    A journal supersedes an older receipt; until its files are written, the older ones are there.
    """
    entries: dict[Path, tuple[FileEntry, ...]] = {}
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


def undo_all(installation: Installation, known: Iterable[tuple[FileEntry, ...]]) -> Undone:
    """Take files back. A tool's own that cannot be understood stays as it is, and keeps nothing else here.

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
            if entries[0].kind != "settings":
                raise
            kept.append(entries[0].path)
            notes.append(_render_kept(entries, error))
    return Undone(tuple(changes), tuple(kept), tuple(notes))


def _render_kept(entries: tuple[FileEntry, ...], reason: ProxyenvError) -> str:
    keys = dict.fromkeys(f"`{change.key}`" for entry in entries for change in entry.keys)
    return f"{reason.message}; it stays, with those of our settings that it still has: {', '.join(keys)}"


def undo(installation: Installation, entries: tuple[FileEntry, ...]) -> Change:
    """The change that takes a file of ours back; one that somebody else changed since stays.

    Args:
        installation: every file as it is.
        entries: all that is known of one file, the newest first.

    Raises:
        PlanError: ``block-damaged`` or ``settings-invalid``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    entry, before = entries[0], installation.state(entries[0].path)
    after = before
    if before is not None and entry.kind in {"block", "keys", "settings"}:
        after = _undone(entries, before)
    elif before is not None and digest(before.content) in {known.digest for known in entries}:
        after = None
    return Change(
        entry.path, entry.kind, before, after, sensitive=entry.kind == "owned" and is_private(before)
    )


def _undone(entries: tuple[FileEntry, ...], before: FileState) -> FileState | None:
    source = f"`{entries[0].path}`"
    text = decode(before.content)
    if entries[0].kind == "block":
        rest = block.remove_block(text, source=source)
    elif entries[0].kind == "settings":
        rest = restored_tool(text, entries, source)
    else:
        rest = restored_profiles(text, entries, source)
    if rest == "" and entries[-1].created:
        return None
    return FileState(encode(rest), before.mode, before.owner)


def restored_profiles(text: str, entries: tuple[FileEntry, ...], source: str) -> str:
    """``profiles.toml`` without us: exact where we wrote it last, by keys where somebody did after us.

    Raises:
        DiscoveryError: ``profiles-invalid``.
    """
    current = digest(encode(text))
    for entry in entries:
        if entry.digest == current:
            return profile.revert(text, entry.hunks)
    for entry in entries:
        text = profile.restore_keys(text, name=entry.profile or "", keys=entry.keys, source=source)
    return text


def restored_tool(text: str, entries: tuple[FileEntry, ...], source: str) -> str:
    """A file of a tool without us: exact where we wrote it last, by keys where somebody did after us.

    Raises:
        PlanError: ``settings-invalid``.
    """
    if not entries:
        return text
    from proxyenv.formats.settings import restore_settings, splice

    current = digest(encode(text))
    for entry in entries:
        if entry.digest == current:
            return splice(text, entry.hunks)
    for entry in entries:
        text = restore_settings(text, entry.grammar, entry.keys, source=source)
    return text


def is_private(state: FileState | None) -> bool:
    """Whether nobody but the owner may read a file of ours: then it holds a password."""
    return state is not None and not state.mode & _OTHERS


def decode(content: bytes) -> str:
    """Text of a file whose encoding is not ours to judge; :func:`encode` is its exact inverse."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The inverse of :func:`decode`."""
    return text.encode("utf-8", "surrogateescape")


def digest(content: bytes) -> str:
    """SHA-256, lower-case hex, as receipts hold it."""
    return hashlib.sha256(content).hexdigest()
