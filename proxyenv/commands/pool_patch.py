"""``proxyenv pool patch`` and ``pool restore``: the templates of work pools, and back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from proxyenv.catalog.pools import find_pool_type
from proxyenv.catalog.pools.pool_type import PoolWanted
from proxyenv.commands.arguments import CONSENT
from proxyenv.commands.changes import has_consent, refuse_protected_files
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.placing import PLACE_OPTIONS, settle_place
from proxyenv.commands.pooling import POOL_OPTIONS, ask_pools
from proxyenv.commands.terminal import printable
from proxyenv.decide.pool_jobs import show_value
from proxyenv.errors import ApplyError, PlanError, ProxyenvError, not_installed
from proxyenv.model.jobs import API_ROOTS
from proxyenv.model.option import Option
from proxyenv.model.place import find_place
from proxyenv.model.pool import ENV_DEFAULT
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.target import Variable
from proxyenv.plan.pools import plan_patch, plan_restore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.commands.command import Session
    from proxyenv.commands.pooling import AskedPools
    from proxyenv.model.host import Host
    from proxyenv.model.place import PlaceTarget
    from proxyenv.model.pool import WorkPool
    from proxyenv.plan.pools import PoolPlan

_REFUSED: Final = frozenset({"changed-meanwhile", "pool-not-written"})
"""The errors after which the template is certainly as it was."""


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """One value of a template that changes.

    Args:
        pool: whose template.
        path: the keys and indices that lead to it, with dots between them.
        before: as it may be shown, or `null` where there is nothing.
        after: the same, as it is to be.
    """

    pool: str
    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PoolChangesResult:
    """What changes in the templates of work pools.

    Args:
        changes: by pool; empty when nothing changes.
    """

    changes: tuple[TemplateChange, ...]


def patch(session: Session) -> Reply:
    """Write proxy and CA into the templates of pools, so that their jobs get them.

    Raises:
        DiscoveryError: ``not-installed``, ``pool-unknown``, ``no-prefect-api``, ``nothing-found``.
        PlanError: ``pool-template``, ``loopback-elsewhere``, ``password-refused``.
        ApplyError: ``pool-not-written``, ``changed-meanwhile``, or the receipt cannot be written.
        VerifyError: ``prefect-unusable``.
    """
    asked = ask_pools(session)
    if asked.installation.receipt is None:
        raise not_installed()  # what is written has to be recorded, for `pool restore`
    plans = tuple(_plan_patch(session, asked, pool) for pool in asked.read.pools)
    return _carry_out(session, asked, plans)


def restore(session: Session) -> Reply:
    """Give the templates of pools back; what somebody has changed since stays.

    Raises:
        PlanError: ``pool-not-patched``.
        ProxyenvError: see :func:`patch`.
    """
    asked = ask_pools(session, may_lack=True)
    for name in (*asked.read.missing, *(pool.name for pool in asked.read.pools)):
        if asked.find_entry(name) is None:
            raise PlanError(
                "pool-not-patched",
                f"nothing is recorded here that was written into `{name}` of `{asked.read.api}`",
            )
    if not session.options.dry_run:
        _forget_gone(session, asked)
    entries = ((pool, asked.find_entry(pool.name)) for pool in asked.read.pools)
    plans = tuple(plan_restore(pool, entry) for pool, entry in entries if entry is not None)
    return _carry_out(session, asked, plans)


def _forget_gone(session: Session, asked: AskedPools) -> None:
    from proxyenv.apply.receipts import record_pool

    refuse_protected_files((session.host.layout.receipt,) if asked.read.missing else ())
    for name in asked.read.missing:
        session.terminal.remark(f"note: the work pool `{name}` is gone, and is forgotten here")
        record_pool(session.host.layout.receipt, asked.read.api, name, None)


def _plan_patch(session: Session, asked: AskedPools, pool: WorkPool) -> PoolPlan:
    kind = find_pool_type(pool.type)
    if kind is None:
        raise PlanError(
            "pool-template", f"the type `{pool.type}` of the work pool `{pool.name}` is not known"
        )
    target = _settle(session, kind)
    mounted = () if session.options.baked or kind.files != "mounted" else _find_mounted(session.host, target)
    wanted = PoolWanted(tuple(_find_variables(target)), target.layout, mounted)
    plan = plan_patch(pool, kind, wanted, api=asked.read.api, entry=asked.find_entry(pool.name))
    if plan.entry is not None:
        made_from, options = _find_source(session, asked), tuple(_keep_options(session))
        plan = plan._replace(entry=plan.entry._replace(made_from=made_from, options=options))
    about_api = "the Prefect API"  # which a worker hands to its jobs, and is not written
    notes = (each for each in target.notes if not each.startswith(about_api))
    return plan._replace(notes=(*plan.notes, *notes, *_note_files(kind, target, mounted)))


def _find_source(session: Session, asked: AskedPools) -> str | None:
    from proxyenv.machine.installation import digest_written

    return None if session.options.config else digest_written(asked.installation, session.host.layout)


def _keep_options(session: Session) -> Iterator[str]:
    """The options as the receipt keeps them, so that the command can be said again: no password."""
    options = session.options
    if options.at:
        yield from ("--at", options.at)
    if options.baked:
        yield "--baked"
    if options.proxy_there:
        there = parse_proxy_url(options.proxy_there)
        yield from ("--proxy-there", "http://HOST:PORT" if there.sensitive else there.reveal())


def _find_variables(target: PlaceTarget) -> Iterator[Variable]:
    """What is set in a job; what would only be unset there is not in it."""
    yield from (each for each in target.variables if each.value is not None)
    if API_ROOTS in target.settings:
        yield Variable(API_ROOTS, target.settings[API_ROOTS])


def _settle(session: Session, kind: PoolType) -> PlaceTarget:
    """What is decided for a job; a process of this machine finds the files where they are here."""
    given = vars(session.options)
    if kind.files == "worker" and given.get("at") is None:
        given = {**given, "at": str(session.host.layout.data)}
    return settle_place(session._replace(options=SimpleNamespace(**given)), find_place(kind.place))


def _find_mounted(host: Host, target: PlaceTarget) -> tuple[tuple[str, str], ...]:
    """The files that the variables name: where they are here, and where they are to be there."""
    here, there = host.layout, target.layout
    pairs = ((here.bundle, there.bundle), (here.corporate, there.corporate), (here.pkcs12, there.pkcs12))
    said = [each.value or "" for each in target.variables] + list(target.settings.values())
    return tuple((str(mine), str(its)) for mine, its in pairs if any(str(its) in value for value in said))


def _note_files(kind: PoolType, target: PlaceTarget, mounted: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """What has to be where before a job can use it."""
    if kind.manifest:
        hidden = any(each.value is not None and not kind.is_plain(each) for each in target.variables)
        parts = (*(("--part ca",) if mounted else ()), *(("--part secret",) if hidden else ()))
        if parts:
            yield f"the namespace of its jobs needs what `proxyenv kubernetes {' '.join(parts)}` prints"
    if not target.anchors:
        return
    if kind.files == "worker":
        yield f"its jobs run on the machines of its workers: `{target.layout.bundle}` has to be on each"
    elif not mounted:
        yield f"its images have to hold `{target.layout.bundle}`"
    elif not kind.manifest:
        yield "its workers have to run on this machine, whose files are mounted; else `--baked`"


def _carry_out(session: Session, asked: AskedPools, plans: tuple[PoolPlan, ...]) -> Reply:
    """Show the plans, ask once, and write them, one pool after the other."""
    pending = tuple(plan for plan in plans if plan.changes)
    changes = tuple(change for plan in pending for change in list_changes(plan))
    result = PoolChangesResult(changes)
    for note in dict.fromkeys(f"`{plan.pool.name}`: {note}" for plan in plans for note in plan.notes):
        session.terminal.remark(f"note: {printable(note)}")
    lines = tuple(_render(changes))
    if session.options.dry_run:
        return Reply(result, lines, "changed" if changes else "ok")
    if not changes:
        session.terminal.remark("nothing to change")
    else:
        for line in lines:
            session.terminal.remark(line)
        if not has_consent(session):
            return Reply(PoolChangesResult(()), ("nothing was changed",), "failed")
    refuse_protected_files((session.host.layout.receipt,))
    _write_all(session, asked, plans)
    return Reply(result, status="changed" if changes else "ok")


def _write_all(session: Session, asked: AskedPools, plans: tuple[PoolPlan, ...]) -> None:
    for number, plan in enumerate(plans):
        try:
            _write(session, asked, plan)
        except ProxyenvError as error:
            if number:
                earlier = ", ".join(f"`{each.pool.name}`" for each in plans[:number])
                message = error.message.removesuffix("; nothing was changed")
                error.message = f"{message}; done before: {earlier}"
            raise


def _write(session: Session, asked: AskedPools, plan: PoolPlan) -> None:
    """Record first and write then, so that what was written can always be taken back; and forget last."""
    from proxyenv.apply.receipts import record_pool, recording_pool

    receipt, api, name = session.host.layout.receipt, asked.read.api, plan.pool.name
    if plan.entry is None:
        with recording_pool(receipt, api, name, None):
            _write_template(session, asked, plan)
        return
    record_pool(receipt, api, name, plan.entry)
    try:
        _write_template(session, asked, plan)
    except ApplyError as error:
        if error.code in _REFUSED:
            with suppress(ApplyError):  # a record of what was not written does no harm
                record_pool(receipt, api, name, asked.find_entry(name))
        raise


def _write_template(session: Session, asked: AskedPools, plan: PoolPlan) -> None:
    from proxyenv.checks.pools import write_template

    if plan.changes:
        session.terminal.progress(f"writing the template of {plan.pool.name}")
        write_template(asked.subject, plan.pool, plan.after)


def list_changes(plan: PoolPlan) -> Iterator[TemplateChange]:
    """What differs in the template, each value as it may be shown."""
    before: Mapping[str, Any] = plan.pool.template
    name = plan.pool.name
    if bool(before) != bool(plan.after):
        usual = f"the usual template of `{plan.pool.type}`"
        yield TemplateChange(name, "", None if plan.after else usual, usual if plan.after else None)
        before = before or plan.pool.usual_template or {}
    if plan.after:
        yield from _compare(name, before, plan.after, ())


def _compare(pool: str, before: Any, after: Any, path: tuple[str, ...]) -> Iterator[TemplateChange]:  # noqa: ANN401 - JSON
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _compare(pool, before.get(key, _MISSING), after.get(key, _MISSING), (*path, key))
    elif isinstance(after, dict) and before in (_MISSING, None) and after:
        yield from _compare(pool, {}, after, path)
    elif isinstance(before, dict) and after in (_MISSING, None) and before:
        yield from _compare(pool, before, {}, path)
    elif isinstance(before, list) and isinstance(after, list):
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from _compare(pool, old, new, (*path, str(number)))
        place = ".".join((*path, "-"))
        yield from (TemplateChange(pool, place, _show(path, item), None) for item in before[len(after) :])
        yield from (TemplateChange(pool, place, None, _show(path, item)) for item in after[len(before) :])
    elif isinstance(after, list) and before is _MISSING:
        yield from _compare(pool, [], after, path)
    elif isinstance(before, list) and after is _MISSING:
        yield from _compare(pool, before, [], path)
    elif before != after or type(before) is not type(after):
        yield TemplateChange(pool, ".".join(path), _show(path, before), _show(path, after))


_MISSING: Final = object()


def _show(path: tuple[str, ...], value: object) -> str | None:
    """A value as it may be shown; of a variable only what proxyenv knows."""
    if value is _MISSING:
        return None
    if path[:-1] == ENV_DEFAULT and isinstance(value, str):
        return show_value(path[-1], value)
    return json.dumps(value)


def _render(changes: tuple[TemplateChange, ...]) -> Iterator[str]:
    """The changes as a diff, by pool."""
    shown = ""
    for change in changes:
        if change.pool != shown:
            shown = change.pool
            yield f"--- {printable(shown)}"
        if change.before is not None:
            yield f"-{change.path}{': ' if change.path else ''}{printable(change.before)}"
        if change.after is not None:
            yield f"+{change.path}{': ' if change.path else ''}{printable(change.after)}"


_BAKED: Final = {
    "baked": Option(
        ("--baked",),
        "the images of the jobs hold the files already: mount none",
        takes="yes",
        details="For images that have `ca-bundle.pem` where `--at` says.",
    )
}

COMMANDS = {
    "pool patch": Command(patch, PoolChangesResult, {**POOL_OPTIONS, **PLACE_OPTIONS, **_BAKED, **CONSENT}),
    "pool restore": Command(restore, PoolChangesResult, {**POOL_OPTIONS, **CONSENT}),
}
