"""Which Python runs the user's flows, found in made-up environments."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import UsageError
from proxyenv.machine.host import read_host
from proxyenv.machine.pythons import find_pythons

if TYPE_CHECKING:
    from proxyenv.machine.pythons import Pythons

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="made of scripts")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")


def make_program(path: Path, text: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def find(*named: str, venvs: tuple[str, ...] = ()) -> Pythons:
    return find_pythons(read_host(), named, venvs)


def find_path(*named: str, venvs: tuple[str, ...] = ()) -> str:
    (python,) = find(*named, venvs=venvs).chosen
    return python.path


def test_by_default_the_active_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = make_program(tmp_path / ".venv/bin/python")
    make_program(tmp_path / "tool/bin/prefect", f"#!{make_program(tmp_path / 'tool/bin/python')}\n")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "tool/bin"))
    found = find()
    assert [each.path for each in found.chosen] == [python]
    other = f"{tmp_path}/tool/bin/python"
    assert found.notes == (
        f"`prefect` runs in another Python: `proxyenv check --python {other}` checks that one",
    )


def test_one_environment_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(tmp_path / ".venv/bin/python")
    make_program(tmp_path / ".venv/bin/prefect", f"#!{make_program(tmp_path / '.venv/bin/python3')}\n")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", str(tmp_path / ".venv/bin"))
    assert find().notes == ()


def test_an_active_environment_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    assert find().notes == (f"`VIRTUAL_ENV` names `{tmp_path}/gone`, which has no Python in it",)
    assert find_path() == sys.executable


def test_an_environment_that_was_set_up_comes_before_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_program(tmp_path / "project/bin/python")
    make_program(tmp_path / "bin/prefect", f"#!{make_program(tmp_path / 'bin/python')}\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_path(venvs=(str(tmp_path / "project"),)) == python


@pytest.mark.parametrize(
    ("script", "python"),
    [
        pytest.param("#!{root}/venv/bin/python3.12\nimport sys\n", "venv/bin/python3.12", id="first line"),
        pytest.param("#!{root}/venv/bin/python3.12 -sE\n", "venv/bin/python3.12", id="with options"),
        pytest.param("#!/usr/bin/env python3.12\n", "venv/bin/python3.12", id="env"),
        pytest.param(
            "#!/bin/sh\n'''exec' \"{root}/venv/bin/python3.12\" \"$0\" \"$@\"\n' '''\n",
            "venv/bin/python3.12",
            id="a path that is too long for a first line",
        ),
        pytest.param("#!/usr/bin/env bash\nexec pyenv exec prefect\n", "shims/python", id="version manager"),
        pytest.param("#!/gone/bin/python3\n", "shims/python", id="an interpreter that is gone"),
        pytest.param("\x7fELF", "shims/python", id="program"),
    ],
)
def test_the_python_behind_prefect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, python: str
) -> None:
    for name in ("venv/bin/python3.12", "shims/python"):
        make_program(tmp_path / name)
    make_program(tmp_path / "shims/prefect", script.replace("{root}", str(tmp_path)))
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "shims"), str(tmp_path / "venv/bin"))))
    assert find_path() == str(tmp_path / python)


@pytest.mark.parametrize("entry", ["", ".", "bin"])
def test_a_relative_entry_of_the_path_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    for name in ("prefect", "bin/prefect"):
        make_program(tmp_path / name, f"#!{make_program(tmp_path / 'trap/python')}\n")
    monkeypatch.setenv("PATH", entry)
    assert find_path() == sys.executable


def test_a_python_is_named_by_path_directory_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, named = make_program(tmp_path / ".venv/bin/python"), make_program(tmp_path / "bin/python3.12")
    make_program(tmp_path / "python3.12")  # in the working directory, where nobody means it
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert [each.path for each in find(".venv", ".venv/bin/python", "python3.12", "./python3.12").chosen] == [
        inside,
        inside,
        named,
        str(tmp_path / "python3.12"),
    ]


@pytest.mark.parametrize("named", ["gone/bin/python", "gone", "empty", "python3.12"])
def test_a_python_that_is_not_there_is_refused(tmp_path: Path, named: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"given by `--python`") as refused:
        find(named)
    assert refused.value.code == "python-not-found"
