"""A folder as it is, and the files that it is to have, become a plan."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.formats.checksums import parse_checksums, render_checksums
from proxyenv.model.change import Change, FileState
from proxyenv.model.folder import MANIFEST, PUBLIC, FolderPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.model.folder import Folder, FolderFile

_HINT: Final = "move it away, or name another folder"


def plan_folder(
    folder: Folder, wanted: tuple[FolderFile, ...], *, knows: Callable[[str], bool]
) -> FolderPlan:
    """The changes that give a folder its files, and take away those of an earlier run.

    The manifest has to name at least one file that proxyenv writes. Other files stay, even if it names them:
    it is data, and came with the folder.

    Args:
        folder: as it is.
        wanted: the files but the manifest.
        knows: whether such a folder may have a file of that name.

    Raises:
        PlanError: ``foreign-file``: there is something that proxyenv did not write, or that changed since.
    """
    before = folder.files.get(MANIFEST)
    listed = parse_checksums(before.text) if before else {}
    ours = {name: digest for name, digest in listed.items() if knows(name)}
    if not ours and (folder.files or folder.foreign):
        first = min({*folder.files, *folder.foreign} - {MANIFEST}, default=MANIFEST)
        raise PlanError(
            "foreign-file",
            f"`{folder.path}` is not empty and was not written by proxyenv: it holds `{first}`",
            hint="name a folder that is empty or not there yet",
        )
    digests = {file.name: hashlib.sha256(file.content).hexdigest() for file in wanted}
    _refuse_foreign(folder, ours, digests)
    changes = [
        _change(folder, file.name, FileState(file.content, file.mode, _owner(folder, file.name)))
        for file in wanted
    ]
    changes += [_change(folder, name, None) for name in sorted(ours.keys() - digests) if name in folder.files]
    manifest = FileState(render_checksums(digests).encode(), PUBLIC, _owner(folder, MANIFEST))
    return FolderPlan(
        folder.path, (*changes, _change(folder, MANIFEST, manifest)), tuple(_notes(folder, ours, digests))
    )


def _refuse_foreign(folder: Folder, ours: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """What would be replaced or deleted has to be as we wrote it, or as it is wanted; no link leads out."""
    directories = {str(parent) for name in (*ours, *wanted) for parent in PurePosixPath(name).parents}
    for parent in sorted(directories):
        if parent in folder.foreign or parent in folder.files:
            raise PlanError("foreign-file", f"`{folder.path / parent}` is not a directory", hint=_HINT)
    for name in sorted({*ours, *wanted}):
        if name in folder.foreign:
            raise PlanError("foreign-file", f"`{folder.path / name}` is not a regular file", hint=_HINT)
        state = folder.files.get(name)
        if state is not None and state.digest not in {ours.get(name), wanted.get(name)}:
            what = "was changed after proxyenv wrote it" if name in ours else "was not written by proxyenv"
            raise PlanError("foreign-file", f"`{folder.path / name}` {what}", hint=_HINT)


def _change(folder: Folder, name: str, after: FileState | None) -> Change:
    return Change(folder.path / name, "owned", folder.files.get(name), after)


def _owner(folder: Folder, name: str) -> tuple[int, int] | None:
    state = folder.files.get(name)
    return state.owner if state else None


def _notes(folder: Folder, ours: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    others = sorted({*folder.files, *folder.foreign} - {*ours, *wanted, MANIFEST})
    if others:
        yield f"{', '.join(f'`{name}`' for name in others)} in `{folder.path}` is not proxyenv's, and stays"
