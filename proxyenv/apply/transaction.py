"""A plan, carried out as one: either all of it, or nothing.

Setting up: journal, directories, staged contents, renames, receipt. Removing: the changes, what a
killed run left, the receipt and the directories. A process that is killed at any moment leaves a
journal or a receipt that a removal can finish from; one that fails or is interrupted puts
everything back itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import (
    delete,
    discard,
    is_as_expected,
    observe,
    publish,
    put,
    sync_directory,
    temporary_directory,
)
from proxyenv.apply.change import commit_change, discard_staged, is_as, is_moved_aside, stage_changes
from proxyenv.apply.directories import (
    create_directory,
    create_receipt,
    open_to_all,
    remove_if_empty,
    remove_leftover,
    remove_leftovers,
    remove_receipt,
)
from proxyenv.apply.faults import (
    Fault,
    Restoration,
    apply_error,
    nothing_changed,
    step,
)
from proxyenv.apply.lock import locked
from proxyenv.apply.preflight import (
    PreparedRemoval,
    PreparedSetup,
    inspect_machine,
    is_done,
    our_directories,
    refuse_changed,
    resolve_paths,
)
from proxyenv.errors import ApplyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from proxyenv.apply.preflight import MachineBefore
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
    plan = resolve_paths(plan)
    with nothing_changed():
        if is_done(plan, inspect_machine(plan)):
            return
        with locked(plan.receipt_path, our_directories(plan)):
            refuse_changed(plan)
            _empty_stores(plan)
            prepared = inspect_machine(plan)
            with rolling_back(prepared.before), open_to_all(wanted=plan.for_all):
                _carry_out(plan, prepared)


def _empty_stores(plan: Plan) -> None:
    if plan.stores:
        from proxyenv.apply.stores import take_out

        for change in plan.stores:
            take_out(plan.receipt_path, change)


def _carry_out(plan: Plan, prepared: PreparedSetup | PreparedRemoval) -> None:
    for path in (*prepared.stale, plan.receipt_path):
        discard_staged(path)
    remove_leftovers(plan.receipt_path)
    if isinstance(prepared, PreparedSetup):
        _set_up(plan, prepared)
    else:
        _remove(plan, prepared)


def _set_up(plan: Plan, prepared: PreparedSetup) -> None:
    """Every content is staged before the first visible file changes: a full disk shows up here."""
    changes, missing = prepared.before.changes, prepared.before.absent
    create_receipt(plan.receipt_path, prepared.journal.render(), missing)
    for directory in missing:
        if directory not in plan.receipt_path.parents:
            create_directory(directory)
    stage_changes(changes, (plan.receipt_path, prepared.done.render()))
    _commit(changes)
    for directory, _ in reversed(prepared.before.present):
        remove_if_empty(directory)
    publish(plan.receipt_path)
    sync_directory(plan.receipt_path.parent)


def _remove(plan: Plan, prepared: PreparedRemoval) -> None:
    """The receipt goes last: until then a removal that is killed can be run again."""
    stage_changes(prepared.before.changes)
    _commit(prepared.before.changes)
    for leftover in plan.temporary:
        if leftover.is_dir() and not leftover.is_symlink():
            remove_leftover(leftover, plan.receipt_path)
        else:
            delete(leftover)
    remove_receipt(plan.receipt_path, plan.directories)


def _commit(changes: Iterable[Change]) -> None:
    """Make the changes, in order, by one rename or one deletion each."""
    for directory, siblings in groupby(changes, key=lambda change: change.path.parent):
        for change in siblings:
            commit_change(change)
        sync_directory(directory)


# The way back. Nothing records how far the run came. What was there before is known, and what a file is now
# shows whether the run had changed it; so every step may be repeated, and a second interrupt does no harm.


@contextmanager
def rolling_back(before: MachineBefore) -> Iterator[None]:
    """Run the body; whatever ends it early, put everything back first.

    Raises:
        ApplyError: the operating system refused something; says what and what was put back.
        BaseException: anything else that ended the body, interrupts included, as it was.
    """
    try:
        yield
    except Fault as fault:
        restoration = _roll_back_uninterrupted(before)
        raise apply_error(fault, restoration) from fault.error
    except BaseException:
        _roll_back_uninterrupted(before)
        raise


def _roll_back_uninterrupted(before: MachineBefore) -> Restoration:
    while True:
        try:
            return roll_back(before)
        except KeyboardInterrupt:
            continue  # the caller ends anyway; it must not end between two files


def roll_back(before: MachineBefore) -> Restoration:
    """Put everything back that differs from *before*.

    A file that is neither as before nor as the run writes it was changed by somebody else since,
    and is left alone. When something cannot be put back the receipt stays: it is what an
    uninstallation needs to finish the job.
    """
    put_back: list[Path] = []
    stuck: list[Path] = []
    with _collecting_faults(stuck):
        _restore_directories(before)
    for change in reversed(before.changes):
        with _collecting_faults(stuck):
            discard_staged(change.path)
            if _restore(change):
                put_back.append(change.path)
    with _collecting_faults(stuck):
        _restore_receipt(before, complete=not stuck)
    return Restoration(tuple(put_back), tuple(stuck))


@contextmanager
def _collecting_faults(stuck: list[Path]) -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        stuck.append(fault.path)


def _restore(change: Change) -> bool:
    """Take one change back if it was made. Returns whether it was."""
    back = change.inverse()
    if is_moved_aside(change):
        back = back._replace(before=None)
    if is_as(back, back.after) or not is_as(back, back.before):
        return False
    stage_changes((back,))
    try:
        commit_change(back)
    except ApplyError:  # somebody has changed it in this very moment
        discard_staged(back.path)
        return False
    sync_directory(back.path.parent)
    return True


def _restore_directories(before: MachineBefore) -> None:
    for directory, mode in before.present:
        if directory.is_dir():
            continue
        moved = temporary_directory(directory)
        if moved.is_dir():
            with step(directory):
                moved.rename(directory)
        else:
            create_directory(directory)
            with step(directory):
                directory.chmod(mode)
    remove_leftovers(before.receipt_path)


def _restore_receipt(before: MachineBefore, *, complete: bool) -> None:
    path = before.receipt_path
    if before.receipt is None:
        if complete:
            discard(path)
            remove_receipt(path, before.absent)
        return
    discard(path)
    if complete:
        for directory in reversed(before.absent):
            remove_if_empty(directory)
    if not is_as_expected(path, before.receipt) and (complete or observe(path) is None):
        put(path, before.receipt)
