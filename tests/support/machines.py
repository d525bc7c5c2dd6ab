"""Machines as values: a `Host`, and a `Machine` for the catalogue, of any platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING

from proxyenv.commands.command import Memory, Session
from proxyenv.commands.terminal import Terminal
from proxyenv.model.host import Host
from proxyenv.model.installation import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.windows import WindowsProxy

HOME = Path("/home/ada")


def make_host(
    *,
    home: Path = HOME,
    directory: Path | None = None,
    environment: dict[str, str] | None = None,
    shells: tuple[str, ...] = ("bash",),
    platform: str = "linux",
) -> Host:
    """A machine with the layout that platformdirs gives it on Linux."""
    return Host(
        platform=platform,
        home=home,
        directory=directory or home,
        environment=MappingProxyType(environment or {}),
        shells=shells,
        layout=Layout(
            home / ".config/proxyenv", home / ".local/share/proxyenv", home / ".local/state/proxyenv"
        ),
    )


def make_session(verb: str, options: SimpleNamespace | None = None, *, host: Host | None = None) -> Session:
    """A run of a verb at which nobody can be asked, and whose remarks are lost."""
    terminal = Terminal("never", False, False, {}, None, StringIO(), StringIO(), str)
    now = datetime.now(UTC)
    return Session(verb, options or SimpleNamespace(), host or make_host(), terminal, now, Memory())


@dataclass(frozen=True)
class MadeUpMachine:
    """A :class:`~proxyenv.model.machine.Machine` that is a dictionary.

    Args:
        texts: the files: path to text.
        versions: the programs that are here, with what they say.
        environment: the variables.
        platform: as ``sys.platform`` says it.
        home: of the user.
        contents: files of bytes.
        said: what programs print, by their whole command.
        keys: of the registry.
        windows: what Windows answers, for the user and for services.
        closed: what :meth:`find_closed` answers.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    platform: str = "linux"
    home: Path = HOME
    root: Path = Path("/")
    closed: Path | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)
    keys: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    windows: Mapping[str, WindowsProxy] = field(default_factory=dict)
    said: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def nameable(self) -> Mapping[str, str]:
        return self.environment

    @property
    def layout(self) -> Layout:
        return make_host(home=self.home).layout

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        return make_host(home=self.home).absolute(text, expand=expand)

    @property
    def is_root(self) -> bool:
        return False

    def which(self, program: str, *, directories: str | None = None) -> Path | None:
        return Path("/usr/bin", program) if program in self.versions and directories is None else None

    def version(self, program: str) -> str | None:
        return self.versions.get(program)

    def exists(self, path: Path) -> bool:
        return any(path == each or path in each.parents for each in map(Path, self.texts))

    def read(self, path: Path) -> str | None:
        return self.texts.get(str(path))

    def content(self, path: Path) -> bytes | None:
        return self.contents.get(str(path))

    def may_copy(self, path: Path) -> bool:
        return True

    def run(self, program: Path, *arguments: str, seconds: float) -> bytes | None:
        return self.said.get(" ".join((program.name, *arguments)))

    def registry(self, key: str) -> Mapping[str, str | int]:
        return self.keys.get(key, {})

    def windows_proxy(self, whose: str) -> WindowsProxy | None:
        return self.windows.get(whose)

    def files(self, directory: Path) -> tuple[Path, ...]:
        return tuple(sorted(path for path in map(Path, self.texts) if path.parent == directory))

    def is_file(self, path: Path) -> bool:
        return str(path) in self.texts

    def glob(self, directory: Path, pattern: str) -> tuple[Path, ...]:
        found = (path for path in map(Path, self.texts) if directory in path.parents)
        return tuple(sorted(path for path in found if path.match(str(directory / pattern))))

    def resolve(self, path: Path) -> Path:
        return path

    def link(self, path: Path) -> str | None:
        return None

    def may_write(self, path: Path) -> bool:
        return self.is_file(path)

    def find_closed(self, path: Path) -> Path | None:
        return self.closed if self.closed in path.parents else None
