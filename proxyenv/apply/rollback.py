"""The way back from a run that failed or was interrupted.

Nothing records how far the run came. What was there before is known, and what a file is now shows
whether the run had changed it; so every step may be repeated, and a second interrupt does no harm.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import discard, matches, observe, put, sync_directory
from proxyenv.apply.change import commit_change, discard_staged, is_half_made, stage_change, stands
from proxyenv.apply.directories import clear_leftovers, create_directory, remove_if_empty, withdraw
from proxyenv.apply.faults import Fault, Restoration, apply_error, step
from proxyenv.apply.leftovers import temporary_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.change import Change, FileState


@dataclass(frozen=True, slots=True)
class Before:
    """What a run is about to touch, as it is before the first touch.

    Args:
        changes: the changes that the run will make, in order; none is made yet.
        receipt_path: where the receipt lies.
        receipt: the receipt, or ``None`` when there is none.
        absent: directories that the run will create, outermost first.
        present: directories that the run may remove, outermost first, with their mode.
    """

    changes: tuple[Change, ...]
    receipt_path: Path
    receipt: FileState | None
    absent: tuple[Path, ...] = ()
    present: tuple[tuple[Path, int], ...] = ()


@contextmanager
def reverting(before: Before) -> Iterator[None]:
    """Run the body; whatever ends it early, put everything back first.

    Raises:
        ApplyError: the operating system refused something; says what and what was put back.
        BaseException: anything else that ended the body, interrupts included, as it was.
    """
    try:
        yield
    except Fault as fault:
        restoration = _roll_back_in_peace(before)
        raise apply_error(fault, restoration, place=nearest_directory(fault.path)) from fault.error
    except BaseException:
        _roll_back_in_peace(before)
        raise


def nearest_directory(path: Path) -> Path:
    """The innermost directory above *path* that exists."""
    return next(directory for directory in path.parents if directory.is_dir())


def _roll_back_in_peace(before: Before) -> Restoration:
    while True:
        try:
            return roll_back(before)
        except KeyboardInterrupt:
            continue  # the caller ends anyway; it must not end between two files


def roll_back(before: Before) -> Restoration:
    """Put everything back that differs from *before*.

    A file that is neither as before nor as the run writes it was changed by somebody else since,
    and is left alone. When something cannot be put back the receipt stays: it is what an
    uninstallation needs to finish the job.
    """
    put_back: list[Path] = []
    stuck: list[Path] = []
    with _noting(stuck):
        _restore_directories(before)
    for change in reversed(before.changes):
        with _noting(stuck):
            discard_staged(change.path)
            if _restore(change):
                put_back.append(change.path)
    with _noting(stuck):
        _restore_receipt(before, complete=not stuck)
    return Restoration(tuple(put_back), tuple(stuck))


@contextmanager
def _noting(stuck: list[Path]) -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        stuck.append(fault.path)


def _restore(change: Change) -> bool:
    """Take one change back if it was made. Returns whether it was."""
    back = change.inverse()
    if stands(back, back.after) or not (stands(back, back.before) or is_half_made(change)):
        return False
    stage_change(back)
    commit_change(back)
    sync_directory(back.path.parent)
    return True


def _restore_directories(before: Before) -> None:
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
    clear_leftovers(before.receipt_path)


def _restore_receipt(before: Before, *, complete: bool) -> None:
    path = before.receipt_path
    if before.receipt is None:
        if complete:
            discard(path)
            withdraw(path, before.absent)
        return
    discard(path)
    if complete:
        for directory in reversed(before.absent):
            remove_if_empty(directory)
    if not matches(path, before.receipt) and (complete or observe(path) is None):
        put(path, before.receipt)
