"""A marked block at the end of somebody's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import load_shells
from proxyenv.errors import PlanError
from proxyenv.formats.block import find_block, remove_block, upsert_block
from proxyenv.model.change import Change, FileState
from proxyenv.model.receipt import FileEntry
from proxyenv.plan.kinds.kind import Entries, Existing, Written
from proxyenv.plan.kinds.owned import describe_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import Kind
    from proxyenv.model.installation import Layout

_MODE: Final = 0o644


class BlockKind:
    """A block between two markers."""

    name: Kind = "block"
    is_directory = False
    is_ours = False
    may_stay = False  # a block that stays would name files that are gone; a damaged marker can be repaired
    mark = "  (a marked block)"

    def write(self, existing: Existing, body: str, newline: str | None) -> Written:
        """Put the block at the end, in place of an earlier one.

        Args:
            existing: what is there.
            body: the lines of the block, each ended by LF.
            newline: what ends its lines; ``None`` for what the file has.

        Raises:
            PlanError: ``block-damaged``; ``other-installation``: there is a block that no receipt knows.
        """
        path, before, known = existing
        if not known and find_block(existing.text) not in {None, body}:
            raise PlanError(
                "other-installation",
                f"`{path}` has a block of another installation of proxyenv",
                hint="uninstall that one first, with its `--prefix`; or set this one up with `--no-rc`",
            )
        text = upsert_block(existing.text, body, newline=newline, source=existing.source)
        after = (before or FileState(b"", _MODE)).with_text(text)
        entry = FileEntry(path, self.name, after.digest, created=existing.is_new)
        return Written(Change(path, self.name, before, after), entry)

    def undo(self, before: FileState, entries: Entries) -> FileState | None:
        """The file without the block; nothing, where there was no file.

        Raises:
            PlanError: ``block-damaged``.
        """
        rest = remove_block(before.text, source=f"`{entries[0].path}`")
        return None if rest == "" and entries[-1].created else before.with_text(rest)

    def damage(self, entry: FileEntry, state: FileState, layout: Layout) -> str | None:  # noqa: ARG002
        """Whether the block is there, as some shell of this installation needs it."""
        body = find_block(state.text)
        if body is None:
            return "the block is gone"
        lines = {shell.render_source(layout) for shell in load_shells() if shell.reads_rc_files}
        return None if body in lines else "the block was changed"

    def describe(self, change: Change, name: str) -> Iterator[str]:
        """The lines of the block."""
        return describe_content(change, name)


BLOCK: Final = BlockKind()
