"""WSL as a source, from output composed after Microsoft's documents. It was not run there."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.catalog.sources import wsl
from support.machines import MadeUpMachine

KERNEL: Final = "5.15.167.4-microsoft-standard-WSL2\n"
REG: Final = "/mnt/c/Windows/System32/reg.exe"
KEY: Final = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICY: Final = r"HKLM\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
ROUTE: Final = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
    "eth0\t00000000\t017019AC\t0003\t0\t0\t0\t00000000\n"
)
WSL2: Final = {
    "/proc/sys/kernel/osrelease": KERNEL,
    "/run/WSL/1_interop": "",
    "/proc/net/route": ROUTE,
    REG: "",
}


def printed(key: str, *values: str) -> bytes:
    """What ``reg query`` prints, with the line ends of Windows."""
    long = key.replace("HKCU", "HKEY_CURRENT_USER").replace("HKLM", "HKEY_LOCAL_MACHINE")
    return "\r\n".join(("", long, *(f"    {value}" for value in values), "", "")).encode()


SETTINGS: Final = (
    "User Agent    REG_SZ    Mozilla/4.0 (compatible; MSIE 8.0; Win32)",
    "ProxyEnable    REG_DWORD    0x1",
    "ProxyServer    REG_SZ    proxy.corp.test:8080",
    "ProxyOverride    REG_SZ    *.corp.test;<local>",
    "ZonesSecurityUpgrade    REG_BINARY    AB12",
    "Empty    REG_SZ",
)


def make_machine(
    *values: str, mode: str = "nat", policy: tuple[str, ...] = (), **environment: str
) -> MadeUpMachine:
    return MadeUpMachine(
        texts=WSL2,
        versions={"wslinfo": "2"},
        environment=environment,
        said={
            "wslinfo --networking-mode": f"{mode}\n".encode(),
            f"reg.exe query {KEY}": printed(KEY, *values),
            f"reg.exe query {POLICY}": printed(POLICY, *policy),
        },
    )


def test_the_values_of_a_query() -> None:
    assert wsl.parse_query(printed(KEY, *SETTINGS).decode()) == {
        "User Agent": "Mozilla/4.0 (compatible; MSIE 8.0; Win32)",
        "ProxyEnable": 1,
        "ProxyServer": "proxy.corp.test:8080",
        "ProxyOverride": "*.corp.test;<local>",
        "Empty": "",
    }


def test_the_settings_of_windows() -> None:
    found = wsl.read(make_machine(*SETTINGS))
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == [
        ("all", "proxy.corp.test:8080", f"`ProxyServer` in `{KEY}` of Windows")
    ]
    assert ([each.value for each in found.no_proxy], found.patterns) == (["*.corp.test;<local>"], True)


def test_its_policy_comes_first() -> None:
    policy = ("ProxyEnable    REG_DWORD    0x1", "ProxyServer    REG_SZ    policy.test:1")
    found = wsl.read(make_machine(*SETTINGS, policy=policy))
    assert [each.value for _, each in found.proxies] == ["policy.test:1"]


LOOPBACK: Final = ("ProxyEnable    REG_DWORD    0x1", "ProxyServer    REG_SZ    127.0.0.1:3128")


NOT_REACHED: Final = (
    "is on the loopback of Windows, which this Linux does not reach: name it by `172.25.112.1:3128`, "
    "if it listens there, or set `networkingMode=mirrored` in `.wslconfig`"
)


@pytest.mark.parametrize(
    ("mode", "taken"), [("nat", False), ("virtioproxy", False), ("", False), ("mirrored", True)]
)
def test_a_proxy_on_the_loopback_of_windows(mode: str, taken: bool) -> None:
    found = wsl.read(make_machine(*LOOPBACK, mode=mode))
    assert [each.value for _, each in found.proxies] == (["127.0.0.1:3128"] if taken else [])
    assert [each.value for each in found.notes] == ([] if taken else [NOT_REACHED])


def test_the_pac_file_of_windows_is_in_a_variable() -> None:
    found = wsl.read(make_machine("ProxyEnable    REG_DWORD    0x0", WSL_PAC_URL="http://w.test/p.pac"))
    assert [tuple(each) for each in found.pac] == [
        ("http://w.test/p.pac", "`WSL_PAC_URL` in the environment")
    ]


def test_windows_does_not_answer() -> None:
    found = wsl.read(MadeUpMachine(texts=WSL2))
    assert [tuple(each) for each in found.notes] == [("does not answer: is `[interop]` off?", f"`{REG}`")]


def test_root_runs_no_program_of_windows() -> None:
    class OfRoot(MadeUpMachine):
        @property
        def is_root(self) -> bool:
            return True

    machine = make_machine(*SETTINGS)
    found = wsl.read(OfRoot(texts=machine.texts, said=machine.said))
    assert (found.proxies, [each.value for each in found.notes]) == ((), ["is not asked by root"])


@pytest.mark.parametrize(
    ("conf", "program"),
    [
        ("", REG),
        ("[automount]\nroot = /win\n", "/win/c/Windows/System32/reg.exe"),
        ('[boot]\nroot=/no\n[automount]\nenabled=true\nroot="/"\n', "/c/Windows/System32/reg.exe"),
    ],
)
def test_where_the_programs_of_windows_are(conf: str, program: str) -> None:
    texts = {name: text for name, text in WSL2.items() if name != REG} | {"/etc/wsl.conf": conf, program: ""}
    machine = MadeUpMachine(texts=texts, said={f"reg.exe query {KEY}": printed(KEY, *SETTINGS)})
    assert len(wsl.read(machine).proxies) == 1


@pytest.mark.parametrize(
    ("texts", "network"),
    [
        pytest.param({}, None, id="another Linux"),
        pytest.param({"/proc/sys/kernel/osrelease": KERNEL}, None, id="a container in WSL"),
        pytest.param(
            {"/proc/sys/kernel/osrelease": "4.4.0-19041-Microsoft\n", "/run/WSL/1": ""}, "wsl1", id="WSL 1"
        ),
        pytest.param({"/proc/sys/kernel/osrelease": KERNEL, "/run/WSL/1": ""}, "", id="no wslinfo"),
    ],
)
def test_where_we_are(texts: dict[str, str], network: str | None) -> None:
    found = wsl.find_wsl(MadeUpMachine(texts=texts))
    assert (found.network if found else None) == network
