from __future__ import annotations

import sys
from pathlib import Path

import pytest

from proxyenv.demo.child import start_child
from proxyenv.errors import VerifyError
from support.waiting import wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"

SHOW = """\
import os, time
print(os.environ.get('HTTPS_PROXY'), os.environ['ONLY'], flush=True)
time.sleep(60)
"""

GRANDCHILD = """\
import subprocess, sys, time
print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)
time.sleep(60)
"""


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-c", program]


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and was not reaped yet does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_child_is_waited_for_and_stopped(tmp_path: Path) -> None:
    with start_child("sleeper", python(SLEEP), environment={}, directory=tmp_path) as child:
        assert child.wait_until(lambda: child.log.read_text("utf-8") or None, limit=30) == "up\n"
        assert child.process.poll() is None
    assert child.process.poll() is not None


@pytest.mark.skipif(sys.platform != "linux", reason="asks `/proc` who is alive")
def test_what_a_child_started_is_stopped_with_it(tmp_path: Path) -> None:
    with start_child("parent", python(GRANDCHILD), environment={}, directory=tmp_path) as child:
        pid = int(child.wait_until(lambda: child.log.read_text("utf-8").strip() or None, limit=30))
        assert is_alive(pid)
    assert wait_until(lambda: not is_alive(pid))


def test_a_child_sees_nothing_but_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://leaked.test:1")
    with start_child("shower", python(SHOW), environment={"ONLY": "this"}, directory=tmp_path) as child:
        assert child.wait_until(lambda: child.log.read_text("utf-8") or None, limit=30) == "None this\n"


def test_a_child_that_ends_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    program = python("import sys; sys.exit('port 4200 is taken')")
    with (
        start_child("server", program, environment={}, directory=tmp_path) as child,
        pytest.raises(VerifyError, match="server ended with status 1: port 4200 is taken"),
    ):
        child.wait_until(lambda: None, limit=30)


def test_a_child_that_takes_too_long_is_an_error(tmp_path: Path) -> None:
    with (
        start_child("server", python(SLEEP), environment={}, directory=tmp_path) as child,
        pytest.raises(VerifyError, match="server did not start in 0 s"),
    ):
        child.wait_until(lambda: None, limit=0.1)
