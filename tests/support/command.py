"""The command line in a process of its own, in a home of its own, with nothing inherited."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import proxyenv as package


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


def environment_of(home: Path, **variables: str) -> dict[str, str]:
    """What a login shell has before anybody sets anything."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "SHELL": "/bin/bash", "LANG": "C.UTF-8", **variables}


def proxyenv(*arguments: str | Path, home: Path, packages: str = "", **variables: str) -> Ran:
    """Run ``python -m proxyenv``, with what is in the directory *packages* before all other packages."""
    return _run((), arguments, home=home, packages=packages, stdin=subprocess.DEVNULL, **variables)


def proxyenv_sourced(*arguments: str | Path, home: Path, **variables: str) -> Ran:
    """The same in a shell that has sourced the env file, and has set *variables* before."""
    shell = ("sh", "-c", '. "$0" && exec "$@"', str(home / ".config/proxyenv/env.sh"))
    return _run(shell, arguments, home=home, stdin=subprocess.DEVNULL, **variables)


def _run(
    shell: tuple[str, ...],
    arguments: tuple[str | Path, ...],
    *,
    home: Path,
    packages: str = "",
    stdin: int,
    **variables: str,
) -> Ran:
    path = os.pathsep.join(filter(None, (packages, _package_path())))
    done = subprocess.run(
        [*shell, sys.executable, "-m", "proxyenv", *map(str, arguments)],
        cwd=home,
        env=environment_of(home, PYTHONPATH=path, **variables),
        stdin=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def start_verb(*arguments: str | Path, home: Path) -> subprocess.Popen[bytes]:
    """Start a verb that hears SIGINT, also where what started the tests ignores it; leave it running."""
    hears = ["env", "--default-signal=INT"] if sys.platform == "linux" else []
    return subprocess.Popen(
        [*hears, sys.executable, "-m", "proxyenv", *map(str, arguments)],
        cwd=home,
        env=environment_of(home, PYTHONPATH=_package_path()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its children, without a word."""
    if sys.platform != "win32":
        for each in (*_find_children(process.pid), process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
    process.wait(30)


def _find_children(parent: int) -> tuple[int, ...]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text("utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return tuple(found)


def converse(
    *arguments: str, home: Path, answers: str, inside: tuple[str, ...] = (), **variables: str
) -> Ran:
    """Run with a pseudo-terminal for input, where somebody types *answers*; maybe *inside* a namespace."""
    pty: Any = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    try:
        os.write(controller, answers.encode())
        return _run(inside, arguments, home=home, stdin=terminal, **variables)
    finally:
        os.close(controller)
        os.close(terminal)


def on_a_terminal(home: Path, answers: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """The same, where no configuration of pip is for all users: one may name a CA, which is a question."""
    variables.setdefault("PIP_CONFIG_FILE", os.devnull)
    ran = converse(*arguments, home=home, answers=answers, inside=(), **variables)
    return ran.status, ran.err


def _package_path() -> str:
    return str(Path(package.__file__).parents[1])
