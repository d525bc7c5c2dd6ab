"""One change, whatever it is about.

A file is written by :mod:`~proxyenv.apply.atomic`, a whole directory by :mod:`~proxyenv.apply.tree`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import delete, discard, is_as_expected, publish, stage
from proxyenv.apply.leftovers import moved_aside, temporary_file
from proxyenv.apply.tree import delete_tree, discard_tree, is_tree_as_expected, publish_tree, stage_tree
from proxyenv.plan.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.change import Change, FileState


def is_as(change: Change, state: FileState | None) -> bool:
    """Whether the file or directory of *change* is as *state* says."""
    if KINDS[change.kind].is_directory:
        return is_tree_as_expected(change.path, state)
    return is_as_expected(change.path, state)


def is_moved_aside(change: Change) -> bool:
    """Whether the directory of *change* has been moved aside, with nothing in its place yet."""
    return KINDS[change.kind].is_directory and change.before is not None and not os.path.lexists(change.path)


def stage_change(change: Change) -> None:
    """Prepare the new content, if there is any."""
    if change.after is None:
        return
    if KINDS[change.kind].is_directory:
        stage_tree(change.path, change.after)
    else:
        stage(change.path, change.after)


def commit_change(change: Change) -> None:
    """Put what was prepared in its place, or delete what goes."""
    if KINDS[change.kind].is_directory:
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
