"""What one verb knows of a CA the others say too: `setup`, `status`, `check` and `trust inspect`."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.certificates import make_ca
from support.command import Ran, proxyenv

if TYPE_CHECKING:
    from pathlib import Path

LAX: Final = "its basicConstraints are not marked critical"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "lax.pem"
    path.write_bytes(make_ca("Lax", critical=False).pem)
    return path


def setup(home: Path, *more: str | Path) -> Ran:
    given = ("--proxy", "localhost:9", "--yes", "--no-check", "--no-activate")
    return proxyenv("setup", *given, *more, home=home)


def rows(home: Path, *arguments: str) -> list[dict[str, Any]]:
    report = proxyenv(*arguments, "--output", "json", home=home).json["data"]["report"]
    return [each for each in report if ", Python " in each["check"]]


def test_every_verb_knows_the_python_that_will_refuse_the_ca(tmp_path: Path, ca: Path) -> None:
    said = setup(tmp_path, "--ca", ca, "--target-python", "3.13.0")
    note = f"CA CN=Lax: Python 3.13, named by `--target-python`, refuses it: {LAX}; ask IT to reissue it with"
    assert note in said.err
    (status,) = rows(tmp_path, "status")
    assert (status["status"], status["cause"]) == ("failed", "ca-rejected")
    assert status["detail"] == f"CN=Lax: Python 3.13, named by `--target-python`, refuses it: {LAX}"
    assert rows(tmp_path, "check", "--url", "http://nobody.invalid/") == [status]
    inspected = proxyenv("trust", "inspect", str(ca), home=tmp_path)
    assert inspected.status == 1
    assert LAX in inspected.out


def test_the_versions_are_saved_and_taken_back(tmp_path: Path, ca: Path) -> None:
    setup(tmp_path, "--ca", ca, "--target-python", "3.13", "--target-python", "3.14.2")
    saved = tmp_path / ".config/proxyenv/proxyenv.toml"
    assert tomllib.loads(saved.read_text())["check"]["target_pythons"] == ["3.13", "3.14"]
    assert len(rows(tmp_path, "status")) == 2
    assert rows(tmp_path, "status", "--target-python", "none") == []
    setup(tmp_path, "--target-python", "none")
    assert "target_pythons" not in saved.read_text()
    assert rows(tmp_path, "status") == []


def test_verdicts_are_worked_out_for_a_version_that_is_new(tmp_path: Path, ca: Path) -> None:
    setup(tmp_path, "--ca", ca)
    receipt = tmp_path / ".local/state/proxyenv/receipt.json"
    assert "3.13" not in dict(json.loads(receipt.read_text())["anchors"][0]["verdicts"])
    (found,) = rows(tmp_path, "status", "--target-python", "3.13")
    assert LAX in found["detail"]


def test_a_receipt_without_verdicts_is_judged_from_the_file(tmp_path: Path, ca: Path) -> None:
    setup(tmp_path, "--ca", ca, "--target-python", "3.13")
    receipt = tmp_path / ".local/state/proxyenv/receipt.json"
    document = json.loads(receipt.read_text())
    del document["anchors"][0]["verdicts"]
    receipt.write_text(json.dumps(document))
    (found,) = rows(tmp_path, "status")
    assert LAX in found["detail"]


def test_what_is_no_version_is_refused(tmp_path: Path) -> None:
    ran = setup(tmp_path, "--target-python", "py313")
    assert ran.status == 2
    assert "`--target-python` is `py313`" in ran.err


@pytest.mark.parametrize(
    ("version", "status"),
    [pytest.param("3.12", 0, id="accepts it"), pytest.param("3.14", 1, id="refuses it")],
)
def test_inspect_asks_only_for_the_versions_that_are_named(
    tmp_path: Path, ca: Path, version: str, status: int
) -> None:
    assert proxyenv("trust", "inspect", ca, "--target-python", version, home=tmp_path).status == status
