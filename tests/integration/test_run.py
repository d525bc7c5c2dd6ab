"""``run -- COMMAND``: status, streams and environment of the command, as a shell would give them."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from support.certificates import make_ca
from support.command import proxyenv

assert sys.platform != "win32"  # which has neither signals nor terminals of this kind

CLONE: Final = str(Path(__file__).parents[2])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ca = tmp_path / "corp.pem"
    ca.write_bytes(make_ca("Corp").pem)
    options = ("--proxy", "proxy.test:3128", "--ca", ca, "--no-check", "--no-rc", "--yes")
    assert proxyenv("setup", *options, home=tmp_path).status == 0
    return tmp_path


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param(("sh", "-c", "exit 7"), 7, id="its own status"),
        pytest.param(("sh", "-c", "kill -TERM $$"), -15, id="ended by a signal, as its parent sees it"),
        pytest.param(("no-such-command",), 127, id="not found"),
        pytest.param(("/etc/passwd",), 126, id="not executable"),
        pytest.param(("/",), 126, id="a directory"),
        pytest.param(("",), 127, id="no name"),
        pytest.param(("-c",), 127, id="a name with a hyphen"),
        pytest.param(("./script",), 126, id="a script without its first line"),
        pytest.param(("./lost",), 127, id="a script whose program is missing"),
        pytest.param(("./plain",), 126, id="a file without the right to be run"),
        pytest.param(("./plain/x",), 126, id="below a file"),
    ],
)
def test_the_status(home: Path, command: tuple[str, ...], status: int) -> None:
    write_scripts(home)
    assert proxyenv("run", "--", *command, home=home).status == status


def write_scripts(home: Path) -> None:
    for name, text, mode in (
        ("script", "echo x\n", 0o755),
        ("lost", "#!/none\n", 0o755),
        ("plain", "x", 0o644),
    ):
        (home / name).write_text(text)
        (home / name).chmod(mode)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("script", "no program, and no script that begins with `#!`"),
        ("lost", "it is there, but not the program that its first line names"),
        ("plain", "Permission denied"),
    ],
)
def test_the_reason_is_said(home: Path, name: str, said: str) -> None:
    write_scripts(home)
    assert f"proxyenv: `./{name}` cannot be run: {said}" in proxyenv("run", "--", f"./{name}", home=home).err


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("sh -c 'kill -TERM $$'", 143),
        ("sh -c 'kill -KILL $$'", 137),
        ("sh -c 'kill -HUP $$'", 129),
        ("sh -c 'exit 7'", 7),
        ("no-such-command", 127),
        ("/etc/passwd", 126),
    ],
)
def test_a_shell_sees_the_status_that_the_command_alone_would_give(
    home: Path, command: str, status: int
) -> None:
    heard = ("env", "--default-signal=HUP") if sys.platform == "linux" else ()  # which `nohup` ignores
    for before in ("", f"{sys.executable} -m proxyenv run -- "):
        done = subprocess.run(
            [*heard, "/bin/sh", "-c", f"{before}{command}; echo $?"],
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{status}\n"


def test_what_is_its_own_trouble_has_other_statuses(tmp_path: Path) -> None:
    assert proxyenv("run", "--", "true", home=tmp_path).status == 3
    assert proxyenv("run", home=tmp_path).status == 2


def test_with_next_to_no_environment_it_has_ours(home: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "proxyenv",
            "run",
            "--prefix",
            str(home / ".config/proxyenv"),
            "--",
            "env",
            "-0",
        ],
        env={"PYTHONPATH": CLONE, "ALL_PROXY": "socks5://old:1"},
        capture_output=True,
        check=True,
    )
    seen = dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    assert seen["https_proxy"] == "http://proxy.test:3128"
    assert seen["SSL_CERT_FILE"] == str(home / ".local/share/proxyenv/ca-bundle.pem")
    assert "ALL_PROXY" not in seen
    assert "LC_CTYPE" not in seen  # Python sets it for itself


def test_a_locale_that_was_given_passes(home: Path) -> None:
    done = proxyenv("run", "--", "sh", "-c", 'echo "$LC_CTYPE"', home=home, LC_CTYPE="C.UTF-8")
    assert done.out == "C.UTF-8\n"


def test_what_names_a_missing_file_is_left_as_it_was(home: Path) -> None:
    (home / ".local/share/proxyenv/ca-bundle.pem").unlink()
    done = proxyenv("run", "--", "sh", "-c", 'echo "$SSL_CERT_FILE"', home=home, SSL_CERT_FILE="/own.pem")
    assert done.out == "/own.pem\n"


def test_options_of_the_command_are_its_own(home: Path) -> None:
    done = proxyenv("run", "--", "echo", "--prefix", "--", "json", "$(id)", home=home)
    assert done.out == "--prefix -- json $(id)\n"


def test_a_broken_pipe_ends_the_command_as_usual(home: Path) -> None:
    assert proxyenv("run", "--", "sh", "-c", 'kill -PIPE $$; echo "still here"', home=home).status == -13


REPORTER: Final = """\
import os, signal
def say(text):
    os.write(1, f"{text}\\n".encode())
for name in ("HUP", "INT", "TERM", "USR1", "WINCH"):
    signal.signal(getattr(signal, f"SIG{name}"), lambda _number, _frame, name=name: say(name))
say(f"ready {os.getpid()} {os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()}")
while True:
    signal.pause()
"""


def test_signals_reach_the_command_which_is_the_same_process(home: Path) -> None:
    command = [sys.executable, "-m", "proxyenv", "run", "--", sys.executable, "-c", REPORTER]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == f"ready {child.pid} False\n"
        for name in ("HUP", "INT", "TERM", "USR1", "WINCH"):
            child.send_signal(getattr(signal, f"SIG{name}"))
            assert child.stdout.readline() == f"{name}\n"
        child.kill()


def test_control_c_on_the_terminal_reaches_the_command_once(home: Path) -> None:
    command = [sys.executable, "-m", "proxyenv", "run", "--", sys.executable, "-c", REPORTER]
    process, leader = pty.fork()
    if process == 0:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE}
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is the point
    said = read_until(leader, b"True\r\n")
    assert said == b"ready %d True\r\n" % process
    os.write(leader, b"\x03")
    read_until(leader, b"INT\r\n")
    os.kill(process, signal.SIGUSR1)  # whatever a second one would print comes before this
    assert read_until(leader, b"USR1\r\n") == b"USR1\r\n"
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(leader)


def read_until(descriptor: int, end: bytes) -> bytes:
    said = b""
    while not said.endswith(end):
        assert select.select([descriptor], [], [], 60)[0], said
        said += os.read(descriptor, 4096)
    return said


def test_it_has_the_directory_the_descriptors_and_the_signals_of_its_caller(home: Path) -> None:
    (home / "room").mkdir()
    told = []
    for before in ([], [sys.executable, "-m", "proxyenv", "run", "--"]):
        reading, writing = os.pipe()
        os.write(writing, b"through the pipe\n")
        os.close(writing)
        script = f"echo $0; pwd; cat /dev/fd/{reading}; grep Sig[IB] /proc/self/status"
        done = subprocess.run(
            [*before, "sh", "-c", script],
            cwd=home / "room",
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE},
            pass_fds=(reading,),
            capture_output=True,
            text=True,
            check=True,
        )
        os.close(reading)
        told.append(done.stdout)
    assert told[0] == told[1]
    assert told[1].startswith(f"sh\n{home}/room\nthrough the pipe\nSigBlk:")


def test_standard_input_passes(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "run", "--", "cat"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE},
        input=b"\x00\xff\n" * 50_000,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"\x00\xff\n" * 50_000


@pytest.mark.parametrize("program", ["./tool", "tool", "sub/tool"])
def test_a_program_is_found_as_a_shell_finds_it(home: Path, program: str) -> None:
    for place, mode in (("tool", 0o755), ("first/tool", 0o644), ("sub/tool", 0o755)):
        path = home / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {place}\n")
        path.chmod(mode)
    done = proxyenv("run", "--", program, home=home, PATH=f"{home}/first:{home}/sub:/usr/bin:/bin")
    assert done.out == ("tool\n" if program == "./tool" else "sub/tool\n")


def test_the_terminal_passes(home: Path) -> None:
    leader, follower = pty.openpty()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": CLONE}
    command = [
        sys.executable,
        "-m",
        "proxyenv",
        "run",
        "--",
        "sh",
        "-c",
        "test -t 0 && read x && echo got:$x",
    ]
    with subprocess.Popen(command, env=environment, stdin=follower, stdout=subprocess.PIPE) as child:
        os.write(leader, b"word\n")
        assert child.communicate(timeout=200)[0] == b"got:word\n"
    os.close(leader)
    os.close(follower)
