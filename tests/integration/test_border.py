"""What the operating system refuses, in the middle of anything, is an error with a code: no traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.command import environment_of, proxyenv
from support.machine import in_ci, require_client

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its limits and devices")

FULL: Final = "error[no-space]: `standard output` cannot be used: no space left on device\n"
VERBS: Final = (["status"], ["discover"], ["clients"], ["env"], ["uninstall", "--dry-run"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that is set up."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text("alias ll='ls -l'\n")
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    given = ("--proxy", "localhost:9", "--ca", home / "corp.pem", "--no-derive")
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
    return home


def in_shell(home: Path, script: str, arguments: Sequence[str], *before: str) -> tuple[int, str, str]:
    """Run a script of sh in which `"$@"` is proxyenv."""
    done = subprocess.run(
        [*before, "sh", "-c", script, "sh", sys.executable, "-m", "proxyenv", *arguments],
        cwd=home,
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[2])),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments", [*VERBS, ["--version"], ["help"], ["--help"], ["setup", "-h"]], ids=" ".join
)
def test_an_output_that_is_full(home: Path, arguments: list[str]) -> None:
    status, _, err = in_shell(home, '"$@" >/dev/full', arguments)
    assert (status, FULL in err, "Traceback" in err) == (3, True, False)


def test_an_error_whose_json_cannot_be_written_is_still_said(home: Path) -> None:
    status, _, err = in_shell(home, '"$@" >/dev/full', ["status", "--prefix", "/nowhere", "--output", "json"])
    assert (status, err.splitlines()[0]) == (3, "error[not-installed]: nothing is set up here")


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", ">&- 2>&-"])
def test_a_setup_whose_remarks_cannot_be_written_is_finished(home: Path, where: str) -> None:
    given = ["setup", "--proxy", "localhost:10", "--yes", "--no-check", "--no-derive"]
    assert in_shell(home, f'"$@" {where}', given)[0] == 0
    assert "localhost:10" in (home / ".config/proxyenv/env.sh").read_text()


def test_what_a_network_drive_says_when_a_file_is_closed(home: Path) -> None:
    """Such a drive, or one with a quota, takes every byte, and refuses at the end."""
    strace, out = require_client("strace"), home / "out"
    out.touch()
    refuse = (
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        str(out),
        "-e",
        "trace=close",
        "-e",
        "inject=close:error=EDQUOT",
    )
    status, _, err = in_shell(home, f'exec "$@" >{out}', ["version"], strace, *refuse)
    said = "error[no-space]: `standard output` cannot be used: disk quota exceeded\n"
    assert (status, said in err, "Traceback" in err) == (3, True, False)


def test_a_verb_that_cannot_say_what_it_did_says_that_it_is_done(home: Path) -> None:
    status, _, err = in_shell(home, '"$@" >/dev/full', ["off", "--yes", "--output", "json"])
    assert (status, err.count("error[")) == (3, 1)
    assert "space left on device; what `off` had to change is changed\n" in err
    assert "hint: the command need not be run again" in err
    assert "off" in proxyenv("status", home=home).out


@in_ci
@pytest.mark.parametrize("arguments", [["discover"], ["clients"], ["status"]], ids=" ".join)
def test_too_little_memory_is_an_error_and_its_hint_helps(home: Path, arguments: list[str]) -> None:
    """From a process that has enough to one that Python hardly starts in."""
    refused = ""
    for kilobytes in range(60_000, 20_000, -4_000):
        status, _, err = in_shell(home, f'ulimit -S -v {kilobytes} && "$@"', arguments)
        assert "Traceback" not in err, f"{kilobytes} kB: {err}"
        assert "error[bug]" not in err
        assert status in {0, 1} or "error[" in err
        hint = re.search(r"^hint: `(ulimit .*)` raises", err, re.MULTILINE)
        if hint:
            refused = refused or f'ulimit -S -v {kilobytes} && {hint[1]} && "$@"'
    assert "ulimit -S -v unlimited" in refused
    assert "error" not in in_shell(home, refused, arguments)[2]


@in_ci
@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_disk_that_fails_while_it_is_read(home: Path, arguments: list[str]) -> None:
    """Reads of files below the home fail, one in each run, as on a network drive that goes away."""
    strace = require_client("strace")
    trace = home.with_name("trace")
    options = ("-qq", "-o", str(trace), "-y", "-e", "trace=read")
    said = in_shell(home, 'exec "$@"', arguments, strace, *options)
    calls = [line for line in trace.read_text(errors="replace").splitlines() if line.startswith("read(")]
    points = [number for number, line in enumerate(calls, start=1) if str(home) in line]
    assert points, said
    for number in points[:: len(points) // 8 + 1]:
        inject = ("-qq", "-o", "/dev/null", "-e", "trace=read", "-e", f"inject=read:error=EIO:when={number}")
        status, _, err = in_shell(home, 'exec "$@"', arguments, strace, *inject)
        assert "Traceback" not in err, f"{calls[number - 1][:200]}: {err}"
        assert "error[bug]" not in err
        assert status in {0, 1, 3}
