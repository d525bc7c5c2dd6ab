"""What a run replaces is kept, and a receipt that knows of it becomes a plan that restores it.

One generation: every file that a run changes is copied into one directory, under its digest, and the receipt
holds the earlier receipt. Restoring is another plan, so it is shown, written and journalled as all of them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError, PlanError, not_installed
from proxyenv.formats.block import find_block
from proxyenv.formats.configuration import parse_configuration
from proxyenv.model.change import SET_ID, Change, FileState, Leaf, Plan, pack_tree, unpack_tree
from proxyenv.model.proxy_url import describe_proxy
from proxyenv.model.receipt import EarlierFile, EarlierSetup, FileEntry, Receipt
from proxyenv.plan.kinds import KINDS
from proxyenv.plan.kinds.block import BLOCK
from proxyenv.plan.kinds.kind import Existing, Written
from proxyenv.plan.kinds.owned import TREE
from proxyenv.plan.kinds.settings import SETTINGS, find_settings
from proxyenv.plan.links import require_no_links
from proxyenv.plan.removal import (
    edited_notes,
    find_anchors,
    find_directories,
    find_service_notes,
    known_entries,
    store_notes,
    undo_all,
)
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.plan.kinds.kind import Entries
    from proxyenv.plan.steps import Ground

_DIRECTORY: Final = 0o700
_COPY: Final = 0o600


class Kept(NamedTuple):
    """What is kept for ``rollback``: the change that writes the copies, its entry, and the generation."""

    changes: tuple[Change, ...] = ()
    entries: tuple[FileEntry, ...] = ()
    replaced: EarlierSetup | None = None


def keep_earlier(ground: Ground, changes: tuple[Change, ...]) -> Kept:
    """Keep what *changes* replace, where something is set up already.

    A run that changes nothing keeps what the last one kept. One that follows a run that was killed keeps what
    was there before that one, for what worked is older.

    Raises:
        PlanError: ``foreign-file``.
        DiscoveryError: ``file-unreadable``.
    """
    receipt, existing = ground.installation.receipt, ground.at(ground.copies)
    started = receipt.restorable if receipt and receipt.state == "applying" else None
    base = started.receipt if started else receipt
    if receipt is None or base is None or base.state != "done":
        return Kept(drop_tree(existing))
    earlier = _Earlier(ground.installation, ground.copies, started)
    states = [(change, earlier.find(change)) for change in changes]
    files = tuple(describe_earlier(change, state) for change, state in states if state != change.after)
    if not files:
        return Kept(drop_tree(existing)) if started else _carry(existing, receipt)
    copies = {state.digest: state.content for _, state in states if state is not None}
    leaves = (Leaf(each.digest, _COPY, copies[each.digest]) for each in files if each.digest)
    written = TREE.write(existing, pack_tree(dict.fromkeys(leaves)), _DIRECTORY)
    bare = base._replace(
        entries=tuple(entry for entry in base.entries if entry.path != ground.copies), replaced=None
    )
    return Kept((written.change,), (written.entry,), EarlierSetup(bare, files))


def describe_earlier(change: Change, state: FileState | None) -> EarlierFile:
    """A file as *state* says, and what *change* leaves there."""
    left = change.after.digest if change.after else None
    if state is None:
        return EarlierFile(change.path, change.kind, None, None, None, left)
    return EarlierFile(change.path, change.kind, state.digest, state.mode, state.owner, left)


def _carry(existing: Existing, receipt: Receipt) -> Kept:
    """What the last run kept, as long as it is whole."""
    entry = next((entry for entry in receipt.entries if entry.path == existing.path), None)
    if receipt.replaced is None or entry is None or existing.before is None:
        return Kept(drop_tree(existing))
    if existing.before.digest != entry.digest:
        return Kept(drop_tree(existing))
    change = Change(existing.path, TREE.name, existing.before, existing.before)
    return Kept((change,), (entry,), receipt.replaced)


def drop_tree(existing: Existing) -> tuple[Change, ...]:
    """Delete copies that serve nobody any more, if they are ours."""
    if not existing.known:
        return ()
    return (Change(existing.path, TREE.name, existing.before, None, sensitive=True),)


class _Earlier:
    """The files as they were before a run that was killed, or else as they are."""

    def __init__(self, installation: Installation, copies: Path, generation: EarlierSetup | None) -> None:
        self._installation = installation
        self._files = {each.path: each for each in generation.files} if generation else {}
        self._copies = read_copies(installation, copies) if generation else {}

    def find(self, change: Change) -> FileState | None:
        file = self._files.get(change.path)
        if file is None or (file.digest is not None and file.digest not in self._copies):
            return change.before  # the run was killed before it touched anything
        return make_state(file, self._copies)


def read_copies(installation: Installation, path: Path) -> Mapping[str, bytes]:
    """The copies by the digests that they have, whatever they are called.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    state = installation.state(path)
    states = (FileState(leaf.content, leaf.mode) for leaf in unpack_tree(state.content)) if state else ()
    return {each.digest: each.content for each in states}


def make_state(file: EarlierFile, copies: Mapping[str, bytes]) -> FileState | None:
    """A file as it was, but never one that runs as its owner: a receipt is data.

    Raises:
        PlanError: ``copy-damaged``.
    """
    if file.digest is None or file.mode is None:
        return None
    if file.digest not in copies:
        raise _copy_damaged(file.path)
    return FileState(copies[file.digest], file.mode & ~SET_ID, file.owner)


def _make_tree(file: EarlierFile, copies: Mapping[str, bytes]) -> FileState | None:
    """The same for a directory."""
    state = make_state(file, copies)
    try:
        unpack_tree(state.content if state else b"")
    except ValueError as error:
        raise _copy_damaged(file.path) from error
    return state


def _copy_damaged(path: Path) -> PlanError:
    return PlanError(
        "copy-damaged",
        f"the copy of `{path}` that was kept is gone, or was changed since",
        hint="`proxyenv setup` sets up again with other options, `proxyenv uninstall` takes all back",
    )


def plan_rollback(host: Host, installation: Installation) -> Plan:
    """The changes that restore what the last run replaced.

    Of a file of somebody else's that changed since, only our part goes back.

    Raises:
        DiscoveryError: ``not-installed``, ``profiles-invalid`` or ``file-unreadable``.
        PlanError: ``nothing-to-restore``; ``copy-damaged``; ``block-damaged`` or ``settings-invalid``;
            ``foreign-file``: a link took the place of what only proxyenv writes.
    """
    receipt = installation.receipt
    if receipt is None:
        raise not_installed()
    generation = _require_generation(receipt)
    copies = installation.links.get(host.layout.copies, host.layout.copies)
    known = known_entries(receipt)
    written = (entry for each in known.values() for entry in each)
    require_no_links(installation, (*written, *generation.receipt.entries))
    restorer = Restorer(installation, known, generation, read_copies(installation, copies))
    steps = tuple(map(restorer.restore, generation.receipt.entries))
    restored = {step.change.path for step in steps}
    others = {path: entries for path, entries in known.items() if path not in {*restored, copies}}
    changed = {file.path for file in generation.files}
    undone = undo_all(installation, (each for path, each in others.items() if path in changed))
    same = (leave(installation, each[0]) for path, each in others.items() if path not in changed)
    directories = dict.fromkeys(
        each for one in _receipts(receipt) for each in reversed(find_directories(host, one))
    )
    changes = (
        *(step.change for step in steps),
        *undone.changes,
        *same,
        *drop_tree(Existing(copies, installation.state(copies), known.get(copies, ()))),
    )
    return Plan(
        changes,
        host.layout.receipt,
        generation.receipt._replace(
            entries=tuple(step.entry for step in steps),
            stores=receipt.stores,
            pools=receipt.pools,
            previous=None,
        ),
        directories=tuple(each for each in directories if each not in generation.receipt.directories),
        kept=undone.kept,
        for_all=host.for_all,
        earlier_anchors=find_anchors(installation),
        summary=(*_find_proxies(restorer, host.layout.configuration), *_summary(installation, generation)),
        notes=(
            *restorer.notes,
            *undone.notes,
            *edited_notes(undone.changes),
            *store_notes(receipt, {anchor.fingerprint for anchor in generation.receipt.anchors}),
            *find_service_notes(host, changes),
        ),
    )


def _require_generation(receipt: Receipt) -> EarlierSetup:
    generation = receipt.restorable
    if generation is None:
        raise PlanError(
            "nothing-to-restore",
            "nothing is kept here to restore: the last `setup` was the first one, or is rolled back already",
            hint="`proxyenv uninstall` leads to the state before the first `setup`",
        )
    return generation


def _receipts(receipt: Receipt | None) -> Iterator[Receipt]:
    while receipt is not None:
        yield receipt
        receipt = receipt.previous


def leave(installation: Installation, entry: FileEntry) -> Change:
    """No change of one file."""
    state = installation.state(entry.path)
    return Change(entry.path, KINDS[entry.kind].name, state, state)


def _find_proxies(restorer: Restorer, path: Path) -> Iterator[tuple[str, str]]:
    """The proxies to which it goes back, if they change."""
    with suppress(DiscoveryError, PlanError):  # a roll-back that was killed may have deleted the copies
        state = restorer.find_copy(path)
        saved = parse_configuration(state.text, source=f"`{path}`") if state else None
        proxies = (saved.http_proxy, saved.https_proxy) if saved else ()
        shown = [describe_proxy(each) if each else "direct" for each in proxies]
        if len(set(shown)) == 1:
            yield "proxy", shown[0]
        elif shown:
            yield "proxy", f"{shown[0]} for http, {shown[1]} for https"


def _summary(installation: Installation, generation: EarlierSetup) -> Iterator[tuple[str, str]]:
    now = {each.fingerprint for each in find_anchors(installation)}
    then = {each.fingerprint for each in generation.receipt.anchors}
    for anchor in generation.receipt.anchors:
        if anchor.fingerprint not in now:
            yield "CA comes", f"{anchor.subject}, SHA-256 {anchor.fingerprint[:16]}…"
    for anchor in find_anchors(installation):
        if anchor.fingerprint not in then:
            yield "CA goes", f"{anchor.subject}, SHA-256 {anchor.fingerprint[:16]}…: no longer trusted"


class Restorer:
    """Files of the earlier receipt, each as it was."""

    def __init__(
        self,
        installation: Installation,
        known: Mapping[Path, Entries],
        generation: EarlierSetup,
        copies: Mapping[str, bytes],
    ) -> None:
        self._installation, self._known, self._copies = installation, known, copies
        self._files = {each.path: each for each in generation.files}
        self.notes: list[str] = []

    def find_copy(self, path: Path) -> FileState | None:
        """What a file held; ``None`` where the run did not change it, or there was none."""
        file = self._files.get(self._installation.links.get(path, path))
        return make_state(file, self._copies) if file else None

    def restore(self, entry: FileEntry) -> Written:
        """The change, and the entry for the receipt."""
        file, now = self._files.get(entry.path), self._installation.state(entry.path)
        kind = KINDS[entry.kind]
        if file is None or _is_same(now, file):
            return Written(Change(entry.path, kind.name, now, now), entry)
        earlier = (_make_tree if kind.is_directory else make_state)(file, self._copies)
        if not kind.is_ours and (now.digest if now else None) != file.left:
            self.notes.append(f"`{entry.path}` was changed by somebody else since; only our part is restored")
            return self._merge(entry, now, earlier)
        if now is not None and earlier is not None and not kind.is_ours:
            earlier = earlier._replace(mode=now.mode, owner=now.owner)  # whoever changed them meant it
        sensitive = any(state is not None and state.is_private for state in (now, earlier))
        holds = sensitive and kind.is_ours and not kind.is_directory
        change = Change(entry.path, kind.name, now, earlier, sensitive=sensitive, holds_password=holds)
        return Written(change, entry)

    def _merge(self, entry: FileEntry, now: FileState | None, earlier: FileState | None) -> Written:
        """Our part as it was, in a file that others have written since."""
        existing = Existing(entry.path, now, self._known.get(entry.path, ()))
        if entry.kind == BLOCK.name:
            body = find_block(earlier.text) if earlier else None
            written = BLOCK.write(existing, body, None) if body else None
        else:
            settings = find_settings(entry, earlier.text if earlier else "")
            written = SETTINGS.write(existing, settings) if settings.values else None
        if written is not None:
            return Written(written.change, written.entry._replace(created=entry.created))
        undone = undo_all(self._installation, [existing.known or (entry,)])
        self.notes += undone.notes
        changes = undone.changes or (Change(entry.path, KINDS[entry.kind].name, now, now),)
        return Written(changes[0], entry)


def _is_same(now: FileState | None, file: EarlierFile) -> bool:
    if now is None:
        return file.digest is None
    return now.digest == file.digest and (not KINDS[file.kind].is_ours or now.mode == file.mode)
