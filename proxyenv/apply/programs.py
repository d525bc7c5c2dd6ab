"""Runs other programs: the tools of trust stores, and the program that takes the place of this one.

The tools of trust stores are the only programs started here that change the machine.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from proxyenv.apply.identity import acting_as, find_acting_user
from proxyenv.bounded import Ended, run_program
from proxyenv.errors import ApplyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proxyenv.model.store import Check, StoreCommand


_SECONDS: Final = 300.0
"""Debian's tool runs hooks, and one of them waits for dpkg's lock."""

_MOST_WORDS: Final = 300

if sys.platform == "win32":
    _KEPT: Final = ("PATH", "SYSTEMROOT", "TEMP")
    _FIXED: Final[dict[str, str]] = {}
else:
    _KEPT: Final = ("HOME", "TMPDIR")
    _FIXED: Final[dict[str, str]] = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
    }


def run_command(command: StoreCommand) -> None:
    """Run a command that changes a store.

    Raises:
        ApplyError: ``store-failed``: it could not be started, ended with another status than 0, or did
            not end.
    """
    done = _run(command)
    if done.status == 0 or command.tolerated:
        return
    said = done.said[-_MOST_WORDS:]
    hint = next((hint for reason, hint in command.hints if reason in said), None)
    raise ApplyError("store-failed", f"`{command}` ended with status {done.status}: {said}", hint=hint)


def passes(check: Check) -> bool:
    """Whether the store's own tool says that it trusts the certificate.

    Raises:
        ApplyError: ``store-failed``: the tool could not be started, or did not end.
    """
    done = _run(check.command)
    if done.status != 0:
        return False
    found = done.stdout.decode("utf-8", "replace")
    return check.expects == "status" or _squeezed(check.certificate.pem) in _squeezed(found)


def _squeezed(text: str) -> str:
    """Tools break lines at 64 or 76 columns, and with or without carriage returns."""
    return "".join(text.split())


def _run(command: StoreCommand) -> Ended:
    given = (command.stdin or "").encode("utf-8")
    user = find_acting_user()
    try:
        with acting_as(None):
            return run_program(
                command.argv, environment=_environment(), seconds=_SECONDS, given=given, user=user
            )
    except OSError as error:
        raise ApplyError("store-failed", f"`{command}` could not be run: {error}") from error


def _environment() -> dict[str, str]:
    """Only what a tool needs. `JAVA_TOOL_OPTIONS` would make `keytool` print what nobody asked for."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_FIXED}


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
