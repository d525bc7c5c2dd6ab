"""A target becomes a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_files import render_env_files
from proxyenv.certificates.verdicts import judge_records
from proxyenv.model.change import Plan
from proxyenv.model.receipt import AnchorRecord, Receipt
from proxyenv.model.url import show_location
from proxyenv.plan.links import require_no_links
from proxyenv.plan.removal import (
    find_anchors,
    find_directories,
    find_service_notes,
    known_entries,
    store_notes,
    undo_all,
)
from proxyenv.plan.rollback import keep_earlier
from proxyenv.plan.steps import Ground, make_steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.change import Change
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.target import Target

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
    require_no_links(installation, (entry for each in ground.known.values() for entry in each))
    env_files = render_env_files(target.variables, target.container_variables)
    steps = make_steps(ground, target, env_files.texts)
    written = {step.change.path for step in steps}
    others = {path: known for path, known in ground.known.items() if path not in written}
    others.pop(ground.copies, None)
    superseded = undo_all(installation, others.values())
    changes = (*(step.change for step in steps), *superseded.changes)
    kept = keep_earlier(ground, changes)
    records = tuple(
        AnchorRecord(
            each.fingerprint,
            each.subject,
            each.not_after.isoformat(),
            target.verdicts.get(each.fingerprint, ()),
            each.issuer,
        )
        for each in target.anchors
    )
    return Plan(
        (*kept.changes, *changes),
        host.layout.receipt,
        Receipt(
            version=version,
            state="done",
            entries=(*kept.entries, *(step.entry for step in steps)),
            directories=_directories(installation, {*written, ground.copies}),
            anchors=records,
            stores=installation.receipt.stores if installation.receipt else (),
            pools=installation.receipt.pools if installation.receipt else (),
            certifi=target.certifi_version if target.anchors else None,
            system=target.system_digest if target.anchors else None,
            profile=target.profile.name,
            variables=tuple(variable.name for variable in target.variables),
            replaced=kept.replaced,
            network=findings.surroundings.network,
        ),
        kept=superseded.kept,
        for_all=host.for_all,
        directories=_left(host, installation, {*written, ground.copies, host.layout.receipt}),
        earlier_anchors=find_anchors(installation),
        summary=(*_summary(target), *_going(installation, target)),
        notes=(
            *target.notes,
            *env_files.notes,
            *_rotation(installation, target),
            *superseded.notes,
            *_refusals(records, target),
            *_password_notes(host, changes, target),
            *find_service_notes(host, changes),
        ),
    )


def _refusals(records: tuple[AnchorRecord, ...], target: Target) -> Iterator[str]:
    """Which Python will refuse one of the CAs."""
    for each in judge_records(records, target.versions, target.configuration.target_pythons):
        yield f"CA {each.detail}; {each.hint}"


def _password_notes(host: Host, changes: tuple[Change, ...], target: Target) -> Iterator[str]:
    """Which files will hold the proxy's password, or a token that a URL has, and who may read them."""
    holding = [(each, mode) for each in changes if (mode := each.password_mode)]
    if all(each.action == "none" for each, _ in holding):
        return
    places: dict[Path, list[str]] = {}
    for each, _ in holding:
        places.setdefault(each.path.parent, []).append(f"`{each.path.name}`")
    modes = "/".join(sorted({mode for _, mode in holding}))
    listed = "; ".join(f"{', '.join(names)} in `{_shorten(place, host)}`" for place, names in places.items())
    secret = "the proxy's password" if target.sensitive else "a URL that may hold a token"
    yield f"{secret} is written to files of mode {modes}: {listed}"


def _shorten(path: Path, host: Host) -> str:
    return f"~/{path.relative_to(host.home)}" if path.is_relative_to(host.home) else str(path)


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
    if target.policy is not None:
        held = "as pinned" if target.policy.pinned else "not pinned"
        yield "policy", f"{target.policy.source}, SHA-256 {target.policy.digest[:16]}…, {held}"
    if target.timer:
        yield "timer", "`refresh --if-stale`, every hour"
    api = target.profile.settings.get("PREFECT_API_URL", "none: an ephemeral server for each flow")
    active = ", made active" if target.profile.activate else ""
    yield "Prefect", f"profile `{target.profile.name}`{active}; API {show_location(api)}"


def _going(installation: Installation, target: Target) -> Iterator[tuple[str, str]]:
    """The CAs of an earlier run that will no longer be trusted."""
    kept = {each.fingerprint for each in (*target.anchors, *target.public_roots)}
    for anchor in find_anchors(installation):
        if anchor.fingerprint not in kept:
            yield "CA goes", f"{anchor.subject}, SHA-256 {anchor.fingerprint[:16]}…: no longer trusted"


def _rotation(installation: Installation, target: Target) -> Iterator[str]:
    """What is still trusted of the CAs that an earlier run set up, and no longer wanted."""
    wanted = {anchor.fingerprint for anchor in target.anchors}
    roots = {root.fingerprint for root in target.public_roots}
    for anchor in find_anchors(installation):
        if anchor.fingerprint in roots - wanted:
            yield f"CA `{anchor.subject}` stays trusted: it is among the roots of {target.roots_title}"
    if installation.receipt:
        yield from store_notes(installation.receipt, wanted)


def _left(host: Host, installation: Installation, written: set[Path]) -> tuple[Path, ...]:
    """The directories of earlier runs in which this one writes nothing, innermost first."""
    earlier = find_directories(host, installation.receipt)
    parents = {parent for path in written for parent in path.parents}
    return tuple(each for each in reversed(earlier) if each not in parents)


def _directories(installation: Installation, written: set[Path]) -> tuple[Path, ...]:
    """The directories of earlier runs, and those that this plan needs and that are missing."""
    earlier = installation.receipt.directories if installation.receipt else ()
    parents = {parent for path in written for parent in path.parents}
    needed = (path for path in installation.missing_directories if path in parents)
    return tuple(dict.fromkeys((*earlier, *needed)))
