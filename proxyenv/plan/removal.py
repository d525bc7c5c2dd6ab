"""A receipt becomes a plan that takes everything back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import ProxyenvError
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.model.change import Change, Plan
from proxyenv.plan.kinds import KINDS
from proxyenv.plan.links import foreign_link, leads_away
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import AnchorRecord, Receipt
    from proxyenv.model.store import StoreChange
    from proxyenv.plan.kinds.kind import Entries


def plan_removal(host: Host, installation: Installation, *, stores: tuple[StoreChange, ...] = ()) -> Plan:
    """The changes that put everything back, in the reverse order; also after a run that was killed.

    Args:
        host: the machine.
        installation: what is there.
        stores: what takes our certificates out of trust stores.

    Raises:
        PlanError: ``block-damaged``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    known = known_entries(installation.receipt)
    undone = undo_all(installation, reversed(known.values()))
    named = installation.receipt.directories if installation.receipt else ()
    ours = find_directories(host, installation.receipt)
    return Plan(
        undone.changes,
        host.layout.receipt,
        None,
        directories=tuple(reversed(ours)),
        temporary=installation.temporary,
        kept=(*undone.kept, *(each for each in named if each not in ours)),
        stores=stores,
        earlier_anchors=find_anchors(installation),
        notes=(
            *_pool_notes(installation.receipt),
            *edited_notes(undone.changes),
            *undone.notes,
            *find_service_notes(host, undone.changes),
        ),
    )


def find_directories(host: Host, receipt: Receipt | None) -> tuple[Path, ...]:
    """The directories that a receipt names and that may go once they are empty, outermost first.

    A receipt is data: what leads to no file that it names, nor to a directory of the installation, is left.
    Beside the libraries of a Python `setup` makes directories for the user's own ones alone, below the home.
    """
    layout = host.layout
    homes = {host.home, *host.home.parents}
    switched = receipt.off.receipt if receipt and receipt.off else None
    files = (*known_entries(receipt), *known_entries(switched))
    known = (path for path in files if path.name != HOOK_FILE or path.is_relative_to(host.home))
    inner = {parent for path in known for parent in path.parents}
    ours = {place for each in (layout.config, layout.data, layout.state) for place in (each, *each.parents)}
    named = receipt.directories if receipt else ()
    return tuple(each for each in named if each in inner | ours and each not in homes)


def find_service_notes(host: Host, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """What has to be done to services; only with ``--system`` there are some."""
    if not host.for_all:
        return ()
    from proxyenv.plan.services import service_notes

    return tuple(service_notes(host.layout, changes))


def _pool_notes(receipt: Receipt | None) -> Iterator[str]:
    """What a removal here cannot reach, and what only the receipt knows how to undo."""
    from shlex import quote

    for entry in receipt.pools if receipt else ():
        yield (
            f"the work pool `{entry.pool}` of `{entry.api}` keeps what was written into it: "
            f"`proxyenv pool restore {quote(entry.pool)}` first, since the receipt goes"
        )


def edited_notes(changes: tuple[Change, ...]) -> Iterator[str]:
    """Notes on our own files that somebody else wrote since."""
    for change in changes:
        if KINDS[change.kind].is_ours and change.after is not None:
            yield f"`{change.path}` was changed by somebody else and stays"


def find_anchors(installation: Installation) -> tuple[AnchorRecord, ...]:
    """The corporate CAs that an earlier run set up."""
    return installation.receipt.anchors if installation.receipt else ()


def store_notes(receipt: Receipt, wanted: Collection[str]) -> Iterator[str]:
    """What has to be done to trust stores once the CAs have the *wanted* fingerprints."""
    known = {anchor.fingerprint for anchor in receipt.anchors}
    if any(each.fingerprint not in wanted for entry in receipt.stores for each in entry.certificates):
        yield "trust stores still hold a CA that is no longer set up: `proxyenv trust install` replaces it"
    elif receipt.stores and not known.issuperset(wanted):
        yield "trust stores do not get the new CA by this: `proxyenv trust install` adds it"


def known_entries(receipt: Receipt | None) -> dict[Path, Entries]:
    """Every file that was written, with all that is known of it: the newest entry first.

    A journal supersedes an older receipt; until its files are written, the older ones are there.
    """
    entries: dict[Path, Entries] = {}
    while receipt is not None:
        for entry in receipt.entries:
            entries[entry.path] = (*entries.get(entry.path, ()), entry)
        receipt = receipt.previous
    return entries


class Undone(NamedTuple):
    """The way back of several files: the changes, and what has to stay, with a sentence for each."""

    changes: tuple[Change, ...]
    kept: tuple[Path, ...]
    notes: tuple[str, ...]


def undo_all(installation: Installation, known: Iterable[Entries]) -> Undone:
    """Take files back. One that cannot be read or understood stays as it is; the others still go.

    Args:
        installation: every file as it is.
        known: of each file all that is known, the newest entry first.

    Raises:
        PlanError: ``block-damaged``.
        DiscoveryError: ``file-unreadable``, of a file with a block.
    """
    changes: list[Change] = []
    kept: list[Path] = []
    notes: list[str] = []
    for entries in known:
        try:
            changes.append(undo(installation, entries))
            if changes[-1].path != entries[0].path:  # the link itself stays
                kept.append(entries[0].path)
        except ProxyenvError as error:
            if not KINDS[entries[0].kind].may_stay:
                raise
            kept.append(entries[0].path)
            notes.append(_render_kept(entries, error))
    return Undone(tuple(changes), tuple(kept), tuple(notes))


def _render_kept(entries: Entries, reason: ProxyenvError) -> str:
    keys = dict.fromkeys(f"`{change.key}`" for entry in entries for change in entry.keys)
    of_settings = f", with those of our settings that it still has: {', '.join(keys)}" if keys else ""
    return f"{reason.message}; it stays{of_settings}"


def undo(installation: Installation, entries: Entries) -> Change:
    """The change that takes one file back.

    Args:
        installation: every file as it is.
        entries: all that is known of the file, the newest first.

    Raises:
        PlanError: ``block-damaged`` or ``settings-invalid``; ``foreign-file``: a link took the place of what
            only proxyenv writes.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    kind, path = KINDS[entries[0].kind], entries[0].path
    if kind.is_ours and leads_away(installation, path):
        raise foreign_link(installation, path)
    before = installation.state(path)
    if not kind.is_ours:  # a link that lies there now is written through, as by `setup`
        path = installation.links.get(path, path)
    after = None if before is None else kind.undo(before, entries)
    sensitive = kind.is_ours and before is not None and before.is_private
    holds = sensitive and not kind.is_directory
    return Change(path, kind.name, before, after, sensitive=sensitive, holds_password=holds)
