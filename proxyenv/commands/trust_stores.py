"""``proxyenv trust install``, ``remove`` and ``status``: the trust stores of others."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.apply.programs import passes
from proxyenv.catalog.stores import STORE_KINDS, render_check
from proxyenv.commands.arguments import CONSENT
from proxyenv.commands.changes import ChangesResult, has_consent, refuse_protected_files
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.reports import ReportResult, reply_with_report
from proxyenv.commands.rights import owner_rights
from proxyenv.commands.terminal import printable
from proxyenv.machine.authority import require_authority
from proxyenv.machine.installation import missing_receipt, read_installation
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.stores import find_stores, judge_stores, read_stored_certificates
from proxyenv.model.option import Option
from proxyenv.plan.stores import plan_installation, plan_store_removal, require_rights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from proxyenv.commands.command import Session
    from proxyenv.model.host import Host
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.store import StoreChange
    from proxyenv.plan.stores import StorePlan


@dataclass(frozen=True, slots=True)
class StoreChangeSummary:
    """What changes in one trust store.

    Args:
        path: of the store.
        action: `install` or `remove`.
        kind: `system`, `nss` or `java`.
        commands: what is run, in order.
    """

    path: str
    action: str
    kind: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoresResult:
    """What changes in trust stores.

    Args:
        changes: one for each store, in the order in which they are made; empty when nothing changes.
    """

    changes: tuple[StoreChangeSummary, ...]


def install(session: Session) -> Reply:
    """Put the corporate CAs into trust stores.

    Raises:
        ProxyenvError: nothing is set up, root is needed, or a tool refused.
    """
    return _apply(session, plan_installation_into_stores(session.host, _kinds(session)))


def remove(session: Session) -> Reply:
    """Take out what was put in.

    Raises:
        ProxyenvError: nothing is set up, root is needed, or a tool refused.
    """
    return _apply(session, plan_removal_from_stores(session.host, _kinds(session)))


def status(session: Session) -> Reply:
    """Ask the stores' own tools whether they trust the corporate CAs.

    Raises:
        DiscoveryError: ``not-installed`` or ``no-corporate-ca``.
        ApplyError: ``store-failed``: a tool could not be asked.
    """
    host = session.host
    stores = find_stores(host, _kinds(session))
    return reply_with_report(
        session, judge_stores(read_installation(host), host.layout, stores, passes=passes)
    )


def plan_installation_into_stores(host: Host, kinds: Collection[str]) -> StorePlan:
    """What ``trust install`` would do. The stores' own tools are asked what is there.

    Raises:
        DiscoveryError: ``not-installed`` or ``no-corporate-ca``.
        PlanError: ``needs-root``.
        ApplyError: ``store-failed``: a tool could not be asked.
    """
    installation = read_installation(host)
    if installation.receipt is None:
        raise missing_receipt(host, installation)
    stores = find_stores(host, kinds)
    require_authority(host, installation.receipt, stores=stores)
    plan = plan_installation(
        stores,
        read_stored_certificates(installation, host.layout),
        installation.receipt.stores,
        has=lambda store, certificate: passes(render_check(store, certificate)),
    )
    require_rights(host, plan.changes, python=sys.executable, verb="trust install")
    return plan


def plan_removal_from_stores(host: Host, kinds: Collection[str]) -> StorePlan:
    """What ``trust remove`` would do, and ``uninstall`` before all else.

    Raises:
        DiscoveryError: ``not-installed``.
        PlanError: ``needs-root``.
    """
    installation = read_installation(host)
    if installation.receipt is None:
        raise missing_receipt(host, installation)
    require_authority(host, installation.receipt)
    plan = plan_emptying(host, installation.receipt, kinds)
    require_rights(host, plan.changes, python=sys.executable, verb="trust remove")
    return plan


def plan_emptying(host: Host, receipt: Receipt, kinds: Collection[str]) -> StorePlan:
    """What takes out of the stores what a receipt says was put in.

    Raises:
        DiscoveryError: ``receipt-invalid``.
    """
    found = find_stores(host, kinds) if receipt.stores else ()
    machine = LocalMachine(host)
    return plan_store_removal(receipt.stores, kinds, found=found, exists=machine.exists)


def _kinds(session: Session) -> tuple[str, ...]:
    asked = session.options.store
    return tuple(kind for kind in STORE_KINDS if not asked or kind in asked)


def _apply(session: Session, plan: StorePlan) -> Reply:
    from proxyenv.apply.stores import apply_stores

    result = StoresResult(tuple(map(summarise_store, plan.changes)))
    for note in plan.notes:
        session.terminal.remark(f"note: {note}")
    if not plan.changes:
        session.terminal.remark("nothing to change")
        return Reply(result)
    if session.options.dry_run:
        lines = (line for change in plan.changes for line in render_store(change))
        return Reply(result, lines, "changed")
    for change in plan.changes:
        for line in render_store(change):
            session.terminal.remark(line)
    if not has_consent(session):
        return Reply(ChangesResult(()), ("nothing was changed",), "failed")
    files = (path for change in plan.changes for path in (*(path for path, _ in change.put), *change.delete))
    refuse_protected_files((session.host.layout.receipt, *files))
    with owner_rights(session.host):
        apply_stores(session.host.layout.receipt, plan.changes, progress=session.terminal.progress)
    session.terminal.remark("done, and verified by the stores' own tools")
    if any(change.entry.store.kind == "system" for change in plan.changes):
        from proxyenv.machine.processes import find_container_daemons

        for each in find_container_daemons():
            session.terminal.remark(
                f"restart it, it read the store when it started: `{each.command}` (process {each.pid})"
            )
    return Reply(result, status="changed")


def summarise_store(change: StoreChange) -> StoreChangeSummary:
    """One store as a result."""
    store = change.entry.store
    commands = tuple(str(command) for command in change.commands)
    return StoreChangeSummary(str(store.place), change.action, store.kind, commands)


def render_store(change: StoreChange) -> Iterator[str]:
    """One store: the files and the exact commands."""
    yield f"  {change.action:<8} {printable(change.entry.store.title)}"
    yield from (f"           write   {path}" for path, _ in change.put)
    yield from (f"           delete  {path}" for path in change.delete)
    yield from (f"           run     {printable(str(command))}" for command in change.commands)
    if change.action == "remove":
        kept = (str(witness.path) for witness in change.entry.witnesses)
        yield from (f"           restore {path}, if nobody has changed it since" for path in kept)
    yield from (f"           verify  {printable(str(check.command))}" for check in change.checks)


_STORE = {
    "store": Option(
        ("--store",),
        "which trust stores (repeatable; default: all that are found)",
        takes="values",
        choices=STORE_KINDS,
    )
}

COMMANDS = {
    "trust install": Command(install, StoresResult, {**_STORE, **CONSENT}),
    "trust remove": Command(remove, StoresResult, {**_STORE, **CONSENT}),
    "trust status": Command(status, ReportResult, _STORE),
}
