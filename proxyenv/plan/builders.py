"""A target becomes a plan, and so does a receipt: setting up and removing are two builders of one type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.env_files import render_env_files
from proxyenv.errors import ProxyenvError
from proxyenv.model.change import Change, Plan
from proxyenv.model.receipt import AnchorRecord, Receipt
from proxyenv.model.url import mask_userinfo
from proxyenv.plan.kinds import KINDS
from proxyenv.plan.steps import Ground, make_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.store import StoreChange
    from proxyenv.model.target import Target
    from proxyenv.plan.kinds.kind import Entries


__all__ = ["plan_removal", "plan_setup"]

_MOST_ANCHORS: Final = 3


def plan_setup(host: Host, findings: Findings, target: Target, *, version: str) -> Plan:
    """The changes that make the machine as the target says.

    Args:
        host: the machine.
        findings: as discovery read them.
        target: the decision.
        version: of proxyenv, for the receipt.

    Raises:
        PlanError: a value cannot be written, a managed block is damaged or belongs to another
            installation, or a file that only proxyenv writes was written by somebody else.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    installation = findings.installation
    ground = Ground(host.layout, installation, known_entries(installation.receipt))
    env_files = render_env_files(target.variables)
    steps = make_steps(ground, target, env_files.texts)
    written = {step.change.path for step in steps}
    superseded = undo_all(
        installation, (known for path, known in ground.known.items() if path not in written)
    )
    return Plan(
        (*(step.change for step in steps), *superseded.changes),
        host.layout.receipt,
        Receipt(
            version=version,
            state="done",
            entries=tuple(step.entry for step in steps),
            directories=_directories(installation, written),
            anchors=tuple(
                AnchorRecord(anchor.fingerprint, anchor.subject, anchor.not_after.isoformat())
                for anchor in target.anchors
            ),
            stores=installation.receipt.stores if installation.receipt else (),
            certifi=target.certifi_version if target.anchors else None,
            system=target.system_digest if target.anchors else None,
            profile=target.profile.name,
            variables=tuple(variable.name for variable in target.variables),
        ),
        kept=superseded.kept,
        earlier_anchors=_find_anchors(installation),
        summary=(*_summary(target), *_going(installation, target)),
        notes=(*target.notes, *env_files.notes, *_rotation(installation, target), *superseded.notes),
    )


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
    directories = installation.receipt.directories if installation.receipt else ()
    return Plan(
        undone.changes,
        host.layout.receipt,
        None,
        directories=tuple(reversed(directories)),
        temporary=installation.temporary,
        kept=undone.kept,
        stores=stores,
        earlier_anchors=_find_anchors(installation),
        notes=(*_edited(undone.changes), *undone.notes),
    )


def _edited(changes: tuple[Change, ...]) -> Iterator[str]:
    """Notes on our own files that somebody else wrote since."""
    for change in changes:
        if KINDS[change.kind].is_ours and change.after is not None:
            yield f"`{change.path}` was changed by somebody else and stays"


def _summary(target: Target) -> Iterator[tuple[str, str]]:
    if target.http_proxy == target.https_proxy:
        yield "proxy", str(target.http_proxy or "none: direct")
    else:
        yield "proxy", f"{target.http_proxy or 'direct'} for http, {target.https_proxy or 'direct'} for https"
    yield "direct", ",".join(target.no_proxy)
    for anchor in target.anchors[:_MOST_ANCHORS]:
        until = f"{anchor.not_after:%Y-%m-%d}"
        yield "CA", f"{anchor.subject}, valid until {until}, SHA-256 {anchor.fingerprint[:16]}…"
    if len(target.anchors) > _MOST_ANCHORS:
        yield "", f"and {len(target.anchors) - _MOST_ANCHORS} more"
    if not target.anchors:
        yield "CA", "none: the roots of each client stay as they are"
    if target.hooks:
        yield "trust", "truststore: Python takes its roots from the operating system's store"
    api = target.profile.settings.get("PREFECT_API_URL", "none: an ephemeral server for each flow")
    active = ", made active" if target.profile.activate else ""
    yield "Prefect", mask_userinfo(f"profile `{target.profile.name}`{active}; API {api}")


def _find_anchors(installation: Installation) -> tuple[AnchorRecord, ...]:
    return installation.receipt.anchors if installation.receipt else ()


def _going(installation: Installation, target: Target) -> Iterator[tuple[str, str]]:
    """The CAs of an earlier run that will no longer be trusted."""
    kept = {each.fingerprint for each in (*target.anchors, *target.public_roots)}
    for anchor in _find_anchors(installation):
        if anchor.fingerprint not in kept:
            yield "CA goes", f"{anchor.subject}, SHA-256 {anchor.fingerprint[:16]}…: no longer trusted"


def _rotation(installation: Installation, target: Target) -> Iterator[str]:
    """What is still trusted of the CAs that an earlier run set up, and no longer wanted."""
    wanted = {anchor.fingerprint for anchor in target.anchors}
    roots = {root.fingerprint for root in target.public_roots}
    for anchor in _find_anchors(installation):
        if anchor.fingerprint in roots - wanted:
            yield f"CA `{anchor.subject}` stays trusted: it is among the roots of {target.roots_title}"
    stores = installation.receipt.stores if installation.receipt else ()
    if any(each.fingerprint not in wanted for entry in stores for each in entry.certificates):
        yield "trust stores still hold a CA that is no longer set up: `proxyenv trust install` replaces it"


def _directories(installation: Installation, written: set[Path]) -> tuple[Path, ...]:
    """The directories of earlier runs, and those that this plan needs and that are missing."""
    earlier = installation.receipt.directories if installation.receipt else ()
    parents = {parent for path in written for parent in path.parents}
    needed = (path for path in installation.missing_directories if path in parents)
    return tuple(dict.fromkeys((*earlier, *needed)))


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
    """Take files back. A tool's own file that cannot be understood stays as it is; the others still go.

    Args:
        installation: every file as it is.
        known: of each file all that is known, the newest entry first.

    Raises:
        PlanError: ``block-damaged``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    changes: list[Change] = []
    kept: list[Path] = []
    notes: list[str] = []
    for entries in known:
        try:
            changes.append(undo(installation, entries))
        except ProxyenvError as error:
            if not KINDS[entries[0].kind].may_stay(entries[0]):
                raise
            kept.append(entries[0].path)
            notes.append(_render_kept(entries, error))
    return Undone(tuple(changes), tuple(kept), tuple(notes))


def _render_kept(entries: Entries, reason: ProxyenvError) -> str:
    keys = dict.fromkeys(f"`{change.key}`" for entry in entries for change in entry.keys)
    return f"{reason.message}; it stays, with those of our settings that it still has: {', '.join(keys)}"


def undo(installation: Installation, entries: Entries) -> Change:
    """The change that takes one file back.

    Args:
        installation: every file as it is.
        entries: all that is known of the file, the newest first.

    Raises:
        PlanError: ``block-damaged`` or ``settings-invalid``.
        DiscoveryError: ``profiles-invalid`` or ``file-unreadable``.
    """
    kind, path = KINDS[entries[0].kind], entries[0].path
    before = installation.state(path)
    after = None if before is None else kind.undo(before, entries)
    sensitive = kind.is_ours and before is not None and before.is_private
    return Change(path, kind.name, before, after, sensitive=sensitive)
