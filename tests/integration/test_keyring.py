"""The system's keyring as a source of the proxy's password: a real one, and those that are refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import proxyenv as package
from support.command import environment_of, proxyenv

GIVEN: Final = ("setup", "--proxy", "ada@proxy.corp.test:3128", "--yes", "--no-check", "--no-rc")
ASKED: Final = (*GIVEN, "--proxy-password-keyring", "corp proxy")

SESSION: Final = """
printf unlock | gnome-keyring-daemon --unlock --components=secrets > /dev/null || exit 9
printf 'gehe im' | "$1" -m keyring set 'corp proxy' ada || exit 8
"$@"
"""

CLEAR_TEXT: Final = """
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username): return "geheim"
    def set_password(self, service, username, password): pass
"""


def require(*programs: str) -> list[str]:
    found = [shutil.which(name) or "" for name in programs]
    if not all(found) and not os.environ.get("CI"):
        pytest.skip(f"not all installed: {', '.join(programs)}")
    assert all(found)
    return found


def exported(home: Path) -> str:
    text = (home / ".config/proxyenv/env.sh").read_text("utf-8")
    return text.partition("_proxyenv_set HTTPS_PROXY ")[2].partition("\n")[0]


@pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service")
def test_a_keyring_gives_the_password_and_refresh_asks_again(tmp_path: Path) -> None:
    session, _ = require("dbus-run-session", "gnome-keyring-daemon")

    def run(*arguments: str) -> str:
        path = str(Path(package.__file__).parents[1])
        python = (sys.executable, "-m", "proxyenv")
        done = subprocess.run(
            [session, "--", "sh", "-c", SESSION, "sh", *python, *arguments],
            cwd=tmp_path,
            env=environment_of(tmp_path, PYTHONPATH=path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "gehe im" not in run(*ASKED)
    assert exported(tmp_path) == "http://ada:gehe%20im@proxy.corp.test:3128"
    assert 'password_keyring = "corp proxy"' in (tmp_path / ".config/proxyenv/proxyenv.toml").read_text(
        "utf-8"
    )
    run("refresh", "--yes", "--no-check")
    assert exported(tmp_path) == "http://ada:gehe%20im@proxy.corp.test:3128"
    done = proxyenv("refresh", "--yes", "--no-check", home=tmp_path)  # without a keyring
    assert "; the password that is written stays" in done.err
    assert exported(tmp_path) == "http://ada:gehe%20im@proxy.corp.test:3128"


@pytest.mark.parametrize("name", ["null", "fail", "clear_text"])
def test_a_keyring_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/clear_text.py").write_text(CLEAR_TEXT)
    kind = {"clear_text": "clear_text.PlaintextKeyring"}.get(name, f"keyring.backends.{name}.Keyring")
    packages = str(tmp_path / "packages")
    done = proxyenv(*ASKED, home=tmp_path, packages=packages, PYTHON_KEYRING_BACKEND=kind)
    assert done.status == 3
    assert done.err == (
        f"error[proxy-password]: `{kind}` stands in for the keyring, and may keep passwords in clear text "
        "or none\n\nhint: use the keyring of your desktop or operating system; or `--proxy-password-file "
        "FILE` reads it from a file\n"
    )
    assert not (tmp_path / ".config/proxyenv").exists()


def test_one_in_clear_text_among_others_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/clear_text.py").write_text(
        f"{CLEAR_TEXT}\nclass Chain(PlaintextKeyring):\n    backends = [PlaintextKeyring()]\n"
    )
    packages = str(tmp_path / "packages")
    done = proxyenv(*ASKED, home=tmp_path, packages=packages, PYTHON_KEYRING_BACKEND="clear_text.Chain")
    assert (done.status, "`clear_text.PlaintextKeyring` stands in" in done.err) == (3, True)


def test_without_the_library_its_extra_is_named(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/keyring.py").write_text("raise ImportError")
    done = proxyenv(*ASKED, home=tmp_path, packages=str(tmp_path / "packages"))
    assert done.status == 3
    assert f"hint: `{sys.executable} -m pip install 'keyring>=25'`\n" in done.err


def test_nobody_imports_it_who_does_not_ask(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/keyring.py").write_text("raise SystemExit(77)")
    (tmp_path / "password").write_text("geheim")
    (tmp_path / "password").chmod(0o600)
    packages = str(tmp_path / "packages")
    done = proxyenv(*GIVEN, "--proxy-password-file", "password", home=tmp_path, packages=packages)
    assert done.status == 0, done.err
