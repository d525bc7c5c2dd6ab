"""Which Python runs the user's flows, and whether it may be run."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import read_start
from proxyenv.errors import UsageError
from proxyenv.machine.local import LocalMachine
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.model.host import Host

MARK: Final = "pyvenv.cfg"
"""PEP 405: what makes a directory a virtual environment."""

_PYTHONS: Final = ("bin/python", "Scripts/python.exe")
_EXEC: Final = re.compile(rb"""^'''exec' "?(/[^"\n]*?python[^"\s]*)""", re.MULTILINE)
_HEAD: Final = 4096


class Python(NamedTuple):
    """An interpreter that may run the user's flows.

    Args:
        path: absolute; symlinks are not followed, since a virtual environment is one.
        reason: why it is this one, as a noun with its article.
    """

    path: str
    reason: str


class Pythons(NamedTuple):
    """What is to be checked.

    Args:
        chosen: at least one.
        notes: what else there is, so that nobody takes one interpreter for another.
    """

    chosen: tuple[Python, ...]
    notes: tuple[str, ...] = ()


def find_pythons(host: Host, named: tuple[str, ...], venvs: tuple[str, ...]) -> Pythons:
    """The interpreters that were named, or else the one that most probably runs the user's flows.

    That is the active virtual environment's, else that of an environment that was set up by ``--venv``,
    else the one behind `prefect` on the ``PATH``, else the one that runs proxyenv.

    Args:
        host: the machine.
        named: interpreters, or directories of virtual environments, as they were typed.
        venvs: the environments that were set up by name.

    Raises:
        UsageError: ``python-not-found``: there is nothing at a name.
    """
    if named:
        return Pythons(tuple(Python(_require(host, text), "the one that was named") for text in named))
    active, notes = _find_active(host)
    set_up = next(filter(None, (find_python(host.absolute(venv)) for venv in venvs)), None)
    prefect = _find_behind_prefect(host)
    ranked = (
        (active, "that of the active virtual environment"),
        (set_up and str(set_up), "that of the environment that was set up with `--venv`"),
        (prefect, "the one that runs `prefect`"),
        (sys.executable, "the one that runs proxyenv"),
    )
    chosen = next(Python(path, reason) for path, reason in ranked if path)
    if prefect and chosen.path != prefect and not _is_same_environment(prefect, chosen.path):
        notes += (f"`prefect` runs in another Python: `proxyenv check --python {prefect}` checks that one",)
    return Pythons((chosen,), notes)


def find_python(directory: Path) -> Path | None:
    """The interpreter of a virtual environment."""
    return next((directory / name for name in _PYTHONS if (directory / name).exists()), None)


def _require(host: Host, text: str) -> str:
    """An interpreter by its path, by the directory of its environment, or by its name on the ``PATH``."""
    path = host.absolute(text)
    if path.is_dir():
        found = find_python(path)
    elif "/" in text or os.sep in text:
        found = path if path.exists() else None
    else:
        found = _which(host, text)
    if found is not None:
        return str(found)
    what = "has no Python in it" if path.is_dir() else "does not exist"
    raise UsageError(
        "python-not-found",
        f"`{path}`, given by `--python`, {what}",
        hint="name the interpreter, such as `.venv/bin/python`, or the directory of its virtual environment",
    )


def _find_active(host: Host) -> tuple[str | None, tuple[str, ...]]:
    named = host.environment.get("VIRTUAL_ENV")
    if not named:
        return None, ()
    python = find_python(host.directory / named)
    if python is None:
        return None, (f"`VIRTUAL_ENV` names `{named}`, which has no Python in it",)
    return str(python), ()


def _find_behind_prefect(host: Host) -> str | None:
    """The interpreter that the script `prefect` on the ``PATH`` starts.

    A script names it in its first line, or, where that would be too long, in what `sh` executes (pip, uv). A
    program of Windows, and a script that asks a version manager, lie beside it.
    """
    script = _which(host, "prefect")
    if script is None:
        return None
    try:
        head = read_start(script, most=_HEAD)
    except OSError:
        return None
    return _read_launcher(host, head) or _find_beside(script)


def _read_launcher(host: Host, head: bytes) -> str | None:
    line = head.partition(b"\n")[0]
    words = os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []
    if not words:
        return None
    if Path(words[0]).name == "env" and words[-1].startswith("python"):
        found = _which(host, words[-1])
        return str(found) if found else None
    if re.match(r"(python|pypy)", Path(words[0]).name) and os.path.exists(words[0]):  # noqa: PTH110 - never raises
        return words[0]
    inside = _EXEC.search(head)
    named = os.fsdecode(inside[1]) if inside else ""
    return named if os.path.exists(named) else None  # noqa: PTH110 - never raises


def _find_beside(script: Path) -> str | None:
    names = ("python.exe",) if sys.platform == "win32" else ("python", "python3")
    places = dict.fromkeys((script.parent, Path(os.path.realpath(script)).parent))
    return next((str(place / name) for place in places for name in names if (place / name).exists()), None)


def _which(host: Host, program: str) -> Path | None:
    return LocalMachine(host).which(program)


def _is_same_environment(one: str, other: str) -> bool:
    """Whether two interpreters lie in one directory; those of two environments may link to one Python."""
    return os.path.realpath(Path(one).parent) == os.path.realpath(Path(other).parent)
