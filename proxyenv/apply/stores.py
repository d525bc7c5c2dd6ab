"""Puts certificates into trust stores and takes them out again, by the stores' own tools.

The receipt names a store before anything in it is touched, and forgets it after everything is undone,
so a run that is killed leaves what a removal can finish. Stores are independent: when one fails it
is put back, and those that are done stay.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import delete, discard, observe, put, put_together, stage, sync_directory
from proxyenv.apply.faults import Fault, nothing_changed, step
from proxyenv.apply.identity import find_holder
from proxyenv.apply.lock import locked
from proxyenv.apply.programs import passes, run_command
from proxyenv.apply.receipts import load_receipt, save_receipt
from proxyenv.catalog.stores import render_removal
from proxyenv.errors import ApplyError
from proxyenv.model.change import FileState
from proxyenv.model.store import Witness, find_our_places

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from proxyenv.model.store import StoreChange, StoreEntry

_PUBLIC: Final = 0o644


def apply_stores(
    receipt_path: Path, changes: Iterable[StoreChange], *, progress: Callable[[str], None]
) -> None:
    """Make the changes, in order; each is verified by the store's own tool.

    Args:
        receipt_path: of an installation; it is written after every step.
        changes: what to do.
        progress: called with a line for each store that is begun.

    Raises:
        ApplyError: ``locked``; ``store-failed``: a tool refused, or the store does not answer as it
            should; ``read-only``, ``no-space``, ``write-failed``. The store in question was put back. After
            ``store-failed`` the other stores were done nevertheless.
        DiscoveryError: ``not-installed`` or ``receipt-invalid``.
    """
    with nothing_changed(), locked(receipt_path, ()):
        failures = tuple(_failures(receipt_path, changes, progress))
    if len(failures) == 1:
        raise failures[0]
    if failures:
        hint = next((error.hint for error in failures if error.hint), None)
        raise ApplyError("store-failed", "; ".join(error.message for error in failures), hint=hint)


def _failures(
    receipt_path: Path, changes: Iterable[StoreChange], progress: Callable[[str], None]
) -> Iterator[ApplyError]:
    """Make the changes, and go on after a store that fails: the others are no worse for it."""
    failed: set[Path] = set()
    for change in changes:
        place = change.entry.store.place
        if place in failed:
            continue  # what could not be emptied is not filled
        progress(f"{change.action} {change.entry.store.title}")
        try:
            if change.action == "install":
                _install(receipt_path, change)
            else:
                take_out(receipt_path, change)
        except ApplyError as error:
            failed.add(place)
            yield error


def _install(receipt_path: Path, change: StoreChange) -> None:
    if all(passes(check) for check in change.checks):
        return  # a store before this one brought it along, as Debian's does for Java's
    states = {path: state for path in change.entry.store.witnesses if (state := observe(path)) is not None}
    witnesses = tuple(_witnesses(states))
    entry = change.entry._replace(witnesses=witnesses)
    staged: list[Path] = []
    try:
        _record(receipt_path, entry)
        for witness in witnesses:
            put(_copy(receipt_path, witness), states[witness.path])
        for path, state in states.items():
            stage(path, state)  # the way back needs no room once the tool has taken what there was
            staged.append(path)
        for path, content in change.put:
            put(path, FileState(content, _PUBLIC))
        for command in change.commands:
            run_command(command)
        _require_trust(change)
        while staged:
            discard(staged.pop())
        _record(receipt_path, entry._replace(witnesses=_observed(entry)))
    except BaseException:
        _put_back(receipt_path, entry, staged)
        raise


def _put_back(receipt_path: Path, entry: StoreEntry, staged: Collection[Path]) -> None:
    """Undo what was begun, on a disk that may be full by now."""
    known = entry._replace(witnesses=_observed(entry))
    with suppress(Fault):  # the record says less then, and what was observed is handed on
        _record(receipt_path, known)
    _take_out(receipt_path, render_removal(known)._replace(checks=()), known, staged)


def _require_trust(change: StoreChange) -> None:
    for check in change.checks:
        if not passes(check):
            raise ApplyError(
                "store-failed",
                f"{change.entry.store.title} does not trust the CA although its tool reported success: "
                f"`{check.command}` says no",
            )


def take_out(receipt_path: Path, change: StoreChange) -> None:
    """Undo the installation in one store. It may have been undone already, or half.

    Files that the tool rewrites get back the bytes that they had, as long as they are what the tool made
    of them: nobody has changed them since. Where they are the whole store, the tool is not asked at all.

    Raises:
        ApplyError: ``store-failed``: the tool refused, or the store still trusts the certificate.
        Fault: a file could not be written.
    """
    _take_out(receipt_path, change, _current(receipt_path, change.entry))


def _take_out(
    receipt_path: Path, change: StoreChange, entry: StoreEntry, staged: Collection[Path] = ()
) -> None:
    """The same with what is known of the store, and the files that are staged as they were."""
    untouched = _untouched(receipt_path, entry)
    is_whole = entry.store.kind != "system"
    needs_tool = not (is_whole and untouched) and _is_there(entry)
    if needs_tool and entry.store.tool is None:
        lack = entry.store.lack or "its tool is missing"
        raise ApplyError("store-failed", f"{entry.store.title} still has the CA, and {lack}")
    for path in (*change.delete, *(witness.path for witness in entry.witnesses)):
        if path not in staged and path.parent.is_dir():
            discard(path)
    for path in change.delete:
        if path.parent.is_dir():
            delete(path)
            sync_directory(path.parent)
    if needs_tool:
        for command in change.commands:
            run_command(command)
    put_together(dict(_find_earlier(receipt_path, untouched)), staged=staged)
    for path in staged:
        discard(path)
    trusted = [check for check in change.checks if _is_there(entry) and passes(check)]
    others = _forget(receipt_path, entry)
    if trusted and entry.store.place not in find_our_places(others):
        raise ApplyError(
            "store-failed",
            f"{entry.store.title} still trusts the CA after proxyenv removed its copy: "
            f"`{trusted[0].command}` says yes",
            hint="it was also added by other means; remove it with the store's own tool if it should go",
        )


def _is_there(entry: StoreEntry) -> bool:
    """Whether the store still exists; a JDK or a profile may be gone. A store of Windows has no path."""
    return not entry.store.place.is_absolute() or entry.store.place.exists()


def _witnesses(states: Mapping[Path, FileState]) -> Iterator[Witness]:
    """The files that the tool will rewrite, as they are before it does."""
    modes = {_digest(state): state.mode for state in states.values()}
    for path, state in states.items():
        digest = _digest(state)
        yield Witness(path, digest, mode=None if modes[digest] == state.mode else state.mode)


def _observed(entry: StoreEntry) -> tuple[Witness, ...]:
    """The witnesses, with what the tool has made of them."""
    return tuple(
        witness._replace(after=None if state is None else _digest(state), link=link)
        for witness in entry.witnesses
        for state, link in (_look_at(witness.path),)
    )


def _look_at(path: Path) -> tuple[FileState | None, str | None]:
    """The file that *path* leads to, and the target of the symlink if it is one."""
    with step(path):
        link = str(path.readlink()) if path.is_symlink() else None
    return observe(path if link is None else Path(os.path.realpath(path))), link


def _is_untouched(witness: Witness) -> bool:
    state, link = _look_at(witness.path)
    if state is None:
        return False
    return (_digest(state), link) in {(witness.before, None), (witness.after, witness.link)}


def _untouched(receipt_path: Path, entry: StoreEntry) -> tuple[Witness, ...]:
    """The files that may be put back, or have been. Those of a database only fit together: all or none."""
    same = tuple(
        witness for witness in entry.witnesses if _is_untouched(witness) and _is_whole(receipt_path, witness)
    )
    if entry.store.kind == "system":
        return same
    return () if entry.store.in_use or len(same) < len(entry.witnesses) else same


def _is_whole(receipt_path: Path, witness: Witness) -> bool:
    """Whether the copy is what was copied. One that is gone serves where there is nothing to put back."""
    kept = observe(_copy(receipt_path, witness))
    return _is_restored(witness) if kept is None else _digest(kept) == witness.before


def _find_earlier(receipt_path: Path, witnesses: Iterable[Witness]) -> Iterator[tuple[Path, FileState]]:
    """The files that are not as they were, with what they held."""
    for witness in witnesses:
        kept, (found, link) = observe(_copy(receipt_path, witness)), _look_at(witness.path)
        if kept is not None and found is not None and find_holder(receipt_path) is not None:
            kept = kept._replace(owner=found.owner)  # the copy belongs to whose home it lies in
        if kept is not None and (kept != found or link is not None):
            yield witness.path, kept if witness.mode is None else kept._replace(mode=witness.mode)


def _copy(receipt_path: Path, witness: Witness) -> Path:
    return receipt_path.with_name(f"store-{witness.before[:32]}.before")


def _record(receipt_path: Path, entry: StoreEntry) -> None:
    receipt, owner = load_receipt(receipt_path)
    others = tuple(
        _overwritten(other, entry) for other in receipt.stores if other.store.place != entry.store.place
    )
    save_receipt(receipt_path, receipt._replace(stores=(*others, entry)), owner)


def _overwritten(earlier: StoreEntry, entry: StoreEntry) -> StoreEntry:
    """An entry after a later one's tool has rewritten files of both, as Debian's does with Java's store."""
    made = {(witness.path, witness.before): witness.after for witness in entry.witnesses if witness.after}
    witnesses = tuple(
        each._replace(after=made.get((each.path, each.after or ""), each.after)) for each in earlier.witnesses
    )
    return earlier._replace(witnesses=witnesses)


def _current(receipt_path: Path, entry: StoreEntry) -> StoreEntry:
    """An entry with what the receipt says by now: the removal before this one may have changed it."""
    stores = load_receipt(receipt_path)[0].stores
    found = (each for each in stores if each.store.place == entry.store.place)
    planned = {witness.path for witness in entry.witnesses}
    now = (witness for witness in next(found, entry).witnesses if witness.path in planned)
    return entry._replace(witnesses=tuple(now))


def _put_right(stores: tuple[StoreEntry, ...], entry: StoreEntry) -> Iterator[StoreEntry]:
    """The entries beside *entry*, once its files have got their bytes back.

    For those before it the files are again what they had made of them; those after it will leave them as
    they are now.
    """
    places = [each.store.place for each in stores]
    number = places.index(entry.store.place) if entry.store.place in places else len(places)
    restored = {each.path: each for each in entry.witnesses if _is_restored(each)}
    for position, other in enumerate(stores):
        if position == number:
            continue
        witnesses = []
        for each in other.witnesses:
            own = restored.get(each.path)
            if own is None or own.after != each.after:
                witnesses.append(each)
            elif position < number:
                witnesses.append(each._replace(after=own.before))
            else:
                witnesses.append(each._replace(before=own.before, after=own.before))
        yield other._replace(witnesses=tuple(witnesses))


def _is_restored(witness: Witness) -> bool:
    state, link = _look_at(witness.path)
    return state is not None and link is None and _digest(state) == witness.before


def _forget(receipt_path: Path, entry: StoreEntry) -> tuple[StoreEntry, ...]:
    """Delete the copies that no other entry needs, and then take the entry out of the receipt.

    Returns:
        The other entries.
    """
    receipt, owner = load_receipt(receipt_path)
    others = tuple(_put_right(receipt.stores, entry))
    needed = {_copy(receipt_path, witness) for other in others for witness in other.witnesses}
    known = {_copy(receipt_path, witness) for each in (entry, *receipt.stores) for witness in each.witnesses}
    for path in known - needed:
        discard(path)
        delete(path)
    if others != receipt.stores:
        save_receipt(receipt_path, receipt._replace(stores=others), owner)
    return others


def _digest(state: FileState) -> str:
    return hashlib.sha256(state.content).hexdigest()
