"""Real shells, started as users start them, have the variables after ``setup --shell NAME``."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from support.command import Ran, environment_of, proxyenv
from support.shells import find_program

if TYPE_CHECKING:
    from pathlib import Path

assert sys.platform != "win32"  # which has no such terminals


class Start(NamedTuple):
    """One way to start a shell.

    Args:
        shell: as ``--shell`` names it.
        command: the program and its options; a `-` before the name is what `login` puts there.
        existing: files that lie there before, by name, and what is in them.
        environment: what else the session has.
    """

    shell: str
    command: tuple[str, ...]
    existing: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    environment: dict[str, str] = {}  # noqa: RUF012 - likewise


STARTS: Final = {
    "bash, interactive": Start("bash", ("bash", "-i")),
    "bash, interactive, with an rc file": Start("bash", ("bash", "-i"), {".bashrc": "alias x=y"}),
    "bash, login": Start("bash", ("-bash",)),
    "bash, login, .profile": Start("bash", ("-bash",), {".profile": "MINE=1\n"}),
    "bash, login, .bash_login": Start("bash", ("-bash",), {".bash_login": "", ".profile": "exit 9"}),
    "bash, login, .bash_profile": Start(
        "bash", ("-bash",), {".bash_profile": "MINE=1", ".bash_login": "exit 9", ".profile": "exit 9"}
    ),
    "bash, login, .profile that reads .bashrc": Start("bash", ("-bash",), {".profile": ". ~/.bashrc\n"}),
    "dash, login": Start("dash", ("-dash",)),
    "sh, login, CRLF": Start("sh", ("-sh",), {".profile": "# none\r\n"}),
    "busybox, login": Start("busybox", ("busybox", "sh", "-l")),
    "elvish": Start("elvish", ("elvish",)),
    "fish": Start("fish", ("fish",)),
    "fish, login": Start("fish", ("-fish",)),
    "fish, elsewhere": Start("fish", ("fish",), environment={"XDG_CONFIG_HOME": "/HOME/elsewhere"}),
    "ksh, interactive": Start("ksh", ("ksh", "-i")),
    "ksh, login": Start("ksh", ("-ksh",)),
    "mksh, interactive": Start("mksh", ("mksh", "-i")),
    "mksh, login": Start("mksh", ("-mksh",)),
    "nushell": Start("nushell", ("nu",)),
    "nushell, login": Start("nushell", ("nu", "-l")),
    "tcsh": Start("tcsh", ("tcsh",)),
    "tcsh, login": Start("tcsh", ("-tcsh",)),
    "tcsh, .tcshrc": Start("tcsh", ("tcsh",), {".tcshrc": "set mine", ".cshrc": "exit 9"}),
    "xonsh": Start("xonsh", ("xonsh",)),
    "xonsh, login": Start("xonsh", ("xonsh", "-l")),
    "xonsh, below .config": Start("xonsh", ("xonsh",), {".config/xonsh/rc.xsh": "mine = 1\n"}),
    "yash, login": Start("yash", ("-yash",)),
    "yash, interactive": Start("yash", ("yash",), {".yashrc": "alias x=y"}),
    "zsh, interactive": Start("zsh", ("zsh", "-i")),
    "zsh, login": Start("zsh", ("-zsh",)),
    "zsh, ZDOTDIR": Start("zsh", ("zsh",), environment={"ZDOTDIR": "/HOME/zsh"}),
    "zsh, ZDOTDIR from .zshenv": Start(
        "zsh", ("-zsh",), {".zshenv": "export ZDOTDIR=~/zsh", "zsh/.zshrc": ""}
    ),
}


def set_up(home: Path, start: Start) -> None:
    for name, text in start.existing.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    environment = within(home, start.environment)
    if "ZDOTDIR" in start.existing.get(".zshenv", ""):  # as in a terminal of that user
        environment["ZDOTDIR"] = f"{home}/zsh"
    options = ("--proxy", "proxy.test:3128", "--no-check", "--yes", "--shell", start.shell)
    done = proxyenv("setup", *options, home=home, **environment)
    assert done.status == 0, done.err


def within(home: Path, environment: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("/HOME", str(home)) for name, value in environment.items()}


def type_into(home: Path, start: Start) -> str:
    """Start the shell on a terminal, type a command, and return what it wrote into a file."""
    name = start.command[0]
    program = find_program(name.removeprefix("-"))
    environment = {**environment_of(home), "TERM": "dumb", **within(home, start.environment)}
    seen = home / "seen"
    seen.unlink(missing_ok=True)
    (home / "probe").write_text("env > seen.part; mv seen.part seen\n")
    process, leader = pty.fork()
    if process == 0:
        os.chdir(home)
        os.execve(program, [name, *start.command[1:]], environment)  # noqa: S606 - a shell is what it starts
    said, answered, end = b"", 0, time.monotonic() + 30
    while not seen.exists() and time.monotonic() < end:
        if not select.select([leader], [], [], 0.3)[0]:  # it waits for somebody to type
            os.write(leader, b"sh probe\r")
            continue
        try:
            said += os.read(leader, 65536)
        except OSError:  # the shell has ended
            break
        if answered < said.count(b"\x1b[6n"):  # where is the cursor? it reads nothing before it knows
            answered += 1
            os.write(leader, b"\x1b[1;1R")
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(leader)
    assert seen.exists(), said.decode(errors="replace")
    return seen.read_text()


@pytest.mark.parametrize("name", STARTS)
def test_a_shell_has_the_variables_as_soon_as_it_starts(name: str, tmp_path: Path) -> None:
    start = STARTS[name]
    set_up(tmp_path, start)
    assert "\nhttps_proxy=http://proxy.test:3128\n" in "\n" + type_into(tmp_path, start)
    for file, text in start.existing.items():
        assert (tmp_path / file).read_bytes().startswith(text.encode())
    assert proxyenv("uninstall", "--yes", home=tmp_path, **within(tmp_path, start.environment)).status == 0
    assert "proxy" not in type_into(tmp_path, start).lower()
    for file, text in start.existing.items():
        assert (tmp_path / file).read_bytes() == text.encode()


def plain_setup(home: Path) -> Ran:
    return proxyenv(
        "setup", "--proxy", "proxy.test:3128", "--no-check", "--yes", "--shell", "bash", home=home
    )


@pytest.mark.parametrize("content", [b"alias x=y\r\nz", None], ids=["a file with CRLF", "nothing"])
def test_a_symlink_is_written_through_and_what_it_leads_to_put_back(
    content: bytes | None, tmp_path: Path
) -> None:
    (tmp_path / "dotfiles").mkdir()
    real, link = tmp_path / "dotfiles" / "bashrc", tmp_path / ".bashrc"
    link.symlink_to("dotfiles/bashrc")
    if content is not None:
        real.write_bytes(content)
    assert plain_setup(tmp_path).status == 0
    assert b"env.sh; fi\n" in real.read_bytes()
    assert link.is_symlink()
    assert proxyenv("uninstall", "--yes", home=tmp_path).status == 0
    assert link.is_symlink()
    assert (real.read_bytes() if real.exists() else None) == content


def test_a_read_only_rc_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / ".bashrc"
    path.write_text("alias x=y\n")
    path.chmod(0o444)
    assert plain_setup(tmp_path).status == 0
    assert (path.stat().st_mode & 0o777, "env.sh" in path.read_text()) == (0o444, True)
    assert proxyenv("uninstall", "--yes", home=tmp_path).status == 0
    assert (path.stat().st_mode & 0o777, path.read_text()) == (0o444, "alias x=y\n")


def test_where_a_directory_lies_nothing_at_all_is_written(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").mkdir()
    done = plain_setup(tmp_path)
    assert (done.status, f"`{tmp_path}/.bashrc` is not a file" in done.err) == (3, True)
    assert not (tmp_path / ".config/proxyenv/env.sh").exists()
