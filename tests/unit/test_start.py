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


SHOW = """
import os, sys
from proxyenv.__main__ import main
{before}
sys.argv = ["proxyenv", "--version"]
main()
print(*(path for path in sys.path if path.startswith(os.environ["HOME"])))
"""


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        (":{home}/lib", "{home}/lib"),
        (".:lib:{home}/lib/:{home}/more", "{home}/lib {home}/more"),
        ("lib/..:more:", ""),
        ("{home}", "{home}"),
    ],
)
def test_only_absolute_entries_of_pythonpath_count(tmp_path: Path, entries: str, left: str) -> None:
    path = f"{entries.format(home=tmp_path)}:{ROOT}"
    assert show(SHOW.format(before=""), tmp_path, path) == f"proxyenv 0.1.0\n{left.format(home=tmp_path)}\n"


def test_what_lies_beside_the_package_is_imported_in_its_own_directory_too() -> None:
    assert str(ROOT) in show(SHOW.format(before=""), ROOT, ":").split()


@pytest.mark.skipif(sys.platform == "win32", reason="the current directory cannot be removed there")
def test_a_start_in_a_directory_that_was_removed(tmp_path: Path) -> None:
    script = SHOW.format(before="os.rmdir(os.getcwd())")
    (tmp_path / "gone").mkdir()
    assert show(script, tmp_path / "gone", f":{ROOT}").startswith("proxyenv 0.1.0\n")


def show(script: str, directory: Path, path: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=directory,
        env={"HOME": str(directory), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
