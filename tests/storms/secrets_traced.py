"""The same, as the kernel sees it: what is written to which file, with which mode, and who is started how."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import proxyenv
from support.hiding import Find, search
from support.secret_world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CALLS: Final = "openat,creat,fchmod,chmod,fchmodat,execve,write,pwrite64"

_OPENED: Final = re.compile(r"openat\(.*O_CREAT.*, (0[0-7]*)\) = [0-9]+<(.*)>$")
_CHANGED: Final = re.compile(r"fchmod\([0-9]+<(.*)>, (0[0-7]*)\)")
_NAMED: Final = re.compile(r'(?:fchmodat\(AT_FDCWD[^,]*, |chmod\()"(.*)", (0[0-7]*)')
_WRITTEN: Final = re.compile(r"p?write(?:64)?\([0-9]+<(/.*?)>, ")


def find_traced(root: Path, password: str) -> Iterator[Find]:
    """Set up, check and take back under `strace`, with no umask that would help."""
    world = World(root, password)
    runs = (
        (*world.setting_up, "--yes", "--no-check"),
        ("refresh", "--yes"),
        ("setup", "--proxy", "proxy.corp.test:1", "--yes", "--no-check"),
        ("rollback", "--yes"),
        ("check",),
        ("clients",),
        ("run", "--", "true"),
        ("image", "write", "build", "--build-only", "--proxy-there", "proxy.corp.test:1"),
        ("trust", "status"),
        ("uninstall", "--yes"),
    )
    for number, arguments in enumerate(runs):
        traces = root / f"traces-{number}"
        traces.mkdir()
        path = str(Path(proxyenv.__file__).parents[1])
        environment = {**world.environment, "PATH": "/usr/bin:/bin", "PYTHONPATH": path}
        trace((sys.executable, "-m", "proxyenv", *arguments), world.home, environment, traces)
        files = sorted(traces.iterdir())
        for file in files:
            yield from judge(file, f"`{' '.join(arguments[:2])}`")
        if number == 0 and not any(any(search("", file.read_text("utf-8", "replace"))) for file in files):
            yield Find("the trace", "no password was seen to be written, so that nothing is proven")


def trace(command: tuple[str, ...], directory: Path, environment: Mapping[str, str], traces: Path) -> None:
    """Run a command, and leave the calls of each of its processes in a file."""
    subprocess.run(
        [
            *("strace", "-ff", "-y", "-s", "70000", "-e", f"trace={CALLS}", "-o", str(traces / "of")),
            *("/bin/sh", "-c", 'umask 0 && exec "$@"', "sh", *command),
        ],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def judge(file: Path, shown: str) -> Iterator[Find]:
    """What the calls of one process show: a password in a command line, or in a file that is open."""
    modes: dict[str, int] = {}
    holding: set[str] = set()
    for line in file.read_text("utf-8", "replace").splitlines():
        if line.startswith("execve("):
            yield from search(f"the command line of a process of {shown}", line)
        if opened := _OPENED.search(line):
            modes.setdefault(opened[2], int(opened[1], 8))
        elif changed := _CHANGED.match(line) or _NAMED.match(line):
            modes[changed[1]] = int(changed[2], 8)
        elif (written := _WRITTEN.match(line)) and any(search("", line)):
            holding.add(written[1])
        for path in holding:
            if modes.get(path, 0o666) & 0o077:
                yield Find(f"a file of {shown} with mode {modes.get(path, 0o666):04o}", path)
                return
