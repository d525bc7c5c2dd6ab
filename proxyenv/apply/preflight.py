"""What carrying out a plan comes to on the machine as it is at this moment. Reads, and writes nothing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import SUFFIX, is_as_expected, observe
from proxyenv.apply.change import is_as
from proxyenv.apply.directories import missing_directories, outermost_first
from proxyenv.apply.faults import changed_meanwhile, step
from proxyenv.bounded import resolve_path
from proxyenv.formats.receipt import parse_receipt, render_receipt
from proxyenv.model.change import FileState
from proxyenv.plan.links import resolve_receipt
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.change import Change, Plan
    from proxyenv.model.receipt import Receipt

_RECEIPT_MODE: Final = 0o600
_SHARED_MODE: Final = 0o644


class MachineBefore(NamedTuple):
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


class NextReceipt(NamedTuple):
    """A receipt to write. With many CAs its text takes long, and often it is not needed."""

    receipt: Receipt
    mode: int
    owner: tuple[int, int] | None

    def render(self) -> FileState:
        """The file that it will be."""
        return FileState(render_receipt(self.receipt).encode("ascii"), self.mode, self.owner)


class PreparedSetup(NamedTuple):
    """What setting up comes to.

    Args:
        before: what will be touched, as it is.
        stale: files for which a killed run may have left something staged.
        journal: the receipt to write first.
        done: the receipt to write last.
    """

    before: MachineBefore
    stale: tuple[Path, ...]
    journal: NextReceipt
    done: NextReceipt


class PreparedRemoval(NamedTuple):
    """What removing comes to.

    Args:
        before: what will be touched, as it is; without what a removal that was killed had done.
        stale: files for which a killed run may have left something staged.
    """

    before: MachineBefore
    stale: tuple[Path, ...]


def resolve_paths(plan: Plan) -> Plan:
    """*plan* with every symlink on the way to its receipt, directories and leftovers followed.

    Files come resolved. A directory that is named in two ways would be created twice, and the
    second time is an error. A leftover itself is never followed.
    """
    receipt = plan.receipt
    if receipt is not None:
        receipt = receipt._replace(directories=_resolved(receipt.directories))
    return plan._replace(
        receipt_path=plan.receipt_path.resolve(),
        receipt=receipt,
        directories=_resolved(plan.directories),
        temporary=tuple(dict.fromkeys(path.parent.resolve() / path.name for path in plan.temporary)),
    )


def _resolved(directories: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(directory.resolve() for directory in directories))


def inspect_machine(plan: Plan) -> PreparedSetup | PreparedRemoval:
    """Lay *plan* over the machine as it is.

    Raises:
        DiscoveryError: ``receipt-invalid``: there is a receipt that cannot be read.
        Fault: a file cannot be read.
    """
    return _prepare_removal(plan) if plan.receipt is None else _prepare_setup(plan, plan.receipt)


def our_directories(plan: Plan) -> tuple[Path, ...]:
    """The directories that come or came with the installation, as far as the plan knows."""
    return (*(plan.receipt.directories if plan.receipt else ()), *plan.directories)


def is_done(plan: Plan, prepared: PreparedSetup | PreparedRemoval) -> bool:
    """Whether nothing is left to do."""
    before = prepared.before
    if (
        plan.stores
        or before.changes
        or before.present
        or any(os.path.lexists(path) for path in plan.temporary)
    ):
        return False
    done = prepared.done.render() if isinstance(prepared, PreparedSetup) else None
    return is_as_expected(before.receipt_path, done)


def refuse_changed(plan: Plan) -> None:
    """Refuse to go on when the machine is not what the plan was made from.

    In a removal a file may already be as the plan wants it: an earlier removal was killed.

    Raises:
        ApplyError: ``changed-meanwhile``.
        DiscoveryError: ``receipt-invalid``.
        Fault: a file cannot be read.
    """
    changed = [change.path for change in plan.changes if not _is_as_planned(plan, change)]
    found = observe(plan.receipt_path)
    if found is not None and not _is_known_to_plan(plan, _parse(found, plan.receipt_path)):
        changed.append(plan.receipt_path)
    if changed:
        raise changed_meanwhile(changed[0])


def _is_as_planned(plan: Plan, change: Change) -> bool:
    if is_as(change, change.before):
        return True
    return plan.receipt is None and is_as(change, change.after)


def _is_known_to_plan(plan: Plan, found: Receipt) -> bool:
    """Whether the plan knows of all that is in the receipt on the disk.

    A plan that was made before another run wrote that receipt would replace or delete it, and with
    it the only trace of what that run created.
    """
    if {entry.store.place for entry in found.stores} != _stores(plan):
        return False
    planned = {*plan.kept, *(change.path for change in plan.changes)}
    if not planned.issuperset(_named(found)):
        return False
    if not {*our_directories(plan), *plan.kept}.issuperset(found.directories):
        return False
    if plan.receipt is None:
        return True
    there = {entry.path for entry in plan.receipt.entries if not entry.created}
    return there.isdisjoint(entry.path for entry in found.entries if entry.created)


def _stores(plan: Plan) -> set[Path]:
    """The trust stores that the plan knows of: it keeps them, or empties all of them."""
    entries = (change.entry for change in plan.stores) if plan.receipt is None else plan.receipt.stores
    return {entry.store.place for entry in entries}


def _prepare_setup(plan: Plan, receipt: Receipt) -> PreparedSetup:
    found = observe(plan.receipt_path)
    earlier = None if found is None else _parse(found, plan.receipt_path)
    written = (change.path for change in plan.pending if change.after is not None)
    missing = missing_directories((plan.receipt_path, *written))
    created, emptied = _created(receipt, earlier, missing), _find_emptied(plan)
    gone = {*emptied, *(each for each in plan.directories if _find_mode(each) is None)} - {*missing}
    done = receipt._replace(
        state="done", directories=tuple(each for each in created if each not in gone), previous=None
    )
    owner = None if found is None else found.owner
    mode = _SHARED_MODE if plan.for_all else _RECEIPT_MODE
    stale = (*(change.path for change in plan.changes), *_named(earlier))
    return PreparedSetup(
        before=MachineBefore(
            plan.pending, plan.receipt_path, found, absent=missing, present=tuple(emptied.items())
        ),
        stale=tuple(dict.fromkeys(stale)),
        journal=NextReceipt(_journal(done._replace(directories=created), earlier), mode, owner),
        done=NextReceipt(done, mode, owner),
    )


def _prepare_removal(plan: Plan) -> PreparedRemoval:
    modes = ((directory, _find_mode(directory)) for directory in outermost_first(plan.directories))
    present = tuple((directory, mode) for directory, mode in modes if mode is not None)
    changes = tuple(change for change in plan.changes if not is_as(change, change.after))
    return PreparedRemoval(
        before=MachineBefore(changes, plan.receipt_path, observe(plan.receipt_path), present=present),
        stale=tuple(change.path for change in plan.changes),
    )


def _find_emptied(plan: Plan) -> dict[Path, int]:
    """The directories of *plan* in which nothing is left once its files are deleted, with their modes."""
    gone = {change.path for change in plan.changes if change.after is None}
    emptied: dict[Path, int] = {}
    for directory in reversed(outermost_first(plan.directories)):
        mode = _find_mode(directory)
        if mode is None:
            continue
        with step(directory):
            if all(path in gone or path.name.endswith(SUFFIX) for path in directory.iterdir()):
                gone.add(directory)
                emptied[directory] = mode
    return dict(reversed(emptied.items()))


def _find_mode(directory: Path) -> int | None:
    """The permission bits of a directory, or ``None`` when it is gone; one look, as others may be at work."""
    with step(directory):
        try:
            mode = directory.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
    return stat.S_IMODE(mode) if stat.S_ISDIR(mode) else None


def _created(planned: Receipt, earlier: Receipt | None, missing: tuple[Path, ...]) -> tuple[Path, ...]:
    """The directories that we have created or are about to, outermost first.

    One that the plan names, that is there, and that no earlier receipt names was created by somebody
    else since the plan was made, and is not ours.
    """
    kept = () if earlier is None else earlier.directories
    confirmed = [directory for directory in planned.directories if directory in {*kept, *missing}]
    return outermost_first((*confirmed, *kept, *missing))


def _journal(done: Receipt, earlier: Receipt | None) -> Receipt:
    """The receipt to write first. The journal of the very same run, killed before, is not kept twice."""
    journal = done._replace(state="applying")
    if earlier is not None and earlier._replace(previous=None) == journal:
        return earlier
    return journal._replace(previous=earlier)


def _named(receipt: Receipt | None) -> tuple[Path, ...]:
    """Every file that a receipt, or one that it supersedes, names."""
    if receipt is None:
        return ()
    return (*(entry.path for entry in receipt.entries), *_named(receipt.previous))


def _parse(state: FileState, path: Path) -> Receipt:
    return resolve_receipt(parse_receipt(state.text, source=f"`{path}`"), resolve_path)
