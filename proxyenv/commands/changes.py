"""The changes of a plan: as a result, as text, and written once somebody has agreed to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.command import Reply, leaves_out
from proxyenv.commands.rights import owner_rights
from proxyenv.commands.terminal import printable, shorten
from proxyenv.errors import UsageError
from proxyenv.model.url import show_path
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from proxyenv.commands.command import Session
    from proxyenv.model.change import Change, Plan

_TIMER: Final = "refresh"
"""In the names of a timer's files, and of no other: few machines have one."""


@leaves_out("password")
class ChangeSummary(NamedTuple):
    """One file or directory that changes.

    Args:
        path: absolute, symlinks resolved.
        action: `create`, `modify` or `delete`.
        kind: `owned` (a file that only proxyenv writes), `block` (a marked block in one of your files),
            `keys` (keys in `profiles.toml`), `settings` (settings in a file of a tool) or `tree` (a
            directory that only proxyenv writes).
        password: the mode of the file, such as `0600`, where it will hold the proxy's password, or a URL in
            which a token may stand; left out elsewhere.
    """

    path: str
    action: str
    kind: str
    password: str | None = None


class AnchorChange(NamedTuple):
    """A corporate CA that comes or goes.

    Args:
        subject: its name.
        fingerprint: SHA-256, lower-case hex.
        not_after: when it expires, ISO 8601.
        action: `add` or `remove`: whether it will be trusted.
    """

    subject: str
    fingerprint: str
    not_after: str
    action: str


@leaves_out("anchors")
class ChangesResult(NamedTuple):
    """The changes, and nothing else.

    Args:
        changes: in the order in which the files are written; empty when nothing changes.
        anchors: the corporate CAs that come and go; left out where all stay.
    """

    changes: tuple[ChangeSummary, ...]
    anchors: tuple[AnchorChange, ...] | None = None


def summarise(plan: Plan) -> tuple[ChangeSummary, ...]:
    """The changes of *plan* that really change something, without their contents."""
    return tuple(
        ChangeSummary(show_path(each.path), each.action, _find_kind(each), each.password_mode)
        for each in plan.pending
    )


def summarise_anchors(plan: Plan) -> tuple[AnchorChange, ...] | None:
    """The corporate CAs that come and go with *plan*, the latter first."""
    actions = (("remove", plan.removed_anchors), ("add", plan.added_anchors))
    changes = tuple(
        AnchorChange(each.subject, each.fingerprint, each.not_after, action)
        for action, anchors in actions
        for each in anchors
    )
    return changes or None


def _find_kind(change: Change) -> str:
    """The kind as the documents of version 0.1.0 call it."""
    is_profiles = change.kind == "settings" and change.path.name == "profiles.toml"
    return "keys" if is_profiles else change.kind


def show_changes(session: Session, plan: Plan) -> Reply:
    """What would change, and nothing is written."""
    terminal = session.terminal
    is_short = terminal.is_seen and not terminal.verbose and session.verb != "diff"
    for note in () if is_short else find_notes(plan):
        terminal.remark(f"note: {note}")
    if not plan.pending:
        terminal.remark("nothing to change")
    lines: Iterable[str] = ()
    if not is_short:
        lines = (*_render_anchors(plan), *render_diff(plan.pending, session.host.home))
    elif plan.pending:
        from proxyenv.commands.plan_rows import describe_dry_run

        lines = terminal.lay_out(describe_dry_run(plan, session.host.home))
    result = ChangesResult(summarise(plan), summarise_anchors(plan))
    return Reply(result, lines, "changed" if plan.pending else "ok")


def reply_with_changes(plan: Plan) -> Reply:
    """What was changed, once it was."""
    result = ChangesResult(summarise(plan), summarise_anchors(plan))
    return Reply(result, status="changed" if plan.pending else "ok")


def _render_anchors(plan: Plan) -> Iterator[str]:
    """The corporate CAs that come and go: a bundle shows only how many it holds."""
    for sign, anchors in (("-", plan.removed_anchors), ("+", plan.added_anchors)):
        yield from (f"{sign}CA {printable(each.subject)}, SHA-256 {each.fingerprint}" for each in anchors)


def apply_changes(
    session: Session, plan: Plan, heading: str, *, first: Callable[[], None] | None = None
) -> bool:
    """Show the plan, ask once, and write it.

    Args:
        session: with ``--yes``, or a terminal to ask on.
        plan: what to write.
        heading: the line above the changes.
        first: what is done once the answer is yes, before all else.

    Returns:
        Whether it was written; otherwise the answer was no.

    Raises:
        UsageError: ``confirmation-required``.
        ApplyError: it could not be written; what had been written was put back.
    """
    from proxyenv.apply.transaction import apply_plan

    if plan.pending or plan.stores:
        _show_plan(session, plan, heading)
        if not has_consent(session):
            return False
    refuse_protected(plan)
    with owner_rights(session.host) as user:
        if first is not None:
            first()
        apply_plan(plan)
    if any(_TIMER in each.path.name for each in plan.pending):
        from proxyenv.apply.timers import settle_timers

        for said in settle_timers(plan.pending, session.host.environment, user=user):
            session.terminal.remark(f"note: {said}")
    return True


def refuse_protected(plan: Plan) -> None:
    """As :func:`refuse_protected_files`, for all that a plan writes."""
    if plan.pending:
        refuse_protected_files((*(change.path for change in plan.pending), plan.receipt_path))


def refuse_protected_files(paths: Iterable[Path]) -> None:
    """Refuse before anything is written what could not be finished.

    Args:
        paths: of all that will be written.

    Raises:
        ApplyError: ``read-only``.
    """
    from proxyenv.errors import ApplyError
    from proxyenv.machine.content import find_protection

    for path in paths:
        found = find_protection(path)
        if found is not None:
            reason = f"it is {found.words}" if found.path == path else f"`{found.path}` is {found.words}"
            message = f"`{path}` cannot be written: {reason}; nothing was changed"
            hint = f"take that away, then run the command again: `{found.command}`"
            raise ApplyError("read-only", message, hint=hint)


def _show_plan(session: Session, plan: Plan, heading: str) -> None:
    """What a person reads in ten seconds before saying yes; whoever does not look gets every file."""
    terminal = session.terminal
    if terminal.remarks.isatty() and not terminal.verbose:
        from proxyenv.commands.plan_rows import describe_plan

        terminal.remark_rows(describe_plan(plan, session.host.home, heading))
        return
    terminal.remark_lines((session.paint_remark(heading, "bold"),))
    terminal.remark_lines(render_plan(plan, session.host.home, session.paint_remark))


def has_consent(session: Session) -> bool:
    """Whether the changes that were shown may be applied: by ``--yes``, or by an answer.

    Raises:
        UsageError: ``confirmation-required``.
    """
    if session.options.yes:
        return True
    if session.terminal.can_ask:
        return session.terminal.confirm("Apply these changes?")
    raise UsageError(
        "confirmation-required",
        "there is no terminal to ask on, and `--yes` was not given",
        hint="`--yes` applies the changes without asking, `--dry-run` only shows them",
    )


def declined() -> Reply:
    """The answer to a no."""
    return Reply(ChangesResult(()), ("nothing was changed",), "failed")


def render_plan(plan: Plan, home: Path, paint: Callable[[str, str], str]) -> Iterator[str]:
    """The decision, and every file."""
    from proxyenv.plan.kinds import KINDS

    for label, text in plan.summary:
        yield f"  {label:<8} {printable(text)}"
    if plan.summary and plan.pending:
        yield ""
    for change in plan.pending:
        yield f"  {change.action:<8} {printable(shorten(change.path, home))}{KINDS[change.kind].mark}"
    for store in plan.stores:
        yield f"  empty    {printable(store.entry.store.title)} of the corporate CA"
    for note in find_notes(plan):
        yield f"  {paint('note', 'note')}     {printable(note)}"


def find_notes(plan: Plan) -> tuple[str, ...]:
    """What should be known before it is written: the plan's own, other names, and what cannot be written."""
    return (*plan.notes, *_find_notes(plan), *_find_protected(plan))


def _find_protected(plan: Plan) -> Iterator[str]:
    """What the attributes of files keep from being written."""
    from proxyenv.machine.content import find_protection

    found = (find_protection(change.path) for change in plan.pending)
    for each in dict.fromkeys(each for each in found if each is not None):
        yield f"`{each.path}` is {each.words}, so nothing can be written there before `{each.command}`"


def _find_notes(plan: Plan) -> Iterator[str]:
    """What becomes of a file's other names, its owner and its group."""
    from proxyenv.machine.content import has_other_names
    from proxyenv.plan.kinds import KINDS

    for change in plan.pending:
        kind, path = KINDS[change.kind], change.path
        if kind.is_directory or change.before is None:
            continue
        if not kind.is_ours and change.after is not None:
            yield from _foresee(path, change.before.mode)
        elif has_other_names(path):
            yield f"`{path}` has another name, a hard link, which keeps the present content"


def _foresee(path: Path, mode: int) -> Iterator[str]:
    """What becomes of a file of somebody's that gets new content."""
    from proxyenv.apply.in_place import foresee_writing
    from proxyenv.machine.content import has_other_names

    try:
        writing = foresee_writing(path)
    except OSError:  # said when it is written
        return
    if writing.refusal:
        yield f"`{path}` cannot be written: {writing.refusal}"
    elif has_other_names(path) and writing.is_in_place:
        yield f"`{path}` has another name, a hard link: it is written in place, and stays one file"
    elif not writing.keeps_owner and writing.is_in_place:
        yield f"`{path}` is written in place, since another file there could not have its owner and group"
    elif not writing.keeps_owner:
        yield f"`{path}` does not keep its owner and group: it will be that user's in whose directory it is"
    elif has_other_names(path):
        yield (
            f"`{path}` has another name, a hard link, which its mode, {mode:04o}, keeps from being written: "
            "the other name keeps the present content"
        )


def render_diff(changes: tuple[Change, ...], home: Path) -> Iterator[str]:
    """The changes without context, since the context may be somebody else's."""
    from proxyenv.plan.kinds import KINDS

    for change in changes:
        name = printable(shorten(change.path, home))
        if change.sensitive:
            why = "holds a password or a token" if change.holds_password else "only its owner may read it"
            yield f"{change.action} {name}: {why}, not shown"
        else:
            yield from map(printable, KINDS[change.kind].describe(change, name))
        if change.before and change.after and change.before.mode != change.after.mode:
            yield f"mode {name}: {change.before.mode:04o} -> {change.after.mode:04o}"
