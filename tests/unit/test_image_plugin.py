"""The plugin of an image: its wheel is proxyenv's own rule, and stands back where proxyenv is."""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.cli import run
from support.certificates import make_ca

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

WHEEL: Final = "proxyenv_prefect_plugin-0.1.0-py3-none-any.whl"


class Context:
    """What Prefect hands to a hook, as far as it is used."""

    logger_factory = staticmethod(logging.getLogger)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, written for the very place where it is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("corp.pem").write_bytes(make_ca("Corp").pem)
    given = ("--proxy", "proxy.corp.test:3128", "--ca", "corp.pem", "--at", str(tmp_path / "out"))
    assert run(["image", "write", "out", *given]) == 0
    return tmp_path / "out"


@pytest.fixture
def plugin(place: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the wheel, without proxyenv beside it."""
    monkeypatch.syspath_prepend(str(place / WHEEL))
    for name in [name for name in sys.modules if name.split(".")[0] == "proxyenv_plugin"]:
        monkeypatch.delitem(sys.modules, name)
    module = importlib.import_module("proxyenv_plugin")
    monkeypatch.setattr(module, "_has_proxyenv", lambda: False)
    return module


def test_it_is_small_and_imports_nothing_of_proxyenv(place: Path) -> None:
    assert (place / WHEEL).stat().st_size < 10_000
    with zipfile.ZipFile(place / WHEEL) as wheel:
        sources = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")]
    imports = [
        line
        for source in sources
        for line in source.splitlines()
        if line.startswith(("from proxyenv.", "import"))
    ]
    assert sorted(imports) == ["import os", "import os", "import stat"]


def test_an_empty_process_gets_everything(plugin: ModuleType, place: Path) -> None:
    added = plugin.setup_environment(ctx=Context()).env
    assert added["HTTPS_PROXY"] == "http://proxy.corp.test:3128"
    assert added["SSL_CERT_FILE"] == f"{place}/ca-bundle.pem"
    written = (line.partition("=") for line in (place / "env.list").read_text().splitlines())
    assert added == {name: value for name, _, value in written}


def test_what_a_process_has_stays(plugin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://other:1")
    added = plugin.setup_environment(ctx=Context()).env
    assert {"https_proxy", "HTTPS_PROXY"}.isdisjoint(added)
    assert "HTTP_PROXY" in added


def test_without_its_files_it_says_so_and_lets_prefect_go_on(
    plugin: ModuleType, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (place / "env.list").unlink()
    assert plugin.setup_environment(ctx=Context()) is None
    assert f"No such file or directory: '{place}/env.list'" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="its files are those of an image")
@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(getattr(os, "mkfifo", None), "env.list` is not a regular file", id="a pipe"),
        pytest.param(
            lambda path: path.symlink_to("/dev/zero"), "env.list` is not a regular file", id="a device"
        ),
        pytest.param(Path.mkdir, "Is a directory", id="a directory"),
        pytest.param(
            lambda path: path.write_text("A=b\n" * 300_000), "env.list` is larger than 1 MiB", id="too large"
        ),
    ],
)
def test_what_has_no_end_is_not_waited_for(
    plugin: ModuleType,
    place: Path,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[Path], object],
    said: str,
) -> None:
    (place / "env.list").unlink()
    make(place / "env.list")
    assert plugin.setup_environment(ctx=Context()) is None
    assert said in caplog.text


def test_a_missing_bundle_is_left_out_and_named(
    plugin: ModuleType, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (place / "ca-bundle.pem").unlink()
    assert "SSL_CERT_FILE" not in plugin.setup_environment(ctx=Context()).env
    assert f"{place}/ca-bundle.pem" in caplog.text


def test_it_stands_back_where_proxyenv_is(place: Path) -> None:
    ask = (
        "import proxyenv_plugin as p; from types import SimpleNamespace as N; "
        "print(p.setup_environment(ctx=N(logger_factory=None)))"
    )
    clone = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={"PYTHONPATH": f"{place / WHEEL}:{clone}", "HOME": str(place)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "None\n"
