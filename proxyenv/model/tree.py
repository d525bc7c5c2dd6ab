"""A directory of files as one byte string, so that it can be planned, compared and undone like a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Leaf(NamedTuple):
    """One file of the directory.

    Args:
        name: without a slash.
        mode: the permission bits.
        content: every byte.
    """

    name: str
    mode: int
    content: bytes


def pack_tree(leaves: Iterable[Leaf]) -> bytes:
    """All files in a row, in the order of their names, each after a line with mode, size and name."""
    return b"".join(
        b"%04o %d %s\n%s"
        % (leaf.mode, len(leaf.content), leaf.name.encode("utf-8", "surrogateescape"), leaf.content)
        for leaf in sorted(leaves)
    )


def unpack_tree(content: bytes) -> tuple[Leaf, ...]:
    """The inverse of :func:`pack_tree`.

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
        leaves.append(Leaf(name.decode("utf-8", "surrogateescape"), int(mode, 8), content[end + 1 : start]))
    return tuple(leaves)
