"""``proxyenv demo``, from beginning to end."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.documents import ROOT
from support.machine import TOOLS, in_ci

if TYPE_CHECKING:
    from pathlib import Path


@in_ci
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_step_holds_and_nothing_stays(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "demo", "--tools", str(TOOLS)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok      uninstall: the home as it was" in done.stdout
    assert list(tmp_path.iterdir()) == []
