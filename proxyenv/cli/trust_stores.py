"""``proxyenv trust install``, ``remove`` and ``status``: the trust stores of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxyenv import operations
from proxyenv.cli import envelope, text
from proxyenv.cli.session import Result
from proxyenv.errors import UsageError
from proxyenv.model.store_kind import STORE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.cli.session import Session
    from proxyenv.model.store import StoreChange
    from proxyenv.model.store_kind import StoreKind
    from proxyenv.plan.stores import StorePlan


def install(session: Session) -> Result:
    """Put the corporate CAs into trust stores."""
    return _carry_out(session, operations.plan_store_installation(session.host, _kinds(session)))


def remove(session: Session) -> Result:
    """Take out what was put in."""
    return _carry_out(session, operations.plan_store_removal(session.host, _kinds(session)))


def status(session: Session) -> Result:
    """Ask the stores' own tools."""
    report = operations.store_status(session.host, _kinds(session))
    data = {"report": envelope.report_data(report)}
    lines = text.render_report(report, session.paint, verbose=session.terminal.verbose)
    return Result("ok" if report.passed else "failed", 0 if report.passed else 1, data, lines)


def _kinds(session: Session) -> tuple[StoreKind, ...]:
    asked = session.options.store
    return tuple(kind for kind in STORE_KINDS if not asked or kind in asked)


def _carry_out(session: Session, plan: StorePlan) -> Result:
    data: dict[str, Any] = {"changes": [_change_data(change) for change in plan.changes]}
    for note in plan.notes:
        session.terminal.remark(f"note: {note}")
    if not plan.changes:
        session.terminal.remark("nothing to change")
        return Result("ok", 0, data)
    if session.options.dry_run:
        return Result("changed", 0, data, (line for change in plan.changes for line in render_store(change)))
    for change in plan.changes:
        for line in render_store(change):
            session.terminal.remark(line)
    if not session.options.yes:
        if not session.terminal.can_ask:
            raise UsageError(
                "confirmation-required",
                "there is no terminal to ask on, and `--yes` was not given",
                hint="`--yes` goes ahead without asking, `--dry-run` only shows",
            )
        if not session.terminal.confirm("Go ahead?"):
            return Result("failed", 1, {"changes": []}, ("nothing was changed",))
    operations.apply_stores(session.host, plan, progress=session.terminal.progress)
    session.terminal.remark("done, and verified by the stores' own tools")
    return Result("changed", 0, data)


def render_store(change: StoreChange) -> Iterator[str]:
    """One store: the files and the exact commands."""
    yield f"  {change.action:<8} {text.printable(change.entry.store.title)}"
    yield from (f"           write   {path}" for path, _ in change.put)
    yield from (f"           delete  {path}" for path in change.delete)
    yield from (f"           run     {text.printable(str(command))}" for command in change.commands)
    if change.action == "remove":
        kept = (str(witness.path) for witness in change.entry.witnesses)
        yield from (f"           restore {path}, if nobody has changed it since" for path in kept)
    yield from (f"           verify  {text.printable(str(check.command))}" for check in change.checks)


def _change_data(change: StoreChange) -> dict[str, Any]:
    store = change.entry.store
    return {
        "path": str(store.place),
        "action": change.action,
        "kind": store.kind,
        "commands": [str(command) for command in change.commands],
    }
