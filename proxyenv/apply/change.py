"""One change, whatever it is about.

A file is written by :mod:`~proxyenv.apply.atomic`, a directory of ours by :mod:`~proxyenv.apply.tree`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import delete, discard, matches, publish, stage
from proxyenv.apply.leftovers import moved_aside, temporary_file
from proxyenv.apply.tree import delete_tree, discard_tree, publish_tree, stage_tree, tree_matches

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.change import Change, FileState


def stands(change: Change, state: FileState | None) -> bool:
    """Whether that which *change* is about is as *state* says."""
    if change.kind == "tree":
        return tree_matches(change.path, state)
    return matches(change.path, state)


def is_half_made(change: Change) -> bool:
    """Whether *change* is about a directory that has been moved aside, with nothing in its place yet."""
    return change.kind == "tree" and change.before is not None and not os.path.lexists(change.path)


def stage_change(change: Change) -> None:
    """Prepare what shall be there, if anything."""
    if change.after is None:
        return
    if change.kind == "tree":
        stage_tree(change.path, change.after)
    else:
        stage(change.path, change.after)


def commit_change(change: Change) -> None:
    """Put what was prepared in its place, or delete what shall not be there."""
    if change.kind == "tree":
        commit = delete_tree if change.after is None else publish_tree
    else:
        commit = delete if change.after is None else publish
    commit(change.path)


def discard_staged(path: Path) -> None:
    """Delete whatever is staged for *path*, a file or a directory, and what was moved aside for it."""
    if temporary_file(path).is_dir() or moved_aside(path).is_dir():
        discard_tree(path)
    else:
        discard(path)
