"""Runs the program in a fork that strace kills at a chosen file operation.

`strace --inject` sees what audit hooks do not: every system call, whoever makes it. The fork stops itself,
strace takes hold of it, and the operation of that number is the last thing that it begins and never does.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from support.machine import require_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

assert sys.platform == "linux"

FILES: Final = (
    *("openat", "creat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "chmod", "fchmod", "fchmodat"),
    *("chown", "fchown", "lchown", "fchownat", "write", "pwrite64", "truncate", "ftruncate"),
    *("fsync", "fdatasync", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "utimensat"),
)
"""Operations that change files, or bring them to the disk."""

CHILDREN: Final = ("vfork", "fork", "clone", "clone3", "wait4", "waitid")
"""The start and the end of a program that ours runs."""

_WRITES: Final = re.compile(r"O_(WRONLY|RDWR|CREAT)")
_CALL: Final = re.compile(r"(\w+)\((.*)")
_SUBREAPER: Final = 36
"""`PR_SET_CHILD_SUBREAPER`: what the killed process started becomes ours, and its end can be waited for."""

KILLED: Final = -signal.SIGKILL


class Point(NamedTuple):
    """One operation of a run: the system call, and the how manyeth of its name it is."""

    call: str
    number: int
    text: str


class Ended(NamedTuple):
    """How a run ended: the exit status, negative for a signal, and all that it printed."""

    status: int
    said: str


def load_everything() -> None:
    """Import the whole package, so that a fork begins with what it does."""
    import importlib
    import pkgutil

    import proxyenv

    for module in pkgutil.walk_packages(proxyenv.__path__, "proxyenv."):
        if not module.name.endswith(("__main__", "addon")) and ".child" not in module.name:
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def run_verb(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Ended:
    """Run a verb in a fork, undisturbed."""
    child = _fork(arguments, environment, log, stopped=False)
    return Ended(_wait(child), log.read_text("utf-8", "replace"))


def list_points(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    below: Sequence[Path],
    programs: bool,
) -> list[Point]:
    """Every operation of a run, in order.

    Args:
        arguments: of the command line.
        environment: all variables.
        log: gets what is printed.
        below: the directories whose files count.
        programs: whether starts and ends of programs count.
    """
    calls = (*FILES, *(CHILDREN if programs else ()))
    trace = log.with_suffix(".trace")
    status = _traced(
        arguments, environment, log, ("-y", "-s", "0", "-o", str(trace), "-e", f"trace={','.join(calls)}")
    )
    assert status == 0, log.read_text("utf-8", "replace")
    counts: dict[str, int] = {}
    points = []
    for line in trace.read_text("utf-8", "replace").splitlines():
        matched = _CALL.match(line)
        if matched is None:
            continue
        call, text = matched[1], matched[2]
        counts[call] = counts.get(call, 0) + 1
        if "WNOHANG" in text:  # how often it asks whether a program has ended is a matter of time
            continue
        if call in CHILDREN or (any(str(place) in text for place in below) and _changes(call, text)):
            points.append(Point(call, counts[call], line[:160]))
    return points


def _changes(call: str, text: str) -> bool:
    return call != "openat" or _WRITES.search(text) is not None


def run_killed(arguments: Sequence[str], environment: Mapping[str, str], log: Path, point: Point) -> int:
    """Run a verb, kill it at *point*, and wait until all is still. Returns the exit status."""
    injection = f"inject={point.call}:signal=KILL:when={point.number}"
    null = ("-qq", "-o", "/dev/null", "-e", f"trace={point.call}", "-e", injection)
    return _traced(arguments, environment, log, null)


def _traced(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path, options: Sequence[str]
) -> int:
    child = _fork(arguments, environment, log, stopped=True)
    tracer = subprocess.Popen([require_client("strace"), *options, "-p", str(child)], stderr=subprocess.PIPE)
    while not _is_traced(child):
        if tracer.poll() is not None:
            os.kill(child, signal.SIGKILL)
            assert tracer.stderr is not None
            raise RuntimeError(tracer.stderr.read().decode())
        time.sleep(0.002)
    os.kill(child, signal.SIGCONT)
    status = _wait(child)
    tracer.communicate()
    return status


def _is_traced(child: int) -> bool:
    status = Path(f"/proc/{child}/status").read_text("ascii", "replace")
    return re.search(r"^TracerPid:\s+0$", status, re.MULTILINE) is None


def _fork(arguments: Sequence[str], environment: Mapping[str, str], log: Path, *, stopped: bool) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        if stopped:
            os.waitpid(child, os.WUNTRACED)
        return child
    status = 70
    try:
        _become(environment, log)
        from proxyenv.cli import run

        if stopped:
            os.kill(os.getpid(), signal.SIGSTOP)
        status = run([*arguments])
    except BaseException:  # noqa: BLE001 - this process ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become(environment: Mapping[str, str], log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - descriptors
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(environment["HOME"])


def _wait(child: int) -> int:
    """How it ended; what it started and left running is waited for, too."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def wait_for_orphans(tracers: Callable[[], None] | None = None) -> None:
    """Until nothing is left that a killed run had started."""
    if tracers is not None:
        tracers()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
