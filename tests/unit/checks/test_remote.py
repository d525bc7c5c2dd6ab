"""What a job says of a remote of git."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from proxyenv.checks.child.remote import ask_git
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"step": 5.0, "document": 5.0, "bytes": 1000}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its programs are scripts of a shell")


def put_git(directory: Path, script: str) -> None:
    """A git of PATH that is a script of the shell."""
    git = directory / "git"
    git.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    git.chmod(0o755)
    os.environ["PATH"] = f"{directory}:{os.environ['PATH']}"


def test_what_git_says_is_handed_on(tmp_path: Path) -> None:
    put_git(tmp_path, 'echo "fatal: repository not found" >&2; exit 128')
    assert ask_git("https://git.corp.test/x.git", LIMITS) == {
        "status": 128,
        "said": "fatal: repository not found",
    }


@pytest.mark.parametrize("script", ["exec sleep 60", "sleep 60 & wait"])
def test_a_git_that_hangs_is_not_waited_for(tmp_path: Path, script: str) -> None:
    put_git(tmp_path, script)
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match="no answer in 1 s"):
        ask_git("https://git.corp.test/x.git", LIMITS, seconds=1.0)
    assert time.monotonic() - begun < 10


@pytest.mark.timeout(60)
def test_what_git_has_started_ends_with_it() -> None:
    require_client("git")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        with pytest.raises(TimeoutError, match="no answer in 1 s"):
            ask_git(remote, LIMITS, seconds=1.0)
        connection, _ = silent.accept()
        with connection, connection.makefile("rb") as asked:
            assert asked.read().startswith(b"GET /x.git/info/refs?service=git-upload-pack")


def test_a_git_that_talks_without_end_is_not_heard_out(tmp_path: Path) -> None:
    put_git(tmp_path, "yes remote: no >&2")
    with pytest.raises(TimeoutError, match="no answer in 1 s"):
        ask_git("https://git.corp.test/x.git", LIMITS, seconds=1.0)


def test_of_a_long_answer_the_start_is_kept(tmp_path: Path) -> None:
    put_git(tmp_path, "yes no | head -c 1000000 >&2; exit 3")
    found = ask_git("https://git.corp.test/x.git", LIMITS)
    assert (found["status"], len(found["said"]), found["said"][:8]) == (3, 1024, "no no no")
