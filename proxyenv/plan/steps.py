"""Each file that a target wants: the change that writes it, and the entry that lets it be undone."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.shells.rc import rc_newline, render_source_line
from proxyenv.certificates.bundle import merge, render_bundle
from proxyenv.certificates.hash_directory import render_hash_directory
from proxyenv.certificates.pkcs12 import render_pkcs12
from proxyenv.errors import PlanError
from proxyenv.formats import block, profile
from proxyenv.formats.configuration import render_configuration
from proxyenv.formats.pth import render_hook
from proxyenv.model.change import Change, FileState, pack_tree
from proxyenv.model.receipt import FileEntry
from proxyenv.model.url import mask_userinfo
from proxyenv.plan.undo import decode, digest, encode, is_private, restored_profiles, restored_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.change import Kind
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.target import Target
    from proxyenv.model.tools import ToolFile

_DIRECTORY: Final = 0o755
_PUBLIC: Final = 0o644
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is laid over.

    Args:
        layout: where our own files lie.
        installation: every file as it is.
        known: what earlier runs wrote, by path, the newest entry first.
    """

    layout: Layout
    installation: Installation
    known: Mapping[Path, tuple[FileEntry, ...]]


class Step(NamedTuple):
    """One file: the change, and what the receipt will say of it."""

    change: Change
    entry: FileEntry


def make_steps(ground: Ground, target: Target, env_files: Mapping[str, str]) -> list[Step]:
    """Every file in order: each before whatever names it.

    Args:
        ground: what is there.
        target: the decision.
        env_files: the text of each env file, by its ending.

    Raises:
        PlanError: see :func:`proxyenv.plan.plan_setup`.
        DiscoveryError: likewise.
    """
    return [
        *(_owned_step(ground, wanted) for wanted in _roots(ground.layout, target)),
        *(_owned_step(ground, wanted) for wanted in _owned_files(ground.layout, target, env_files)),
        *(_block_step(ground, path, shell) for path, shell in target.rc_files),
        *(_tool_step(ground, file) for file in target.tools),
        _profile_step(ground, target),
    ]


class _Wanted(NamedTuple):
    """What shall stand at a path that only we write."""

    path: Path
    content: bytes
    mode: int
    kind: Kind = "owned"


def _roots(layout: Layout, target: Target) -> Iterator[_Wanted]:
    """The roots, in every form that some client reads; nothing without a corporate CA."""
    if not target.anchors:
        return
    merged = merge(target.public_roots, target.anchors)
    title = f"public roots ({target.roots_title}) and corporate CAs"
    yield _Wanted(layout.bundle, render_bundle(merged, title=title), _PUBLIC)
    yield _Wanted(layout.corporate, render_bundle(target.anchors, title="corporate CAs"), _PUBLIC)
    yield _Wanted(layout.certs, pack_tree(render_hash_directory(merged)), _DIRECTORY, "tree")
    yield _Wanted(layout.pkcs12, render_pkcs12(merged), _PUBLIC)


def _owned_files(layout: Layout, target: Target, env_files: Mapping[str, str]) -> Iterator[_Wanted]:
    mode = _PRIVATE if target.sensitive else _PUBLIC
    for dialect, text in env_files.items():
        yield _Wanted(layout.env_file(dialect), encode(text), mode)
    yield _Wanted(layout.configuration, encode(render_configuration(target.configuration)), mode)
    yield from (_Wanted(path, encode(render_hook()), _PUBLIC) for path in target.hooks)


def _owned_step(ground: Ground, wanted: _Wanted) -> Step:
    path = ground.installation.links.get(wanted.path, wanted.path)
    before = ground.installation.state(path)
    if before is not None and path not in ground.known and before.content != wanted.content:
        raise PlanError(
            "foreign-file",
            f"`{path}` exists and was not written by proxyenv",
            hint="move it away, or choose another directory with `--prefix`",
        )
    after = FileState(wanted.content, wanted.mode, before.owner if before else None)
    change = Change(path, wanted.kind, before, after, sensitive=is_private(before) or is_private(after))
    return Step(change, FileEntry(path, wanted.kind, digest(wanted.content), created=True, mode=wanted.mode))


def _block_step(ground: Ground, path: Path, shell: str) -> Step:
    before = ground.installation.state(path)
    text = decode(before.content) if before else ""
    body = render_source_line(shell, ground.layout)
    if path not in ground.known and block.find_block(text) not in {None, body}:
        raise PlanError(
            "other-installation",
            f"`{path}` has a block of another installation of proxyenv",
            hint="uninstall that one first, with its `--prefix`; or set this one up with `--no-rc`",
        )
    newline = rc_newline(shell)
    content = encode(block.upsert_block(text, body, newline=newline, source=f"`{path}`"))
    return _foreign_step(ground, FileEntry(path, "block", digest(content), created=False), content, _PUBLIC)


def _profile_step(ground: Ground, target: Target) -> Step:
    """The edit is made on the file as it was without us, so that its inverse always leads back there."""
    wanted = target.profile
    before = ground.installation.state(wanted.path)
    source = f"`{wanted.path}`"
    current = decode(before.content) if before else ""
    original = restored_profiles(current, ground.known.get(wanted.path, ()), source)
    text, keys = profile.edit_profile(
        original, name=wanted.name, settings=wanted.settings, activate=wanted.activate, source=source
    )
    content = encode(text)
    entry = FileEntry(
        wanted.path,
        "keys",
        digest(content),
        created=False,
        profile=wanted.name,
        keys=keys,
        hunks=profile.find_hunks(text, original),
    )
    return _foreign_step(ground, entry, content, _PRIVATE)


def _tool_step(ground: Ground, file: ToolFile) -> Step:
    """Settings in a tool's own file, or a file that only we write there."""
    from proxyenv.formats.settings import edit_settings, find_splice

    if file.content is not None:
        return _owned_step(ground, _Wanted(file.path, encode(file.content), _PUBLIC))
    before = ground.installation.state(file.path)
    source = f"`{file.path}`"
    _require_closed(file, before)
    current = decode(before.content) if before else ""
    known = ground.known.get(file.path, ())
    original = restored_tool(current, known, source)
    text, keys = edit_settings(original, file.grammar, file.settings, source=source)
    if _is_held(current, file, known, source):
        text = current
    content = encode(text)
    entry = FileEntry(
        file.path,
        "settings",
        digest(content),
        created=False,
        keys=keys,
        hunks=find_splice(text, original),
        grammar=file.grammar,
    )
    step = _foreign_step(ground, entry, content, _PRIVATE if file.sensitive else _PUBLIC)
    shown = tuple(f"{key} = {mask_userinfo(value)}" for key, value in file.settings)
    return step._replace(change=replace(step.change, sensitive=file.sensitive, shown=shown))


def _is_held(text: str, file: ToolFile, known: tuple[FileEntry, ...], source: str) -> bool:
    """Whether a file that its tool wrote anew holds what it shall, and nothing of ours beside."""
    from proxyenv.formats.settings import edit_settings

    wanted = {key for key, _ in file.settings}
    if not known or any(change.key not in wanted for entry in known for change in entry.keys):
        return False
    return not edit_settings(text, file.grammar, file.settings, source=source)[1]


def _require_closed(file: ToolFile, before: FileState | None) -> None:
    """Refuse to put a password where others may read it; the mode of the file is not ours to change."""
    if file.sensitive and before is not None and not is_private(before):
        raise PlanError(
            "password-refused",
            f"`{file.path}` has mode {before.mode:04o}, and would get the proxy's password",
            hint=f"`chmod 600 {shlex.quote(str(file.path))}`, or leave `--configure {file.tool}` out",
        )


def _foreign_step(ground: Ground, entry: FileEntry, content: bytes, mode: int) -> Step:
    before = ground.installation.state(entry.path)
    known = ground.known.get(entry.path)
    after = FileState(content, before.mode if before else mode, before.owner if before else None)
    created = known[-1].created if known else before is None
    return Step(Change(entry.path, entry.kind, before, after), replace(entry, created=created))
