"""Finds the programs that run here and read proxy and CA only when they start."""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import list_directory, read_start
from proxyenv.model.url import show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC: Final = Path("/proc")
_MOST: Final = 64 * 1024
_MOST_PROCESSES: Final = 5_000_000
_LARGEST: Final = 1024 * 1024
_SHOWN: Final = 8
_PREFECT: Final = (("worker", "start"), ("server", "start"), ("flow", "serve"), ("agent", "start"))
_DAEMONS: Final = {"dockerd": "docker", "containerd": "containerd"}


class RunningProgram(NamedTuple):
    """A process that has to be started again.

    Args:
        pid: its number.
        command: what it was started with, cut off after a few words, passwords masked.
    """

    pid: int
    command: str


def find_prefect_processes(home: Path | None, *, proc: Path = _PROC) -> tuple[RunningProgram, ...]:
    """Prefect's workers and servers among the processes that this user may look into.

    They keep the variables with which they were started, and hand them to the jobs that they start.

    Args:
        home: only processes with this home; ``None`` for those of all users.
        proc: where the system shows its processes.
    """
    found = ((pid, _find_prefect(words)) for pid, words in _read_all(proc))
    return tuple(
        sorted(
            RunningProgram(pid, _describe(arguments))
            for pid, arguments in found
            if arguments and (home is None or _find_home(proc / str(pid)) == str(home))
        )
    )


def find_container_daemons(*, proc: Path = _PROC) -> tuple[RunningProgram, ...]:
    """Docker's daemon and containerd: they read the system's trust store when they start."""
    found = (
        RunningProgram(pid, _DAEMONS[Path(words[0]).name])
        for pid, words in _read_all(proc)
        if Path(words[0]).name in _DAEMONS
    )
    return tuple(sorted(found))


def _find_prefect(words: list[str]) -> list[str]:
    """The arguments of `prefect worker start …`, run as a script or with `-m`; none of any other program."""
    for index, word in enumerate(words[:4]):
        if Path(word).name.removesuffix(".exe") == "prefect":
            arguments = words[index + 1 :]
            return arguments if tuple(arguments[:2]) in _PREFECT else []
    return []


def _describe(arguments: list[str]) -> str:
    return shlex.join(("prefect", *map(show_location, arguments[:_SHOWN])))


def _find_home(process: Path) -> str | None:
    """The ``HOME`` that a process was started with; ``None`` where it is somebody else's."""
    try:
        entries = os.fsdecode(read_start(process / "environ", most=_LARGEST)).split("\0")
    except OSError:
        return None
    return next((each.partition("=")[2] for each in entries if each.startswith("HOME=")), None)


def _read_all(proc: Path) -> Iterator[tuple[int, list[str]]]:
    """Every process with its arguments; nothing where the system has no `/proc`."""
    try:
        names = [each.name for each in list_directory(proc, most=_MOST_PROCESSES) if each.name.isdecimal()]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            words = os.fsdecode(read_start(proc / name / "cmdline", most=_MOST)).rstrip("\0").split("\0")
            if words[0]:
                yield int(name), words
