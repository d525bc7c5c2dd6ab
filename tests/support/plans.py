"""Plans made from what is on the disk, for an installation that is small enough to read.

An ``owned`` file is written as a whole. Of a file that was there before, a block is ours: the
lines from :data:`BEGIN` to :data:`END`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import temporary_names
from proxyenv.apply.change import read_tree
from proxyenv.formats.receipt import parse_receipt
from proxyenv.model.change import Change, FileState, Leaf, Plan, pack_tree
from proxyenv.model.receipt import FileEntry, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BEGIN: Final = b"# >>> proxyenv >>>\n"
END: Final = b"# <<< proxyenv <<<\n"


@dataclass(frozen=True)
class Installation:
    """What a run writes.

    Args:
        receipt_path: where its receipt lies.
        owned: file → content and mode.
        blocks: file → the lines of the block.
        trees: directory → the files in it, with their content.
    """

    receipt_path: Path
    owned: Mapping[Path, tuple[bytes, int]]
    blocks: Mapping[Path, bytes] = field(default_factory=dict)
    trees: Mapping[Path, Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[Path, ...]:
        return (*self.owned, *self.trees, *self.blocks)


def read(path: Path) -> FileState | None:
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            return FileState(stream.read(), stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))
    except (FileNotFoundError, NotADirectoryError):
        return None


def setup_plan(wanted: Installation) -> Plan:
    """The plan that writes *wanted*, and takes back what an earlier run wrote besides."""
    receipt = _receipt(wanted.receipt_path)
    earlier = _known(receipt)
    changes = [*_changes(wanted)]
    entries = tuple(
        _entry(change, after, earlier) for change in changes if (after := change.after) is not None
    )
    directories = [*(receipt.directories if receipt else ())]
    for path in (wanted.receipt_path, *wanted.paths):
        directories += [parent for parent in reversed(path.parents) if not parent.exists()]
    return Plan(
        changes=(*changes, *(_undo(entry) for path, entry in earlier.items() if path not in wanted.paths)),
        receipt_path=wanted.receipt_path,
        receipt=Receipt("0.1.0", "done", entries, tuple(dict.fromkeys(directories))),
    )


def removal_plan(*installations: Installation) -> Plan:
    """The plan that removes what the receipt on the disk names, and whatever a killed run left."""
    receipt_path = installations[0].receipt_path
    receipt = _receipt(receipt_path)
    paths = [receipt_path, *(path for installation in installations for path in installation.paths)]
    temporary = temporary_names(paths, [path.parent for path in paths])
    return Plan(
        changes=tuple(_undo(entry) for entry in reversed(_known(receipt).values())),
        receipt_path=receipt_path,
        receipt=None,
        directories=tuple(reversed(receipt.directories)) if receipt else (),
        temporary=tuple(path for path in temporary if path.exists()),
    )


def without_block(content: bytes) -> bytes:
    before, _, rest = content.partition(BEGIN)
    return before + rest.partition(END)[2]


def _changes(wanted: Installation) -> Iterator[Change]:
    for path, (content, mode) in wanted.owned.items():
        before = read(path)
        yield Change(path, "owned", before, FileState(content, mode, before.owner if before else None))
    for path, files in wanted.trees.items():
        before = read_tree(path)
        content = pack_tree(Leaf(name, 0o644, data) for name, data in files.items())
        yield Change(path, "tree", before, FileState(content, 0o755, before.owner if before else None))
    for path, lines in wanted.blocks.items():
        before = read(path)
        kept = FileState(b"", 0o644) if before is None else before
        after = FileState(without_block(kept.content) + BEGIN + lines + END, kept.mode, kept.owner)
        yield Change(path, "block", before, after)


def _entry(change: Change, after: FileState, earlier: Mapping[Path, FileEntry]) -> FileEntry:
    known, before = earlier.get(change.path), change.before
    return FileEntry(
        path=change.path,
        kind=change.kind,
        digest=hashlib.sha256(after.content).hexdigest(),
        created=known.created if known else before is None,
    )


def _undo(entry: FileEntry) -> Change:
    before, after = (read_tree if entry.kind == "tree" else read)(entry.path), None
    if before is not None and entry.kind == "block" and not entry.created:
        after = FileState(without_block(before.content), before.mode, before.owner)
    return Change(entry.path, entry.kind, before, after)


def _receipt(path: Path) -> Receipt | None:
    # One reading, not a look and a reading: others may be writing.
    state = read(path)
    return parse_receipt(state.content.decode(), source=str(path)) if state else None


def _known(receipt: Receipt | None) -> dict[Path, FileEntry]:
    """The files of a receipt and of those that it supersedes, by the latest that names them."""
    known: dict[Path, FileEntry] = {}
    while receipt is not None:
        known = {entry.path: entry for entry in receipt.entries} | known
        receipt = receipt.previous
    return known
