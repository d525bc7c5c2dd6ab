"""Windows as a source, from values as its documents and Chromium's tests have them. It was not run there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import windows
from proxyenv.decide.direct_routes import read_lists
from proxyenv.model.windows import WindowsProxy
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.model.findings import SourceSettings

USER = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
MACHINE = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
USER_POLICY = r"HKCU\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
MACHINE_POLICY = r"HKLM\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"


def ask(proxy: str = "", bypass: str = "", script: str = "", *, detects: bool = False) -> SourceSettings:
    answer = WindowsProxy(proxy, bypass, script, detects)
    return windows.read_user(MadeUpMachine(windows={"user": answer}, platform="win32"))


def proxies_of(found: SourceSettings) -> list[tuple[str, str]]:
    return [(kind, each.value) for kind, each in found.proxies]


@pytest.mark.parametrize(
    ("text", "proxies"),
    [
        ("", []),
        ("p.test:8080", [("all", "p.test:8080")]),
        ("http://p.test:8080", [("all", "http://p.test:8080")]),
        ("http=a.test:80;https=b.test:443", [("http", "a.test:80"), ("https", "b.test:443")]),
        ("http=a.test:80 https=b.test:443", [("http", "a.test:80"), ("https", "b.test:443")]),
        ("HTTP=http://a.test:80;ftp=c.test:21", [("http", "http://a.test:80")]),
        ("http=a.test:80;socks=s.test:1080", [("http", "a.test:80")]),
        ("socks=s.test:1080", [("all", "socks4://s.test:1080")]),
        ("ftp=c.test:21", []),
        ("p.test:8080;https=b.test:1", [("https", "b.test:1"), ("all", "p.test:8080")]),
        (";;", []),
    ],
)
def test_proxy_server(text: str, proxies: list[tuple[str, str]]) -> None:
    assert proxies_of(ask(text)) == proxies


def test_a_list_without_https_leaves_it_direct() -> None:
    assert [each.value for each in ask("http=a.test:80").direct] == [
        "names no proxy for `https://`, which goes direct"
    ]
    assert ask("a.test:80").direct == ()


@pytest.mark.parametrize(
    ("text", "rules", "notes"),
    [
        pytest.param("*.corp.test;host", [".corp.test", "host"], [], id="below a domain, and one name"),
        pytest.param("a.corp.test", ["a.corp.test"], [], id="one name alone"),
        pytest.param(
            "10.*;192.168.*.*;172.16.*", ["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/16"], [], id="ranges"
        ),
        pytest.param("<local>", ["<local>"], [], id="plain names"),
        pytest.param("*", ["*"], [], id="everything"),
        pytest.param("10.0.0.5;::1", ["10.0.0.5", "::1"], [], id="addresses"),
        pytest.param("*.a.test, b.test c.test", [".a.test", "b.test", "c.test"], [], id="commas and blanks"),
        pytest.param("<-loopback>;a.test", ["a.test"], ["<-loopback>"], id="loopback taken back"),
        pytest.param(".corp.test;a.test", ["a.test"], [".corp.test"], id="a dot in front"),
        pytest.param("10.0.0.0/8;a.test", ["a.test"], ["10.0.0.0/8"], id="a network"),
        pytest.param("", [], [], id="nothing"),
    ],
)
def test_proxy_override(text: str, rules: list[str], notes: list[str]) -> None:
    found = ask("p.test:1", text)
    assert [str(rule) for _, read in read_lists(found) for rule in read.rules] == rules
    assert [each.value.split("`")[1] for each in found.notes] == notes


def test_one_name_is_not_what_is_below_it() -> None:
    ((_, read),) = read_lists(ask("p.test:1", "a.corp.test"))
    assert [type(rule).__name__ for rule in read.rules] == ["ExactHost"]


def test_a_script_and_detection() -> None:
    found = ask(script="http://w.test/p.pac", detects=True)
    assert (found.proxies, [each.value for each in found.pac]) == ((), ["http://w.test/p.pac"])
    assert [each.provenance for each in found.notes] == [rf"`AutoDetect` in `{USER}`"]
    assert "--wpad" in found.notes[0].value


def test_the_value_is_named() -> None:
    ((_, found),) = ask("p.test:1").proxies
    assert found.provenance == rf"`ProxyServer` in `{USER}`"


ON = {"ProxyEnable": 1, "ProxyServer": "p.test:1", "ProxyOverride": "*.a.test"}


@pytest.mark.parametrize(
    ("keys", "proxies", "place"),
    [
        pytest.param({}, [], "", id="none"),
        pytest.param({USER: ON}, [], "", id="the settings of the user are no policy"),
        pytest.param({USER_POLICY: ON}, [("all", "p.test:1")], USER_POLICY, id="for the user"),
        pytest.param({MACHINE_POLICY: ON}, [("all", "p.test:1")], MACHINE_POLICY, id="for the machine"),
        pytest.param(
            {USER_POLICY: {**ON, "ProxyServer": "u.test:1"}, MACHINE_POLICY: ON},
            [("all", "u.test:1")], USER_POLICY, id="the user's comes first",
        ),
        pytest.param({USER_POLICY: {**ON, "ProxyEnable": 0}}, [], "", id="switched off"),
        pytest.param({MACHINE: ON}, [], "", id="settings of the machine that do not count"),
        pytest.param(
            {MACHINE: ON, MACHINE_POLICY: {"ProxySettingsPerUser": 0}},
            [("all", "p.test:1")], MACHINE, id="settings of the machine that a policy makes count",
        ),
    ],
)  # fmt: skip
def test_policies(keys: dict[str, dict[str, str | int]], proxies: list[tuple[str, str]], place: str) -> None:
    found = windows.read_policy(MadeUpMachine(keys=keys, platform="win32"))
    assert proxies_of(found) == proxies
    assert all(each.provenance == f"`ProxyServer` in `{place}`" for _, each in found.proxies)


def test_services() -> None:
    machine = MadeUpMachine(windows={"services": WindowsProxy("p.test:1", "<local>")}, platform="win32")
    found = windows.read_services(machine)
    assert proxies_of(found) == [("all", "p.test:1")]
    assert found.no_proxy[0].provenance == "`ProxyOverride` in the settings of WinHTTP"
