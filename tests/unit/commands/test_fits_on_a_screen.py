"""Verbs that connect to nothing, on a pseudo-terminal of eighty columns.

All of them, with a check: `tests/faults/test_screens.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.command import environment_of, proxyenv, proxyenv_sourced

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")

ROOT: Final = Path(__file__).parents[3]
NO_PROXY: Final = ",".join(f"host-{n}.corp.example" for n in range(30))
COMMAND: Final = "`[^`]+`"
"""What is to be pasted has a line of its own, which the terminal breaks."""

HOSTILE: Final = "http://p.test:1/\x1b[2J"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "corp.pem").write_bytes(make_ca("Corp Root").pem)
    (home / "two.pem").write_bytes(make_ca("One").pem + make_ca("Two").pem)
    given = ("--proxy", "proxy.corp.example:3128", "--ca", home / "corp.pem", "--no-proxy", NO_PROXY)
    done = proxyenv("setup", *given, "--yes", "--no-check", home=home)
    assert done.status == 0, done.err
    return home


def see(home: Path, *arguments: str, **variables: str) -> list[str]:
    """What a terminal is sent, line by line."""
    ours, theirs = os.openpty()  # type: ignore[attr-defined,unused-ignore]  # no Windows
    known = {"PATH": "/nonexistent", "TERM": "xterm", "COLUMNS": "80", "LINES": "24", "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-m", "proxyenv", *arguments],
        cwd=home,
        env=environment_of(home, **(known | variables)),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b"".join(_read(ours))
    os.close(ours)
    child.wait()
    return sent.decode().replace("\r\n", "\n").rstrip("\n").split("\n")


def _read(descriptor: int) -> Iterator[bytes]:
    try:
        while data := os.read(descriptor, 65536):
            yield data
    except OSError:  # the other end is closed
        return


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("status",), id="status"),
        pytest.param(("clients",), id="clients"),
        pytest.param(("routes",), id="routes"),
        pytest.param(("discover",), id="discover"),
        pytest.param(("trust", "inspect", "corp.pem"), id="trust inspect"),
        pytest.param(("trust", "inspect", "two.pem"), id="trust inspect of several"),
        pytest.param(("setup", "--proxy", "other.corp.example:1", "--dry-run"), id="setup --dry-run"),
        pytest.param((), id="proxyenv alone"),
    ],
)
def test_it_is_a_screen_of_whole_words(home: Path, arguments: tuple[str, ...]) -> None:
    lines = see(
        home, *arguments, NO_COLOR="1", NO_PROXY=NO_PROXY, HTTPS_PROXY="http://proxy.corp.example:3128"
    )
    lines = [re.sub(r"\r|\x1b\[(\?25[lh]|\d?[AK])", "", line) for line in lines]  # of the lines that are gone
    shown = "\n".join(lines)
    longer = [line.strip() for line in lines if len(line) > 80 and " " in line.strip()]
    assert [line for line in longer if not re.fullmatch(COMMAND, line)] == [], shown
    assert len(lines) <= 22, shown
    assert "\x1b" not in shown


def test_verbose_and_a_pipe_have_everything(home: Path) -> None:
    whole = proxyenv("status", home=home).out
    verbose = see(home, "status", "-v", NO_COLOR="1")
    files = [line for line in verbose if line.startswith("ok       file")]
    assert len(files) == len([line for line in whole.splitlines() if line.startswith("ok      file [")]) > 10
    assert "…" not in "".join(verbose)
    assert "\x1b" not in whole


def test_quiet_says_nothing_where_all_is_well_and_the_failure_alone_where_not(home: Path) -> None:
    assert proxyenv_sourced("status", "-q", home=home) == (0, "", "")
    file = home / ".config/proxyenv/env.fish"
    before = file.read_bytes()
    file.write_bytes(before + b"# edited\n")
    done = proxyenv_sourced("status", "-q", home=home)
    file.write_bytes(before)
    lines = done.out.splitlines()
    assert lines[:2] == [
        f"failed  file [{file}]  modified: it was changed after it was written",
        "        hint: `proxyenv refresh` writes it again",
    ]
    assert re.fullmatch(r"1 of \d+ checks failed; the first is file \[.*\]: modified", lines[2])
    assert (done.status, len(lines)) == (1, 3)


def test_a_hostile_value_does_not_steer_the_terminal(home: Path) -> None:
    shown = "\n".join(see(home, "discover", NO_COLOR="1", http_proxy=HOSTILE))
    assert "\x1b" not in shown
