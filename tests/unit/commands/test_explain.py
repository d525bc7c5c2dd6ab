"""``proxyenv explain`` as text; as JSON it is in tests/contract/test_json.py."""

from __future__ import annotations

import json

import pytest

from proxyenv.cli import run
from proxyenv.codes import FAMILIES, read_family


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "proxy-refused"]) == 0
    assert capsys.readouterr().out == (
        "proxy-refused: nothing listens at the proxy's address\n"
        "\n"
        "usual reasons:\n"
        "  - the port is wrong\n"
        "  - the proxy is not running\n"
        "\n"
        "next step: ask IT for the proxy's host and port\n"
    )


def test_a_lint_has_its_severity(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "key-broken"]) == 0
    assert capsys.readouterr().out.startswith("key-broken (error): its key is too short\n")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("proxy-refuse", "did you mean `proxy-refused`?", id="a typing error"),
        pytest.param("NOT-SOURCED", "did you mean `not-sourced`?", id="upper case"),
        pytest.param("xyzzy", "`proxyenv explain` lists all codes", id="nothing like it"),
    ],
)
def test_an_unknown_code_is_refused(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error[usage]: there is no code `{name}`\n\nhint: {hint}")


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "errors: why a command failed (`code` in the `errors` of the JSON output)"
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [
        name for family in FAMILIES for name in read_family(family)
    ]


def test_the_list_as_json_holds_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--output", "json"]) == 0
    codes = json.loads(capsys.readouterr().out)["data"]["codes"]
    assert len(codes) == sum(len(read_family(family)) for family in FAMILIES)
