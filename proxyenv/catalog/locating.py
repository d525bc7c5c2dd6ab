"""Which variables say where the files are that proxyenv writes: another process needs them to find these."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import rc_candidates
from proxyenv.catalog.shells.shell import Home
from proxyenv.catalog.timers import find_timer
from proxyenv.catalog.tools import load_tools
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.windows import Whose, WindowsProxy

    Places = tuple[tuple[Path | None, ...], ...]

_OF_NO_TOOL: Final = (
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "PREFECT_HOME",
    "PREFECT_PROFILES_PATH",
)
"""What says where an installation and Prefect's profiles are."""


def find_locating(host: Host) -> dict[str, str]:
    """The variables of this process on which it depends where a file is written, sorted by name.

    The catalogue is asked with each of them and without, so that no list beside it can lack one. A value that
    is no absolute path would mean another place in every directory, or is none, and is left out.
    """
    given = {name: value for name, value in sorted(host.environment.items()) if os.path.isabs(value)}  # noqa: PTH117 - of a text
    there = list_places(host, given)
    return {
        name: value
        for name, value in given.items()
        if name in _OF_NO_TOOL
        or list_places(host, {each: given[each] for each in given if each != name}) != there
    }


def list_places(host: Host, environment: Mapping[str, str]) -> Places:
    """Where the catalogue would write files of shells, of tools and of a timer, whatever is there.

    Args:
        host: the machine.
        environment: in place of the machine's own.
    """
    host = host._replace(environment=environment)
    machine, timer = _Unseen(host), find_timer(host.platform)
    return (
        rc_candidates(Home(host.home, host.environment, host.platform)),
        timer.places(host) if timer else (),
        *(tuple(file.paths(machine)) for tool in load_tools() for file in tool.files if file.name),
    )


def find_naming(host: Host, path: Path, grammar: str) -> tuple[str, ...]:
    """What would have to be set for the catalogue to write a file: assignments, where a variable can do it.

    Args:
        host: the machine.
        path: of the file.
        grammar: how it is written, as receipts say it.
    """
    asked = AskedVariables()
    _list_written(host, asked, grammar)
    return tuple(
        f"{name}={value}"
        for name in sorted(asked.names)
        for value in (path, *path.parents)
        if path in _list_written(host, {**host.environment, name: str(value)}, grammar)
    )


def _list_written(host: Host, environment: Mapping[str, str], grammar: str) -> tuple[Path | None, ...]:
    """The first place of each file that is written in a way."""
    machine = _Unseen(host._replace(environment=environment))
    files = (file for tool in load_tools() for file in tool.files if file.name and file.format == grammar)
    return tuple(next(iter(file.paths(machine)), None) for file in files)


class AskedVariables(Mapping[str, str]):
    """An environment without variables that remembers which were asked for."""

    def __init__(self) -> None:
        self.names = set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Unseen(NamedTuple):
    """A :class:`~proxyenv.model.machine.Machine` on which every file is there and nothing is in it."""

    host: Host

    @property
    def platform(self) -> str:
        return self.host.platform

    @property
    def home(self) -> Path:
        return self.host.home

    @property
    def root(self) -> Path:
        return Path(self.host.home.anchor)

    @property
    def environment(self) -> Mapping[str, str]:
        return self.host.environment

    @property
    def nameable(self) -> Mapping[str, str]:
        return self.host.environment

    @property
    def layout(self) -> Layout:
        return self.host.layout

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        return self.host.absolute(text, expand=expand)

    @property
    def is_root(self) -> bool:
        return self.host.is_root

    def which(self, program: str, *, directories: str | None = None) -> Path | None:
        pass

    def version(self, program: str) -> str | None:
        pass

    def exists(self, path: Path) -> bool:  # noqa: ARG002 - whatever is there
        return True

    def read(self, path: Path) -> str | None:
        pass

    def content(self, path: Path) -> bytes | None:
        pass

    def may_copy(self, path: Path) -> bool:  # noqa: ARG002 - nothing is in it
        return True

    def run(self, program: Path, *arguments: str, seconds: float) -> bytes | None:
        pass

    def registry(self, key: str) -> Mapping[str, str | int]:  # noqa: ARG002 - nothing is in it
        return {}

    def windows_proxy(self, whose: Whose) -> WindowsProxy | None:
        pass

    def files(self, directory: Path) -> tuple[Path, ...]:  # noqa: ARG002 - nothing is in it
        return ()

    def is_file(self, path: Path) -> bool:  # noqa: ARG002 - whatever is there
        return True

    def glob(self, directory: Path, pattern: str) -> tuple[Path, ...]:  # noqa: ARG002 - nothing is in it
        return ()

    def resolve(self, path: Path) -> Path:
        return path

    def link(self, path: Path) -> str | None:
        pass

    def may_write(self, path: Path) -> bool:  # noqa: ARG002 - whatever is there
        return True

    def find_closed(self, path: Path) -> Path | None:
        pass
