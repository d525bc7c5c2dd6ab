"""A target becomes a plan, and so does a receipt: setting up and removing are two builders of one type.

Undoing never trusts memory alone. A file that only we write is deleted if it still holds what we
wrote; of somebody else's file, what others wrote since stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv.errors import PlanError
from proxyenv.model.change import Change
from proxyenv.model.file_state import FileState
from proxyenv.model.plan import Plan
from proxyenv.model.receipt import AnchorRecord, Entry, Receipt
from proxyenv.targets import block, profile
from proxyenv.targets.configuration import render_configuration
from proxyenv.targets.env_list import render_env_list
from proxyenv.targets.fish import render_fish
from proxyenv.targets.posix import render_posix
from proxyenv.targets.rc import render_source_line
from proxyenv.trust.bundle import merge, render_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.target import Target

_PUBLIC, _PRIVATE = 0o644, 0o600
_MOST_ANCHORS = 3


def plan_setup(host: Host, findings: Findings, target: Target, *, version: str) -> Plan:
    """The changes that make the machine as the target says.

    Args:
        host: the machine.
        findings: as discovery read them; ``files`` holds every file that the target names.
        target: the decision.
        version: of proxyenv, for the receipt.

    Raises:
        PlanError: a value cannot be written, or a managed block is damaged.
        DiscoveryError: ``profiles-invalid``.
    """
    installation = findings.installation
    files, old = installation.files, _entries(installation.receipt)
    steps = [
        *_owned_files(host, target, files, old),
        *(
            _block_change(path, render_source_line(shell, _env_file(host, shell)), files, old)
            for path, shell in target.rc_files
        ),
        _profile_change(target, files, old),
    ]
    written = {change.path for change, _ in steps}
    superseded = tuple(_undo(entries, files) for path, entries in old.items() if path not in written)
    changes = tuple(change for change, _ in steps)
    receipt = Receipt(
        version=version,
        state="done",
        entries=tuple(entry for _, entry in steps),
        directories=_directories(installation, written),
        anchors=tuple(
            AnchorRecord(anchor.fingerprint, anchor.subject, anchor.not_after.isoformat())
            for anchor in target.anchors
        ),
        certifi=target.certifi_version if target.anchors else None,
        profile=target.profile.name,
        variables=tuple(variable.name for variable in target.variables),
    )
    return Plan(
        (*changes, *superseded),
        host.layout.receipt,
        receipt,
        summary=tuple(_summary(target)),
        notes=target.notes,
    )


def _summary(target: Target) -> Iterator[tuple[str, str]]:
    if target.http_proxy == target.https_proxy:
        yield "proxy", str(target.http_proxy or "none: direct")
    else:
        yield "proxy", f"{target.http_proxy or 'direct'} for http, {target.https_proxy or 'direct'} for https"
    yield "direct", ",".join(target.no_proxy)
    for anchor in target.anchors[:_MOST_ANCHORS]:
        yield (
            "CA",
            f"{anchor.subject}, valid until {anchor.not_after:%Y-%m-%d}, SHA-256 {anchor.fingerprint[:16]}…",
        )
    if len(target.anchors) > _MOST_ANCHORS:
        yield "", f"and {len(target.anchors) - _MOST_ANCHORS} more"
    if not target.anchors:
        yield "CA", "none: the roots of each client stay as they are"
    api = target.profile.settings.get("PREFECT_API_URL", "none: an ephemeral server for each flow")
    active = ", made active" if target.profile.activate else ""
    yield "Prefect", f"profile `{target.profile.name}`{active}; API {api}"


def _directories(installation: Installation, written: set[Path]) -> tuple[Path, ...]:
    """The directories of earlier runs, and those that this plan needs and that are missing."""
    earlier = installation.receipt.directories if installation.receipt else ()
    parents = {parent for path in written for parent in path.parents}
    return tuple(
        dict.fromkeys((*earlier, *(path for path in installation.missing_directories if path in parents)))
    )


def plan_removal(host: Host, installation: Installation) -> Plan:
    """The changes that put everything back, in the reverse order; also after a run that was killed.

    Raises:
        PlanError: ``block-damaged``.
        DiscoveryError: ``profiles-invalid``.
    """
    old = _entries(installation.receipt)
    changes = tuple(_undo(entries, installation.files) for entries in reversed(old.values()))
    directories = installation.receipt.directories if installation.receipt else ()
    return Plan(
        changes,
        host.layout.receipt,
        None,
        directories=tuple(reversed(directories)),
        temporary=installation.temporary,
        notes=tuple(
            f"`{change.path}` was changed by somebody else and stays"
            for change in changes
            if change.kind == "owned" and change.after is not None
        ),
    )


def digest(content: bytes) -> str:
    """SHA-256, lower-case hex, as receipts hold it."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes) -> str:
    """Text of a file whose encoding is not ours to judge; :func:`encode` is its exact inverse."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The inverse of :func:`decode`."""
    return text.encode("utf-8", "surrogateescape")


def _entries(receipt: Receipt | None) -> dict[Path, tuple[Entry, ...]]:
    """Every file of ours, with all that is known of it: the newest entry first.

    A journal supersedes an older receipt; until its files are written, the older ones are there.
    """
    entries: dict[Path, tuple[Entry, ...]] = {}
    while receipt is not None:
        for entry in receipt.entries:
            entries[entry.path] = (*entries.get(entry.path, ()), entry)
        receipt = receipt.previous
    return entries


def _env_file(host: Host, shell: str) -> Path:
    return host.layout.env_file("fish" if shell == "fish" else "sh")


# Files that only we write


def _owned_files(
    host: Host, target: Target, files: Mapping[Path, FileState | None], old: Mapping[Path, tuple[Entry, ...]]
) -> list[tuple[Change, Entry]]:
    layout, secret = host.layout, target.sensitive
    contents: list[tuple[Path, bytes, bool]] = []
    if target.anchors:
        merged = merge(target.public_roots, target.anchors)
        title = f"public roots (certifi {target.certifi_version}) and corporate CAs"
        contents = [
            (layout.bundle, render_bundle(merged, title=title), False),
            (layout.corporate, render_bundle(target.anchors, title="corporate CAs"), False),
        ]
    variables = target.variables
    contents += [
        (layout.env_file("sh"), encode(render_posix(variables)), secret),
        (layout.env_file("fish"), encode(render_fish(variables)), secret),
        (layout.env_file("list"), encode(render_env_list(variables)), secret),
        (layout.configuration, encode(render_configuration(target.configuration)), secret),
    ]
    return [
        _owned_change(path, content, files, old, sensitive=sensitive) for path, content, sensitive in contents
    ]


def _owned_change(
    path: Path,
    content: bytes,
    files: Mapping[Path, FileState | None],
    old: Mapping[Path, tuple[Entry, ...]],
    *,
    sensitive: bool,
) -> tuple[Change, Entry]:
    before = files[path]
    if before is not None and path not in old and before.content != content:
        raise PlanError(
            "foreign-file",
            f"`{path}` exists and was not written by proxyenv",
            hint="move it away, or choose another directory with `--prefix`",
        )
    after = FileState(content, _PRIVATE if sensitive else _PUBLIC, before.owner if before else None)
    return Change(path, "owned", before, after, sensitive=sensitive), Entry(
        path, "owned", digest(content), created=True
    )


# Somebody else's files


def _block_change(
    path: Path, body: str, files: Mapping[Path, FileState | None], old: Mapping[Path, tuple[Entry, ...]]
) -> tuple[Change, Entry]:
    before = files[path]
    content = encode(block.upsert_block(decode(before.content) if before else "", body, source=f"`{path}`"))
    return _foreign_change(
        Entry(path, "block", digest(content), created=False), content, before, old, _PUBLIC
    )


def _profile_change(
    target: Target, files: Mapping[Path, FileState | None], old: Mapping[Path, tuple[Entry, ...]]
) -> tuple[Change, Entry]:
    """The edit is made on the file as it was without us, so that its inverse always leads back there."""
    wanted = target.profile
    before = files[wanted.path]
    source = f"`{wanted.path}`"
    current = decode(before.content) if before else ""
    original = _restored(current, old.get(wanted.path, ()), source)
    text, keys = profile.edit_profile(
        original, name=wanted.name, settings=wanted.settings, activate=wanted.activate, source=source
    )
    content = encode(text)
    entry = Entry(
        wanted.path,
        "keys",
        digest(content),
        created=False,
        profile=wanted.name,
        keys=keys,
        hunks=profile.find_hunks(text, original),
    )
    return _foreign_change(entry, content, before, old, _PRIVATE)


def _foreign_change(
    entry: Entry, content: bytes, before: FileState | None, old: Mapping[Path, tuple[Entry, ...]], mode: int
) -> tuple[Change, Entry]:
    known = old.get(entry.path)
    after = FileState(content, before.mode if before else mode, before.owner if before else None)
    created = known[-1].created if known else before is None
    return Change(entry.path, entry.kind, before, after), replace(entry, created=created)


def _restored(text: str, entries: tuple[Entry, ...], source: str) -> str:
    """``profiles.toml`` without us: exact where we wrote it last, by keys where somebody did after us."""
    current = digest(encode(text))
    for entry in entries:
        if entry.digest == current:
            return profile.revert(text, entry.hunks)
    for entry in entries:
        text = profile.restore_keys(text, name=entry.profile or "", keys=entry.keys, source=source)
    return text


# Undoing


def _undo(entries: tuple[Entry, ...], files: Mapping[Path, FileState | None]) -> Change:
    """The change that takes a file of ours back; one that somebody else changed since stays."""
    entry, before = entries[0], files.get(entries[0].path)
    after = before
    if before is not None and entry.kind != "owned":
        after = _undone(entries, before)
    elif before is not None and digest(before.content) in {known.digest for known in entries}:
        after = None
    return Change(entry.path, entry.kind, before, after)


def _undone(entries: tuple[Entry, ...], before: FileState) -> FileState | None:
    source = f"`{entries[0].path}`"
    text = decode(before.content)
    if entries[0].kind == "block":
        rest = block.remove_block(text, source=source)
    else:
        rest = _restored(text, entries, source)
    if rest == "" and entries[-1].created:
        return None
    return FileState(encode(rest), before.mode, before.owner)
