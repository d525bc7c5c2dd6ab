"""A home named `user@domain`, as directory services make them: its paths are no URLs with a user."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.cli import run
from support.certificates import make_ca
from support.pac_cases import make_function

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="homes and modes of POSIX")

QUIET = ("--yes", "--no-check", "--no-rc")
PAC = make_function('return "PROXY proxy.corp.test:8080";')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "ada@corp.test"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.corp.test/simple/")
    monkeypatch.chdir(home)
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    (home / "p.pac").write_text(PAC)
    return home


def test_a_policy_is_named_by_its_path(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "policy.toml").write_text("x = 1\n")
    assert run(["diff", "--config", str(home / "policy.toml")]) == 3
    said = capsys.readouterr().err
    assert f"the policy `{home}/policy.toml` has no `version = 1`" in said
    assert run(["diff", "--config", f"{home}/a:b.toml"]) == 3
    assert f"the policy `{home}/(8 characters)` cannot be read" in capsys.readouterr().err


def test_a_pac_file_is_named_by_its_path(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pac", str(home / "p.pac")]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{home}/p.pac\n")
    assert f"`proxyenv setup --pac {home}/p.pac` sets it up" in said


def test_what_is_set_up_from_such_files_is_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("setup", "--pac", str(home / "p.pac"), "--ca", "corp.pem", "--configure", "npm", *QUIET)
    (home / ".npmrc").write_text("x=1\n")
    assert run([*given, "--dry-run"]) == 0
    assert run([*given]) == 0
    assert (home / ".config/proxyenv/proxyenv.toml").stat().st_mode & 0o777 == 0o644
    capsys.readouterr()
    run(["status"])
    assert f"`{home}/p.pac` still says http://proxy.corp.test:8080" in capsys.readouterr().out
