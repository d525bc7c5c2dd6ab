"""What version 0.1.0 left in a home is known, brought up to date, and taken back byte for byte.

The homes of ``installations`` were recorded with that version, see :mod:`support.record`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from proxyenv.__main__ import main
from support.recorded import RECORDINGS, expected_home, load_recording, make_home, restore_home
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorded on Linux")

NAMES = sorted(path.stem for path in RECORDINGS.glob("*.json"))
KILLED = {"killed", "killed-again"}


class Home:
    """A recorded home, and the command line in it."""

    def __init__(self, name: str, parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = name
        self.recording = load_recording(name)
        self.path = make_home(parent)
        self.beside = restore_home(self.recording, self.path)
        self.prefix = ("--prefix", "opt/proxyenv") if name == "prefix" else ()
        self.monkeypatch = monkeypatch

    def run(self, *arguments: str) -> int:
        self.monkeypatch.chdir(self.path)
        variables = {"PATH": "/usr/bin:/bin", "HOME": str(self.path), "SHELL": "/bin/bash"}
        for name in set(os.environ) - {"PYTEST_CURRENT_TEST"}:
            self.monkeypatch.delenv(name)
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr(sys, "argv", ["proxyenv", *arguments, *self.prefix])
        return main()

    def expect(self, nodes: Mapping[str, Any]) -> None:
        assert snapshot(self.path) == expected_home(nodes, self.path, self.beside)


@pytest.fixture(params=NAMES)
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(request.param, tmp_path, monkeypatch)


def report(home: Home, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    home.run("status", "--output", "json")
    outcomes: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["data"]["report"]
    return outcomes


def failures(outcomes: list[dict[str, Any]]) -> set[str]:
    return {outcome["cause"] for outcome in outcomes if outcome["status"] == "failed"}


def test_status_knows_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = report(home, capsys)
    details = {outcome["detail"] for outcome in outcomes if outcome["check"].startswith("file ")}
    if home.name in KILLED:
        assert failures(outcomes) >= {"interrupted", "modified"}
    elif home.name == "edited":
        assert failures(outcomes) == set()
        assert details == {"as written", "others changed it since; our part is as written"}
    else:
        assert failures(outcomes) == set()
        assert details == {"as written"}


def test_uninstall_takes_it_back(home: Home) -> None:
    assert home.run("uninstall", "--yes") == 0
    home.expect(home.recording.uninstalled)


def test_refresh_then_uninstall_takes_it_back(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert home.run(*home.recording.again, "--yes", "--no-check") == 0
    assert failures(report(home, capsys)) == set()
    assert home.run("uninstall", "--yes") == 0
    home.expect(home.recording.uninstalled)
