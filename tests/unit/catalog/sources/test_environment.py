"""Proxy variables as a source of settings."""

from __future__ import annotations

import pytest

from proxyenv.catalog.sources import SOURCES, load_weaker_sources
from proxyenv.catalog.sources.environment import read
from proxyenv.machine.local import LocalMachine
from support.machines import MadeUpMachine, make_host


@pytest.mark.parametrize(
    ("environment", "proxies"),
    [
        pytest.param({}, [], id="none"),
        pytest.param(
            {"https_proxy": "p:1", "HTTPS_PROXY": "p:1"},
            [("https", "p:1", "`https_proxy` and `HTTPS_PROXY` in the environment")],
            id="equal ones are one find",
        ),
        pytest.param(
            {"HTTP_PROXY": "b:2", "http_proxy": "a:1", "ALL_PROXY": "c:3"},
            [
                ("http", "a:1", "`http_proxy` in the environment"),
                ("http", "b:2", "`HTTP_PROXY` in the environment"),
                ("all", "c:3", "`ALL_PROXY` in the environment"),
            ],
            id="different ones",
        ),
        pytest.param(
            {"http_proxy": ""}, [("http", "", "`http_proxy` in the environment")], id="empty is said too"
        ),
    ],
)
def test_proxies(environment: dict[str, str], proxies: list[tuple[str, str, str]]) -> None:
    found = read(LocalMachine(make_host(environment=environment)))
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == proxies


def test_an_empty_list_is_no_list() -> None:
    found = read(LocalMachine(make_host(environment={"NO_PROXY": " ", "no_proxy": "a.test"})))
    assert [each.value for each in found.no_proxy] == ["a.test"]


def test_the_environment_is_the_strongest_source() -> None:
    assert [source.name for source in SOURCES] == ["environment"]


HAS_ALL = (
    "/etc/NetworkManager/x",
    "/run/WSL/1",
    "/etc/sysconfig/proxy",
    "/etc/yum.conf",
    "/etc/apt/apt.conf",
)
ALL = ["gnome", "kde", "networkmanager", "wsl", "login", "zypper", "dnf", "apt", "tools", "project"]


@pytest.mark.parametrize(
    ("platform", "desktop", "files", "names"),
    [
        pytest.param("linux", "ubuntu:GNOME", HAS_ALL, ALL, id="Linux"),
        pytest.param("linux", "KDE", HAS_ALL, ["kde", "gnome", *ALL[2:]], id="a session of KDE"),
        pytest.param("linux", "", (), ["gnome", "kde", "login", "tools", "project"], id="what is not here"),
        pytest.param(
            "win32", "", HAS_ALL, ["windows-policy", "windows", "winhttp", "tools", "project"], id="Windows"
        ),
        pytest.param("darwin", "", HAS_ALL, ["macos", "tools", "project"], id="macOS"),
        pytest.param("freebsd14", "", HAS_ALL, ["tools", "project"], id="another platform"),
    ],
)
def test_the_rank_of_the_weaker_sources(
    platform: str, desktop: str, files: tuple[str, ...], names: list[str]
) -> None:
    machine = MadeUpMachine(
        texts=dict.fromkeys(files, ""), environment={"XDG_CURRENT_DESKTOP": desktop}, platform=platform
    )
    assert [source.name for source in load_weaker_sources(machine)] == names
