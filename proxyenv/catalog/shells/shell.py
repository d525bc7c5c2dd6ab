"""What a shell is: a :class:`Shell` holds every fact about one; other rooms only walk over such values."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.errors import PlanError
from proxyenv.model.host import find_given
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.model.installation import Layout
    from proxyenv.model.target import Variable

NOT_UTF_8 = "[\ud800-\udfff]"
"""A byte that is not UTF-8, as Python reads it from a path or a variable."""


class Home(NamedTuple):
    """What decides where a shell's files are.

    Args:
        path: the home directory, absolute.
        environment: the environment variables.
        platform: as ``sys.platform`` says it.
    """

    path: Path
    environment: Mapping[str, str]
    platform: str

    @property
    def config(self) -> Path:
        """Where programs that follow the XDG rules keep their configuration."""
        return find_given(self.environment, "XDG_CONFIG_HOME") or self.path / ".config"

    @property
    def roaming(self) -> Path:
        """Where programs keep their configuration on Windows."""
        return Path(self.environment.get("APPDATA") or self.path / "AppData/Roaming")


class RcFile(NamedTuple):
    """One of the files that a shell reads at its start.

    Args:
        candidates: the paths that it may have, in the order in which the shell looks for them. The first
            that exists is edited; if none does, the last.
        optional: edit none where none exists.
    """

    candidates: tuple[Path, ...]
    optional: bool = False

    def choose(self, existing: frozenset[Path]) -> Path | None:
        """The path to edit, or ``None``."""
        last = None if self.optional else self.candidates[-1]
        return next((path for path in self.candidates if path in existing), last)


def no_rc_files(_home: Home) -> tuple[RcFile, ...]:
    """What a shell has that reads no file at its start."""
    return ()


class Shell(NamedTuple):
    """Everything that proxyenv knows of one shell.

    Args:
        name: what ``--shell`` and ``proxyenv.toml`` call it.
        env_file: the ending of the env file that it sources: ``fish`` for ``env.fish``.
        render: the text of the env file. It raises a ``PlanError``, ``value-unrepresentable``, for a value
            that the shell's language cannot hold.
        quote: a word that the shell reads as exactly this value.
        source: the lines of an rc file that source the env file while it exists; takes its path, quoted.
            Empty for a shell that reads no rc file.
        rc_files: the files to edit so that both login and interactive shells get the environment.
        traces: what exists in the home of somebody who uses the shell: its rc file, or a directory that no
            other program makes.
        for_all: what it reads for every user of the machine, for each kind of system: a place that exists
            there, and the file.
        also: other names that the program has, as the variable ``SHELL`` may hold them.
        newline: what ends the lines of the managed block; ``None`` for whatever the rest of the file has.
            Only PowerShell takes CRLF. To the others the carriage return is part of the last word: `fi` no
            longer ends the condition, and neither the block nor what follows is read.
        limits: what it cannot do, for docs/shells.md.
        tested: how we know that it reads the env file, for docs/shells.md.
    """

    name: str
    env_file: str
    render: Callable[[tuple[Variable, ...]], str]
    quote: Callable[[str], str]
    source: Callable[[str], str] = lambda _: ""
    rc_files: Callable[[Home], tuple[RcFile, ...]] = no_rc_files
    traces: Callable[[Home], tuple[Path, ...]] = lambda _: ()
    for_all: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    newline: str | None = "\n"
    limits: str = ""
    tested: str = "driven by the tests"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that ``--shell`` takes for it."""
        return (self.name, *self.also)

    @property
    def reads_rc_files(self) -> bool:
        """Whether it reads a file at its start."""
        return self.rc_files is not no_rc_files

    def render_source(self, layout: Layout) -> str:
        """The body of the managed block in an rc file; empty where the shell reads none."""
        return self.source(self.quote(str(layout.env_file(self.env_file))))

    def choose_rc_files(self, home: Home, existing: frozenset[Path]) -> tuple[Path, ...]:
        """The rc files to edit, each once.

        Args:
            home: whose.
            existing: the files that exist, at least those of :meth:`rc_candidates`.
        """
        chosen = (file.choose(existing) for file in self.rc_files(home))
        return tuple(dict.fromkeys(path for path in chosen if path is not None))

    def find_file_for_all(self, exists: Callable[[Path], bool]) -> Path | None:
        """The file that it reads here for every user, or ``None``.

        Args:
            exists: whether something is there.
        """
        return next((Path(file) for place, file in self.for_all if exists(Path(place))), None)

    def rc_candidates(self, home: Home) -> tuple[Path, ...]:
        """Every file that :meth:`choose_rc_files` may choose."""
        return tuple(path for file in self.rc_files(home) for path in file.candidates)


def in_home(*names: str) -> Callable[[Home], tuple[Path, ...]]:
    """These paths below the home."""
    return lambda home: tuple(home.path / name for name in names)


def one_of(*names: str) -> Callable[[Home], tuple[RcFile, ...]]:
    """One rc file, which may have any of these names below the home; by default the last."""
    return lambda home: (RcFile(in_home(*names)(home)),)


def render_sections(
    variables: tuple[Variable, ...],
    *,
    quote: Callable[[str], str],
    guard: tuple[str, str],
    command: Callable[[Variable], str] | None = None,
) -> Iterator[str]:
    """Lines that set or unset each variable, those that depend on a file only while it can be read.

    Args:
        variables: in order.
        quote: makes a word of the shell's language.
        guard: the shell's way to begin, with `{}` for the quoted path, and to end a condition.
        command: what sets or unsets one; by default a call of the env file's own functions.
    """
    make = command or (lambda variable: _call(variable, quote))
    for file, group in groupby(variables, key=lambda variable: variable.file):
        commands = [f"{make(variable)}\n" for variable in group]
        if file is None:
            yield from commands
        else:
            yield guard[0].format(quote(file)) + "\n"
            yield from (f"    {command}" for command in commands)
            yield guard[1] + "\n"


def _call(variable: Variable, quote: Callable[[str], str]) -> str:
    if variable.value is None:
        return f"_proxyenv_unset {variable.name}"
    return f"_proxyenv_set {variable.name} {quote(variable.value)}"


def require(variables: Iterable[Variable], pattern: str, *, where: str, reason: str) -> None:
    """Refuse what a format cannot hold, in a value or in the path that guards it.

    Args:
        variables: to be written.
        pattern: a regular expression for what cannot be held.
        where: the format, for the message.
        reason: what *pattern* finds and why it cannot stand there, such as ``a line break, which ...``.

    Raises:
        PlanError: ``value-unrepresentable``. It names the variable and never shows the value.
    """
    for variable in variables:
        if any(re.search(pattern, text) for text in (variable.value, variable.file) if text is not None):
            raise PlanError(
                "value-unrepresentable", f"`{variable.name}` cannot be written to {where}: it holds {reason}"
            )
