"""A folder that proxyenv may have written, as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import LIMIT
from proxyenv.errors import DiscoveryError
from proxyenv.machine.content import render_reason
from proxyenv.machine.installation import read_file
from proxyenv.model.folder import MANIFEST, Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import FileState

_MOST: Final = 5000
"""Files. One for each root is two hundred."""


def read_folder(path: Path) -> Folder:
    """Every file of a folder and of the directories in it.

    Without a manifest the directories in it are not read: any one file is enough to refuse the folder.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    real = Path(os.path.realpath(path))
    files: dict[str, FileState] = {}
    foreign: list[str] = []
    size = 0
    try:
        for name, is_file in _walk(real, is_ours=(real / MANIFEST).is_file()):
            state = read_file(real / name) if is_file else None
            if state is None:
                foreign.append(name)
                continue
            files[name] = state
            size += len(state.content)
            if size > LIMIT or len(files) + len(foreign) > _MOST:
                raise DiscoveryError("file-unreadable", f"`{real}` holds more than proxyenv writes")
    except NotADirectoryError as error:
        raise DiscoveryError("file-unreadable", f"`{real}` is not a directory") from error
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{real}` cannot be read: {render_reason(error)}") from error
    return Folder(real, files, tuple(foreign))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _walk(folder: Path, *, is_ours: bool) -> Iterator[tuple[str, bool]]:
    """The name of each entry below the folder that is no directory, and whether it is a regular file."""
    try:
        with os.scandir(folder) as found:
            entries = sorted((each for each, _ in zip(found, range(_MOST + 1), strict=False)), key=_name)
    except FileNotFoundError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield entry.name, entry.is_file(follow_symlinks=False)
        elif is_ours:
            yield from (
                (f"{entry.name}/{name}", is_file) for name, is_file in _walk(Path(entry.path), is_ours=True)
            )
        else:
            yield entry.name, False
