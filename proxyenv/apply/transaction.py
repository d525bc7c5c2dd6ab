"""A plan, carried out as one: either all of it, or nothing.

Setting up: journal, directories, staged contents, renames, receipt. Removing: the changes, what a
killed run left, the receipt and the directories. A process that is killed at any moment leaves a
journal or a receipt that a removal can finish from; one that fails or is interrupted puts
everything back itself.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import delete, publish, stage, sync_directory
from proxyenv.apply.change import commit_change, discard_staged, stage_change
from proxyenv.apply.directories import clear, clear_leftovers, create_directory, plant, withdraw
from proxyenv.apply.faults import Fault, Restoration, apply_error
from proxyenv.apply.lock import locked
from proxyenv.apply.preflight import Removal, Setup, chart, is_settled, ours, refuse_changed, resolved
from proxyenv.apply.rollback import nearest_directory, reverting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.change import Change, Plan


def apply_plan(plan: Plan) -> None:
    """Make the machine as *plan* says, or leave it as it is.

    A plan of which nothing is left to do touches nothing, not even a modification time.

    Args:
        plan: its paths are absolute, and those of its changes resolved: a symlink in the place of a
            file is refused.

    Raises:
        ApplyError: ``store-failed``: a trust store could not be emptied, and nothing after it was touched;
            ``locked``: another process is writing; ``changed-meanwhile``: a file is not what the plan was
            made from; ``read-only``, ``no-space``, ``write-failed``: the operating system refused
            something, and all that had been written was put back.
        DiscoveryError: ``receipt-invalid``: there is a receipt that cannot be read.
    """
    plan = resolved(plan)
    try:
        if is_settled(plan, chart(plan)):
            return
        with locked(plan.receipt_path, ours(plan)):
            refuse_changed(plan)
            _empty_stores(plan)
            course = chart(plan)
            with reverting(course.before):
                _carry_out(plan, course)
    except Fault as fault:  # before the first write, so there is nothing to put back
        error = apply_error(fault, Restoration(), place=nearest_directory(fault.path))
        raise error from fault.error


def _empty_stores(plan: Plan) -> None:
    if plan.stores:
        from proxyenv.apply.stores import take_out

        for change in plan.stores:
            take_out(plan.receipt_path, change)


def _carry_out(plan: Plan, course: Setup | Removal) -> None:
    for path in (*course.stale, plan.receipt_path):
        discard_staged(path)
    clear_leftovers(plan.receipt_path)
    if isinstance(course, Setup):
        _set_up(plan, course)
    else:
        _remove(plan, course)


def _set_up(plan: Plan, course: Setup) -> None:
    """Every content is staged before the first visible file changes: a full disk shows up here."""
    changes, missing = course.before.changes, course.before.absent
    plant(plan.receipt_path, course.journal, missing)
    for directory in missing:
        if directory not in plan.receipt_path.parents:
            create_directory(directory)
    _stage(changes)
    stage(plan.receipt_path, course.done)
    _commit(changes)
    publish(plan.receipt_path)
    sync_directory(plan.receipt_path.parent)


def _remove(plan: Plan, course: Removal) -> None:
    """The receipt goes last: until then a removal that is killed can be run again."""
    _stage(course.before.changes)
    _commit(course.before.changes)
    for leftover in plan.temporary:
        if leftover.is_dir() and not leftover.is_symlink():
            clear(leftover, plan.receipt_path)
        else:
            delete(leftover)
    withdraw(plan.receipt_path, plan.directories)


def _stage(changes: Iterable[Change]) -> None:
    for change in changes:
        stage_change(change)


def _commit(changes: Iterable[Change]) -> None:
    """Make the changes, in order, by one rename or one deletion each."""
    for directory, siblings in groupby(changes, key=lambda change: change.path.parent):
        for change in siblings:
            commit_change(change)
        sync_directory(directory)
