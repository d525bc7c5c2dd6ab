"""A directory tree as a value, so that two states of it can be compared."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Node = tuple[int, bytes | str | None]
"""Permission bits, and the content of a file, the target of a symlink, or ``None`` for a directory."""


def snapshot(root: Path) -> dict[str, Node]:
    """Everything below *root*, by its path from there; *root* itself is ``.``."""
    nodes = {".": _node(root)}
    for directory, names, files in os.walk(root):
        for name in (*names, *files):
            path = root.__class__(directory, name)
            nodes[str(path.relative_to(root))] = _node(path)
    return dict(sorted(nodes.items()))


def times(root: Path) -> dict[str, int]:
    """When everything below *root* was last modified, in nanoseconds; *root* itself is ``.``."""
    return {name: (root / name).lstat().st_mtime_ns for name in snapshot(root)}


def _node(path: Path) -> Node:
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return mode, str(path.readlink())
    return mode, None if stat.S_ISDIR(status.st_mode) else path.read_bytes()
