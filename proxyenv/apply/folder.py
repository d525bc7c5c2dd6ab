"""Writes a folder that has a manifest: all of a plan, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.apply.atomic import observe, sync_directory
from proxyenv.apply.change import commit_change, discard_staged, is_as, stage_changes
from proxyenv.apply.directories import create_directory, missing_directories, remove_if_empty
from proxyenv.apply.faults import changed_meanwhile, nothing_changed
from proxyenv.apply.lock import locked
from proxyenv.apply.preflight import MachineBefore
from proxyenv.apply.transaction import rolling_back

if TYPE_CHECKING:
    from proxyenv.model.folder import FolderPlan


def write_folder(plan: FolderPlan) -> None:
    """Make the folder as *plan* says, or leave it as it is.

    The manifest is written last: where the process is killed, every file is as the old manifest or the new
    plan says, and the next run goes on from there.

    Raises:
        ApplyError: ``locked``, ``changed-meanwhile``, ``read-only``, ``no-space`` or ``write-failed``.
    """
    if not plan.pending:
        return
    manifest = plan.changes[-1]
    with nothing_changed():
        missing = missing_directories(change.path for change in plan.pending if change.after is not None)
        with locked(manifest.path, missing):
            _refuse_changed(plan)
            before = MachineBefore(
                tuple(change for change in plan.pending if change is not manifest),
                manifest.path,
                observe(manifest.path),
                absent=missing,
            )
            with rolling_back(before):
                _write(plan, before)


def _refuse_changed(plan: FolderPlan) -> None:
    changed = next((change for change in plan.changes if not is_as(change, change.before)), None)
    if changed is not None:
        raise changed_meanwhile(changed.path)


def _write(plan: FolderPlan, before: MachineBefore) -> None:
    for directory in before.absent:
        create_directory(directory)
    for change in plan.pending:
        if change.path.parent.is_dir():
            discard_staged(change.path)
    stage_changes(plan.pending)
    for change in plan.pending:
        commit_change(change)
    for directory in sorted({change.path.parent for change in plan.pending}, reverse=True):
        if directory == plan.path or not remove_if_empty(directory):
            sync_directory(directory)
