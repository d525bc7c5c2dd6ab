"""Real shells complete verbs, options and their values, with what ``proxyenv completion`` prints."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from support.command import environment_of, proxyenv
from support.machine import in_ci
from support.shells import find_program

if TYPE_CHECKING:
    from pathlib import Path

assert sys.platform != "win32"  # which has no such terminals


class Start(NamedTuple):
    """A shell on a terminal.

    Args:
        command: the program and its options.
        file: where the script goes, below the home.
        rc_file: what the user writes into which file.
    """

    command: tuple[str, ...]
    file: str
    rc_file: tuple[str, str] | None = None


SHELLS: Final = {
    "bash": Start(("bash", "-i"), "completion.bash", (".bashrc", ". ~/completion.bash\n")),
    "zsh": Start(
        ("zsh", "-i"),
        "completions/_proxyenv",
        (".zshrc", "fpath+=~/completions\nautoload -U compinit\ncompinit -u\n"),
    ),
    "fish": Start(("fish",), ".config/fish/completions/proxyenv.fish"),
    "tcsh": Start(("tcsh",), "completion.tcsh", (".tcshrc", "source ~/completion.tcsh\n")),
}

LINES: Final = {
    "a verb": ("roll", "rollback"),
    "a verb of a group": ("trust insp", "trust inspect"),
    "an option": ("setup --no-che", "setup --no-check"),
    "a value": ("env --place kub", "env --place kubernetes"),
    "a tool": ("setup --configure pi", "setup --configure pip"),
}
"""What is typed, and what stands there after Tab."""


def complete(home: Path, start: Start, line: str) -> str:
    """Type a line, Tab and Return, and say which arguments the program then got."""
    (home / "bin").mkdir()
    stand_in, seen = home / "bin/proxyenv", home / "seen"
    stand_in.write_text(f'#!/bin/sh\necho "$*" > {seen}.part; mv {seen}.part {seen}\n')
    stand_in.chmod(0o755)
    environment = {**environment_of(home), "TERM": "vt100", "PATH": f"{home}/bin:/usr/bin:/bin"}
    process, leader = pty.fork()
    if process == 0:
        os.chdir(home)
        program = find_program(start.command[0])
        os.execve(program, list(start.command), environment)  # noqa: S606 - a shell is what it starts
    said, end = b"", time.monotonic() + 60
    keys = [f"proxyenv {line}\t".encode(), b"\r"]
    while not seen.exists() and time.monotonic() < end:
        if not select.select([leader], [], [], 1)[0]:  # it waits for somebody to type
            os.write(leader, keys.pop(0) if keys else b"")
            continue
        try:
            said += os.read(leader, 65536)
        except OSError:  # the shell has ended
            break
        if said.endswith(b"\x1b[6n"):  # where is the cursor?
            os.write(leader, b"\x1b[1;1R")
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(leader)
    assert seen.exists(), said.decode(errors="replace")
    return seen.read_text().strip()


@in_ci
@pytest.mark.parametrize("phrase", LINES)
@pytest.mark.parametrize("name", SHELLS)
def test_a_line_is_completed(name: str, phrase: str, tmp_path: Path) -> None:
    start, (line, whole) = SHELLS[name], LINES[phrase]
    find_program(start.command[0])
    printed = proxyenv("completion", name, home=tmp_path)
    assert (printed.status, printed.err) == (0, "")
    script = tmp_path / start.file
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(printed.out)
    if start.rc_file:
        (tmp_path / start.rc_file[0]).write_text(start.rc_file[1])
    assert complete(tmp_path, start, line) == whole
