"""Becoming another program: the same process, the same terminal and signals, another environment."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Run a program in the place of this one, without a shell.

    On Windows no process can become another: there it is a child, and this process ends with its status.

    Args:
        command: the program, which is looked up on the `PATH` of *environment*, and its arguments.
        environment: all that it gets.

    Raises:
        OSError: it cannot be started: it is not there, or it is no program.
        ValueError: a null byte in an argument, which no system can pass on.
    """
    if not command[0]:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if sys.platform == "win32":
        raise SystemExit(_run_child(command, environment))
    else:  # noqa: RET506 - spares the type checker code that Windows never reaches
        for name in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and what is ignored stays so
            signal.signal(name, signal.SIG_DFL)
        os.execvpe(command[0], list(command), dict(environment))  # noqa: S606 - no shell is the point


def _run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Wait for it; Ctrl-C reaches it by itself, and what it makes of that is its own affair."""
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise FileNotFoundError(command[0])
    with subprocess.Popen([program, *command[1:]], env=dict(environment)) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
