"""Who owns what a check of work pools has left on the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxyenv.checks.child.made import is_alive
from support.waiting import wait_until


def test_a_process_that_runs_is_alive() -> None:
    assert is_alive(os.getpid())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which process waits for its parent")
def test_a_process_that_only_waits_for_its_parent_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        stat = Path(f"/proc/{process.pid}/stat")
        assert wait_until(lambda: ") Z " in stat.read_text("utf-8"), 30)
        assert not is_alive(process.pid)
    assert not is_alive(process.pid)
