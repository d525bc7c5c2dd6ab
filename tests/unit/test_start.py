"""A start that is interrupted, or lacks what proxyenv needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SLOW = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a script ignores it
sys.meta_path.insert(0, Finder())
sys.argv = ["proxyenv", "status"]
from proxyenv.__main__ import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself an interrupt there")
@pytest.mark.parametrize("module", ["proxyenv.cli", "proxyenv.commands.arguments", "proxyenv.machine.drift"])
def test_an_interrupt_while_importing_is_no_traceback(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SLOW.replace("{module}", module)],
        env={"HOME": str(tmp_path), "PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "interrupted\n")


def test_a_bare_clone_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "proxyenv", "setup", "--proxy", "p.test:1"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    missing, hint = done.stderr.splitlines()[0], done.stderr.splitlines()[-1]
    assert missing.startswith("error[dependency-missing]: `")
    assert missing.endswith(f"` is not installed for `{sys.executable}`, and proxyenv needs it")
    assert hint == f"hint: `{sys.executable} -m pip install {ROOT}` installs proxyenv with what it needs"
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
