"""Each file that a target wants: the change that writes it, and the entry that lets it be undone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import get_shell
from proxyenv.errors import PlanError
from proxyenv.formats.configuration import render_configuration
from proxyenv.formats.profile import profile_settings
from proxyenv.formats.pth import render_hook
from proxyenv.plan.kinds.block import BLOCK
from proxyenv.plan.kinds.kind import Existing
from proxyenv.plan.kinds.owned import OWNED, TREE, OwnedKind
from proxyenv.plan.kinds.settings import SETTINGS, Settings
from proxyenv.plan.roots import render_root_files
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.change import FileState
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.target import Target
    from proxyenv.model.tools import ToolFile
    from proxyenv.plan.kinds.kind import Entries, Written

_DIRECTORY: Final = 0o755
_PUBLIC: Final = 0o644
_PRIVATE: Final = 0o600


class Ground(NamedTuple):
    """What a plan is laid over.

    Args:
        layout: where our own files lie.
        installation: every file as it is.
        known: what earlier runs wrote, by path, the newest entry first.
    """

    layout: Layout
    installation: Installation
    known: Mapping[Path, Entries]

    @property
    def copies(self) -> Path:
        """Where what the last run replaced is kept, symlinks resolved."""
        return self.installation.links.get(self.layout.copies, self.layout.copies)

    def at(self, path: Path) -> Existing:
        """One place.

        Raises:
            DiscoveryError: ``file-unreadable``.
        """
        return Existing(path, self.installation.state(path), self.known.get(path, ()))


def make_steps(ground: Ground, target: Target, env_files: Mapping[str, str]) -> list[Written]:
    """Every file in order: each before whatever names it.

    Args:
        ground: what is there.
        target: the decision.
        env_files: the text of each env file, by its ending.

    Raises:
        PlanError: see :func:`proxyenv.plan.plan_setup`.
        DiscoveryError: see there.
    """
    return [
        *(_owned_step(ground, wanted) for wanted in _roots(ground.layout, target)),
        *(_owned_step(ground, wanted) for wanted in _owned_files(ground.layout, target, env_files)),
        *(_block_step(ground, path, shell) for path, shell in target.rc_files),
        *(_tool_step(ground, file) for file in target.tools),
        _profile_step(ground, target),
    ]


class _Wanted(NamedTuple):
    """What a path that only we write holds."""

    path: Path
    content: bytes
    mode: int
    kind: OwnedKind = OWNED


def _roots(layout: Layout, target: Target) -> Iterator[_Wanted]:
    for each in render_root_files(layout, target.anchors, target.public_roots, target.roots_title):
        form = (_DIRECTORY, TREE) if each.is_tree else (_PUBLIC, OWNED)
        yield _Wanted(Path(each.path), each.content, *form)


def _owned_files(layout: Layout, target: Target, env_files: Mapping[str, str]) -> Iterator[_Wanted]:
    mode = _PRIVATE if target.sensitive else _PUBLIC
    saved = _PRIVATE if target.sensitive or target.configuration.holds_token else _PUBLIC
    for ending, text in env_files.items():
        yield _Wanted(layout.env_file(ending), _encode(text), mode)
    yield _Wanted(layout.configuration, _encode(render_configuration(target.configuration)), saved)
    if target.policy is not None:
        is_private = target.sensitive or target.policy.is_sensitive
        yield _Wanted(layout.policy, target.policy.content, _PRIVATE if is_private else _PUBLIC)
    yield from (_Wanted(path, _encode(render_hook()), _PUBLIC) for path in target.hooks)
    yield from (_Wanted(path, _encode(text), _PUBLIC) for path, text in target.timer)
    for file in target.shared:
        yield _Wanted(file.path, _encode(file.content), _PRIVATE if file.private else _PUBLIC)


def _owned_step(ground: Ground, wanted: _Wanted) -> Written:
    path = ground.installation.links.get(wanted.path, wanted.path)
    return wanted.kind.write(ground.at(path), wanted.content, wanted.mode)


def _block_step(ground: Ground, path: Path, name: str) -> Written:
    shell = get_shell(name)
    return BLOCK.write(ground.at(path), shell.render_source(ground.layout), shell.newline)


def _profile_step(ground: Ground, target: Target) -> Written:
    wanted = target.profile
    values = profile_settings(wanted.name, wanted.settings, activate=wanted.activate)
    settings = Settings("profiles", values, is_private=wanted.private, profile=wanted.name)
    return SETTINGS.write(ground.at(wanted.path), settings)


def _tool_step(ground: Ground, file: ToolFile) -> Written:
    """Settings in a tool's own file, or a file that only we write there."""
    if file.content is not None:
        return _owned_step(ground, _Wanted(file.path, _encode(file.content), _PUBLIC))
    existing = ground.at(file.path)
    _require_closed(file, existing.before)
    settings = Settings(file.grammar, file.settings, sensitive=file.sensitive, is_private=file.sensitive)
    return SETTINGS.write(existing, settings)


def _require_closed(file: ToolFile, before: FileState | None) -> None:
    """Refuse to put a password where others may read it; the mode of the file is not ours to change."""
    if file.sensitive and before is not None and not before.is_private:
        raise PlanError(
            "password-refused",
            f"`{file.path}` has mode {before.mode:04o}, and would get the proxy's password",
            hint=f"`chmod 600 {shlex.quote(str(file.path))}`, or leave `--configure {file.tool}` out",
        )


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
