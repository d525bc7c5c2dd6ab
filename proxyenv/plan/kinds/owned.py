"""What only proxyenv writes: a file, or a directory of files. It is deleted while it is as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.model.change import Change, FileState
from proxyenv.model.receipt import FileEntry
from proxyenv.plan.kinds.kind import Entries, Existing, Written
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import Kind
    from proxyenv.model.installation import Layout

_PEM_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"


class OwnedKind(NamedTuple):
    """A file or a directory that only proxyenv writes.

    Args:
        name: as receipts call it.
        is_directory: see :class:`~proxyenv.plan.kinds.kind.FileKind`.
        mark: see there.
    """

    name: Kind
    is_directory: bool
    mark: str
    is_ours: bool = True
    may_stay: bool = True  # what cannot be read is not what was written

    def write(self, existing: Existing, content: bytes, mode: int) -> Written:
        """Write the whole content.

        Args:
            existing: what is there.
            content: every byte; of a directory, packed.
            mode: the permission bits.

        Raises:
            PlanError: ``foreign-file``: there is something that was not written by proxyenv.
        """
        path, before, known = existing
        if before is not None and not known and before.content != content:
            raise PlanError(
                "foreign-file",
                f"`{path}` exists and was not written by proxyenv",
                hint="move it away, or choose another directory with `--prefix`",
            )
        after = FileState(content, mode, before.owner if before else None)
        sensitive = after.is_private or (before is not None and before.is_private)
        entry = FileEntry(path, self.name, after.digest, created=True, mode=mode)
        holds = sensitive and not self.is_directory  # a private directory has copies of whatever was there
        return Written(
            Change(path, self.name, before, after, sensitive=sensitive, holds_password=holds), entry
        )

    def undo(self, before: FileState, entries: Entries) -> FileState | None:
        """Nothing is left, unless somebody else changed it."""
        return None if before.digest in {entry.digest for entry in entries} else before

    def damage(self, entry: FileEntry, state: FileState, layout: Layout) -> str | None:  # noqa: ARG002
        """All of it is ours."""
        return "it was changed after it was written"

    def describe(self, change: Change, name: str) -> Iterator[str]:
        """The lines that differ; of certificates and binary files how many there are."""
        return describe_content(change, name)


OWNED: Final = OwnedKind("owned", is_directory=False, mark="")
TREE: Final = OwnedKind("tree", is_directory=True, mark="/")


def describe_content(change: Change, name: str) -> Iterator[str]:
    """A change without context, since the context may be somebody else's."""
    before, after = change.before, change.after
    if _certificates(after) or _certificates(before):
        yield f"{change.action} {name}: {_certificates(before)} -> {_certificates(after)} certificates"
    elif _is_binary(before) or _is_binary(after):
        sizes = (len(state.content) if state else 0 for state in (before, after))
        yield f"{change.action} {name}: {' -> '.join(map(str, sizes))} bytes"
    else:
        import difflib

        old, new = (name if state else "/dev/null" for state in (before, after))
        yield from difflib.unified_diff(_lines(before), _lines(after), old, new, n=0, lineterm="")


def _certificates(state: FileState | None) -> int:
    return state.content.count(_PEM_BEGIN) if state else 0


def _is_binary(state: FileState | None) -> bool:
    return state is not None and b"\0" in state.content


def _lines(state: FileState | None) -> list[str]:
    return state.content.decode("utf-8", "replace").splitlines() if state else []
