from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest
from platformdirs import PlatformDirs

from proxyenv.errors import UsageError
from proxyenv.machine.config_directory import find_config_directory, find_user_directory
from proxyenv.machine.host import find_layout, read_host


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nothing set"),
        pytest.param({"XDG_CONFIG_HOME": "/xdg/config"}, id="XDG"),
        pytest.param({"XDG_CONFIG_HOME": ""}, id="XDG, empty"),
        pytest.param({"XDG_CONFIG_HOME": "  "}, id="XDG, blank"),
        pytest.param({"XDG_DATA_HOME": "/xdg/data"}, id="XDG, data"),
        pytest.param({"XDG_STATE_HOME": "/xdg/state"}, id="XDG, state"),
        pytest.param({"XDG_CACHE_HOME": "/xdg/cache"}, id="XDG, cache"),
    ],
)
def test_directories_are_those_of_platformdirs(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    expected = PlatformDirs("proxyenv", appauthor=False)
    layout = find_layout(None, {})
    assert Path(find_config_directory(None)) == expected.user_config_path == layout.config
    assert (layout.data, layout.state) == (expected.user_data_path, expected.user_state_path)
    assert Path(find_user_directory("cache")) == expected.user_cache_path


@pytest.mark.skipif(sys.platform != "linux", reason="platformdirs decides elsewhere")
@pytest.mark.parametrize("value", ["rel", ".", "~/x", ""])
@pytest.mark.parametrize(
    ("kind", "place"),
    [("config", ".config"), ("data", ".local/share"), ("state", ".local/state"), ("cache", ".cache")],
)
def test_a_relative_directory_does_not_count(
    kind: str, place: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", value)
    assert find_user_directory(kind) == f"/home/ada/{place}/proxyenv"


@pytest.mark.skipif(sys.platform != "linux", reason="platformdirs decides elsewhere")
def test_below_a_relative_home_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", "rel")
    assert find_config_directory(None) == "/nonexistent/rel/.config/proxyenv"


@pytest.mark.skipif(sys.platform == "win32", reason="accounts are others there")
def test_a_user_without_any_home_is_told_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nobody(user: int) -> NoReturn:
        raise KeyError(user)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", find_nobody)
    with pytest.raises(UsageError, match="`HOME` is not set, and the user has no account") as caught:
        read_host(None)
    assert caught.value.hint == "set `HOME` to a directory that this user can write"


def test_a_prefix_holds_everything(tmp_path: Path) -> None:
    layout = find_layout(str(tmp_path), {"PROXYENV_HOME": "/ignored"})
    assert {path.parent for path in (layout.bundle, layout.env_file("sh"), layout.receipt)} == {tmp_path}
    assert find_config_directory(str(tmp_path)) == str(tmp_path)


def test_the_variable_means_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYENV_HOME", str(tmp_path))
    assert find_config_directory(None) == str(tmp_path)
    assert find_layout(None, {"PROXYENV_HOME": str(tmp_path)}).config == tmp_path
