"""``run -- COMMAND``: status, streams and environment of the command, as a shell would give them."""

from __future__ import annotations

import os
import pty
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
    ],
)
def test_the_status(home: Path, command: tuple[str, ...], status: int) -> None:
    assert proxyenv("run", "--", *command, home=home).status == status


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


def test_what_names_a_missing_file_is_left_as_it_was(home: Path) -> None:
    (home / ".local/share/proxyenv/ca-bundle.pem").unlink()
    done = proxyenv("run", "--", "sh", "-c", 'echo "$SSL_CERT_FILE"', home=home, SSL_CERT_FILE="/own.pem")
    assert done.out == "/own.pem\n"


def test_options_of_the_command_are_its_own(home: Path) -> None:
    done = proxyenv("run", "--", "echo", "--prefix", "--", "json", "$(id)", home=home)
    assert done.out == "--prefix -- json $(id)\n"


def test_a_broken_pipe_ends_the_command_as_usual(home: Path) -> None:
    assert proxyenv("run", "--", "sh", "-c", 'kill -PIPE $$; echo "still here"', home=home).status == -13


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
        assert child.communicate(timeout=60)[0] == b"got:word\n"
    os.close(leader)
    os.close(follower)
