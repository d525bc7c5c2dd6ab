"""This machine, as the catalogue may ask it."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import (
    LIMIT,
    add_sizes,
    find_below,
    find_search_path,
    list_directory,
    open_file,
    read_open,
    run_program,
)
from proxyenv.machine.content import render_reason
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Mapping, MutableMapping

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.windows import Whose, WindowsProxy

_LARGEST_TOGETHER: Final = 16 * 1024 * 1024
"""In bytes, of the files of a directory of settings."""


def find_program(
    program: str, environment: Mapping[str, str], *, directories: str | None = None
) -> Path | None:
    """Where a program is in the absolute entries of a ``PATH``, or in *directories*."""
    path = directories or (find_search_path(environment) if "PATH" in environment else os.defpath)
    return _find_program(program, path) if path else None


def _require_few_bytes(directory: Path, files: Iterable[Path]) -> None:
    """Refuse a directory whose files, which are read one by one, are too large in sum."""
    if add_sizes(files) > _LARGEST_TOGETHER:
        reason = f"its files are larger than {_LARGEST_TOGETHER // 1024**2} MiB together"
        raise OSError(errno.EFBIG, reason, str(directory))


class LocalMachine(NamedTuple):
    """A :class:`~proxyenv.model.machine.Machine` that reads this machine.

    Args:
        host: the user and the surroundings.
        root: what the files of the system are below.
        unread: takes each file and directory that is there and cannot be read, and why, as a clause.
    """

    host: Host
    root: Path = Path("/")
    unread: MutableMapping[Path, str] | None = None

    @property
    def platform(self) -> str:
        """As ``sys.platform`` says it."""
        return self.host.platform

    @property
    def home(self) -> Path:
        """The user's home directory."""
        return self.host.home

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables."""
        return self.host.environment

    @property
    def nameable(self) -> Mapping[str, str]:
        """The variables that a file may ask for by name: in somebody else's home none of root's."""
        if self._is_root_elsewhere():
            from proxyenv.machine.disclosure import is_somebody_elses

            if is_somebody_elses(self.host):
                return {"HOME": str(self.home)}
        return self.environment

    @property
    def layout(self) -> Layout:
        """Where the files of this installation are."""
        return self.host.layout

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        """A path as a user wrote it, made absolute."""
        return self.host.absolute(text, expand=expand)

    @property
    def is_root(self) -> bool:
        """Whether this process may write what belongs to the system."""
        return self.host.is_root

    def which(self, program: str, *, directories: str | None = None) -> Path | None:
        """Where a program is in the absolute entries of the ``PATH``, or in *directories*."""
        return find_program(program, self.environment, directories=directories)

    def version(self, program: str) -> str | None:
        """What a program says of its version; ``None`` where it is not here or does not say."""
        from proxyenv.catalog.clients.client import Client, Probe
        from proxyenv.machine.clients import ask_versions, find_versions_file, read_versions

        row = Client(program, program, probe=Probe(program=program))
        said = ask_versions([row], self.environment, read_versions(find_versions_file()))
        return next(iter(said.values()), None)

    def exists(self, path: Path) -> bool:
        """Whether anything is there; never raises."""
        return os.path.exists(path)  # noqa: PTH110 - never raises

    def read(self, path: Path) -> str | None:
        """The text of a file, or ``None`` where there is none that may be read."""
        content = self.content(path)
        return None if content is None else content.decode("utf-8", "replace")

    def content(self, path: Path) -> bytes | None:
        """The bytes of a file, or ``None`` where there is none that may be read and copied into the home."""
        try:
            with open_file(path, limit=LIMIT) as file:
                self._require_open(path, file)
                return read_open(file, path, limit=LIMIT)
        except OSError as error:
            self._pass_over(path, error)
            return None

    def _is_root_elsewhere(self) -> bool:
        """Whether root runs this in a home that is not root's own."""
        try:
            return self.host.is_root and self.home.stat().st_uid != 0
        except OSError:
            return False

    def _require_open(self, path: Path, file: io.FileIO) -> None:
        """Refuse what a link in somebody else's home leads root to."""
        if not self._is_root_elsewhere():
            return
        from proxyenv.machine.disclosure import may_be_taken

        if not may_be_taken(path, os.fstat(file.fileno()), self.host):
            raise OSError(errno.EINVAL, f"it is not open to the owner of `{self.home}`", str(path))

    def may_copy(self, path: Path) -> bool:
        """Whether what is in a file that a file of the home names may get into that home."""
        if not self._is_root_elsewhere():
            return True
        from proxyenv.machine.disclosure import may_reach_home

        try:
            return may_reach_home(path, path.stat(), self.host, is_given=False)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except (OSError, ValueError):
            return False

    def run(self, program: Path, *arguments: str, seconds: float) -> bytes | None:
        """What a program prints that only reads; ``None`` where it fails, or takes longer than *seconds*."""
        try:
            ended = run_program((str(program), *arguments), seconds=seconds, environment=self.environment)
        except OSError:
            return None
        return ended.stdout if ended.status == 0 else None

    def registry(self, key: str) -> Mapping[str, str | int]:
        """The texts and numbers of a key of Windows' registry; nothing where there is none."""
        from proxyenv.machine.windows import read_registry

        return read_registry(key)

    def windows_proxy(self, whose: Whose) -> WindowsProxy | None:
        """What Windows answers to what the proxy is; ``None`` elsewhere."""
        from proxyenv.machine.windows import read_windows_proxy

        return read_windows_proxy(whose)

    def files(self, directory: Path) -> tuple[Path, ...]:
        """The files of a directory, sorted; none where it cannot be listed, or has too much in it."""
        try:
            files = tuple(sorted(path for path in list_directory(directory) if path.is_file()))
            _require_few_bytes(directory, files)
        except OSError as error:
            self._pass_over(directory, error)
            return ()
        return files

    def _pass_over(self, path: Path, error: OSError) -> None:
        """Remember what is there and cannot be read, where somebody wants to know."""
        if self.unread is not None and error.errno not in {errno.ENOENT, errno.ENOTDIR}:
            self.unread.setdefault(path, render_reason(error))

    def is_file(self, path: Path) -> bool:
        """Whether there is a regular file, or a symlink to one; never raises."""
        return os.path.isfile(path)  # noqa: PTH113 - never raises

    def glob(self, directory: Path, pattern: str) -> tuple[Path, ...]:
        """What there is below a directory that a pattern names, sorted; none where that is too much."""
        try:
            return tuple(sorted(find_below(directory, pattern)))
        except OSError as error:
            self._pass_over(directory, error)
            return ()

    def resolve(self, path: Path) -> Path:
        """The path with every symlink followed."""
        return Path(os.path.realpath(path))

    def link(self, path: Path) -> str | None:
        """The target of a symlink, or ``None`` where there is none."""
        return str(path.readlink()) if path.is_symlink() else None

    def may_write(self, path: Path) -> bool:
        """Whether this process may write to what is there."""
        return os.access(path, os.W_OK)

    def find_closed(self, path: Path) -> Path | None:
        """The first directory on the way that only its owner may enter; one that is missing will be open."""
        for directory in reversed(path.parents):
            try:
                mode = directory.stat().st_mode
            except FileNotFoundError:
                return None
            except PermissionError:
                return directory.parent
            if not mode & 0o001:
                return directory
        return None


if sys.platform == "win32":

    def _find_program(name: str, path: str) -> Path | None:
        import shutil

        found = Path(shutil.which(name, path=path) or "")  # it looks into the working directory first
        return found if found.is_absolute() else None

else:

    def _find_program(name: str, path: str) -> Path | None:
        """As `shutil.which`, which takes 3 ms to import with its compressors."""
        places = (os.path.join(directory, name) for directory in path.split(os.pathsep))  # noqa: PTH118 - quick
        runs = (place for place in places if os.path.isfile(place) and os.access(place, os.X_OK))  # noqa: PTH113 - quick
        return next(map(Path, runs), None)
