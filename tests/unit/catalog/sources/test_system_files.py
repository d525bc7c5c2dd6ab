"""Files of the system as sources: logins, zypper, dnf and apt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import apt, dnf, login, zypper
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.model.findings import SourceSettings

Seen = tuple[list[tuple[str, str, str]], list[str], list[tuple[str, str]]]


def show(found: SourceSettings) -> Seen:
    """The proxies with kind and place, the lists, and what goes direct."""
    return (
        [(kind, each.value, each.provenance) for kind, each in found.proxies],
        [each.value for each in found.no_proxy],
        [(each.value, each.provenance) for each in found.direct],
    )


ETC = "/etc/environment"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param({}, ([], [], []), id="nothing"),
        pytest.param(
            {ETC: 'PATH=/bin\nhttp_proxy="http://p.test:1"\nHTTP_PROXY=http://p.test:1\nno_proxy=a.test\n'},
            (
                [(
                    "http", "http://p.test:1",
                    f"`http_proxy` in `{ETC}`, line 2, and `HTTP_PROXY` in `{ETC}`, line 3",
                )],
                ["a.test"],
                [],
            ),
            id="pam_env",
        ),
        pytest.param(
            {ETC: "https_proxy=none\nall_proxy=\nHTTP_PROXY=DIRECT\n"},
            (
                [], [],
                [
                    ("says `DIRECT`: no proxy for `http://`", "`HTTP_PROXY` in `/etc/environment`, line 3"),
                    ("says `none`: no proxy for `https://`", "`https_proxy` in `/etc/environment`, line 1"),
                    ("is empty: no proxy", "`all_proxy` in `/etc/environment`, line 2"),
                ],
            ),
            id="words for none",
        ),
        pytest.param(
            {ETC: "https_proxy=http://null:Zq7vXj3\nhttp_proxy=http://none:Zq7vXj3@p.test:1\n"},
            (
                [("http", "http://none:Zq7vXj3@p.test:1", "`http_proxy` in `/etc/environment`, line 2")],
                [],
                [("says `null`: no proxy for `https://`", "`https_proxy` in `/etc/environment`, line 1")],
            ),
            id="a word for none as a host, and as a user",
        ),
        pytest.param(
            {
                "/usr/lib/environment.d/10-a.conf": "P=p.test\n",
                "/etc/environment.d/20-b.conf": "https_proxy=http://${P}:${PORT:-8080}\n",
                "/home/ada/.config/environment.d/05-c.conf": "https_proxy=http://early.test:1\n",
            },
            (
                [(
                    "https", "http://p.test:8080", "`https_proxy` in `/etc/environment.d/20-b.conf`, line 1"
                )],
                [], [],
            ),
            id="sorted by name, variables replaced, the later one counts",
        ),
        pytest.param(
            {
                "/etc/environment.d/10.conf": "https_proxy=http://old.test:1\n",
                "/home/ada/.config/environment.d/10.conf": "# nothing\n",
            },
            ([], [], []),
            id="a file hides those of the same name",
        ),
        pytest.param(
            {ETC: "https_proxy=http://a.test:1\n", "/etc/environment.d/1.conf": "https_proxy=http://b.test:2\n"},
            ([("https", "http://b.test:2", "`https_proxy` in `/etc/environment.d/1.conf`, line 1")], [], []),
            id="environment.d comes after pam_env",
        ),
        pytest.param(
            {"/etc/environment.d/1.txt": "https_proxy=http://b.test:2\n"}, ([], [], []), id="not a conf"
        ),
    ],
)  # fmt: skip
def test_a_login(texts: dict[str, str], expected: Seen) -> None:
    assert show(login.read(MadeUpMachine(texts=texts))) == expected


SUSE = "/etc/sysconfig/proxy"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'PROXY_ENABLED="yes"\nHTTP_PROXY="http://p.test:1"\nHTTPS_PROXY=""\nNO_PROXY="localhost, a"\n',
            (
                [("http", "http://p.test:1", "`HTTP_PROXY` in `/etc/sysconfig/proxy`, line 2")],
                ["localhost, a"],
                [],
            ),
            id="on",
        ),
        pytest.param(
            'PROXY_ENABLED="no"\nHTTP_PROXY="http://p.test:1"\n',
            ([], [], [("says `no`: no proxy", "`PROXY_ENABLED` in `/etc/sysconfig/proxy`, line 1")]),
            id="off",
        ),
        pytest.param(
            'HTTP_PROXY="http://p.test:1"\n',
            ([], [], [("has no `PROXY_ENABLED`: no proxy", "`/etc/sysconfig/proxy`")]),
            id="never switched on",
        ),
        pytest.param('HTTP_PROXY=""\n', ([], [], []), id="as it is shipped, and nothing said"),
        pytest.param(
            'PROXY_ENABLED="yes"\nhttp_proxy="http://p.test:1"\n',
            ([], [], []),
            id="small letters are no name",
        ),
    ],
)
def test_zypper(text: str, expected: Seen) -> None:
    assert show(zypper.read(MadeUpMachine(texts={SUSE: text}))) == expected


DNF = "/etc/dnf/dnf.conf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[main]\ngpgcheck=1\nproxy=http://p.test:1\n",
            ([("all", "http://p.test:1", "`main.proxy` in `/etc/dnf/dnf.conf`, line 3")], [], []),
            id="plain",
        ),
        pytest.param(
            "[main]\nproxy=http://p.test:1\nproxy_username=ada\nproxy_password=s@c\n",
            ([("all", "http://ada:s%40c@p.test:1", "`main.proxy` in `/etc/dnf/dnf.conf`, line 2")], [], []),
            id="with a password",
        ),
        pytest.param(
            "[main]\nproxy=_none_\n",
            ([], [], [("says `_none_`: no proxy", "`main.proxy` in `/etc/dnf/dnf.conf`, line 2")]),
            id="none",
        ),
        pytest.param(
            '[main]\nproxy="http://p.test:1"\n',
            ([("all", "http://p.test:1", "`main.proxy` in `/etc/dnf/dnf.conf`, line 2")], [], []),
            id="in quotes",
        ),
        pytest.param("[main]\nproxy=\n", ([], [], []), id="empty is as if it was not there"),
        pytest.param("[main]\nProxy=http://p.test:1\n", ([], [], []), id="capitals are another name"),
        pytest.param("proxy=http://p.test:1\n", ([], [], []), id="outside of a section"),
    ],
)
def test_dnf(text: str, expected: Seen) -> None:
    assert show(dnf.read(MadeUpMachine(texts={DNF: text}))) == expected


def test_a_word_for_none_is_a_host_to_dnf() -> None:
    (note,) = dnf.read(MadeUpMachine(texts={DNF: "[main]\nproxy=_none_\n"})).notes
    assert tuple(note) == (
        "is taken for the name of a host by dnf: leave the value empty",
        "`main.proxy` in `/etc/dnf/dnf.conf`, line 2",
    )


def test_yum_has_a_file_of_its_own() -> None:
    machine = MadeUpMachine(texts={"/etc/yum.conf": "[main]\nproxy=http://p.test:1\n"})
    assert show(dnf.read(machine))[0] == [
        ("all", "http://p.test:1", "`main.proxy` in `/etc/yum.conf`, line 2")
    ]


def test_one_repository_is_a_note() -> None:
    machine = MadeUpMachine(texts={"/etc/yum.repos.d/a.repo": "[a]\nbaseurl=x\nproxy=http://p.test:1\n"})
    found = dnf.read(machine)
    assert (found.proxies, [tuple(note) for note in found.notes]) == (
        (),
        [("is for one repository alone", "`a.proxy` in `/etc/yum.repos.d/a.repo`, line 3")],
    )


def test_a_password_in_the_name_of_a_setting_is_masked() -> None:
    texts = {
        "/etc/yum.repos.d/a.repo": "[https://ci:secret@r.test/]\nproxy=http://p.test:1\n",
        APT: 'Acquire::http::Proxy { ci:secret@a.test "http://q.test:2"; };\n',
    }
    machine = MadeUpMachine(texts=texts)
    assert [tuple(note) for source in (dnf, apt) for note in source.read(machine).notes] == [
        (
            "is for one repository alone",
            "`https://****@r.test/.proxy` in `/etc/yum.repos.d/a.repo`, line 2",
        ),
        ("is a proxy for `****@a.test` alone", f"`****@a.test` in `{APT}`, line 1"),
    ]


APT = "/etc/apt/apt.conf.d/80proxy"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(
            {APT: 'Acquire::http::Proxy "http://p.test:1/";\nAcquire::http::Proxy::a.test "DIRECT";\n'},
            (
                [("http", "http://p.test:1/", f"`Acquire::http::Proxy` in `{APT}`, line 1")],
                ["a.test"],
                [],
            ),
            id="for all hosts but one",
        ),
        pytest.param(
            {APT: 'Acquire { http { Proxy "http://p.test:1"; }; https { Proxy "DIRECT"; }; };\n'},
            (
                [("http", "http://p.test:1", f"`Acquire::http::Proxy` in `{APT}`, line 1")],
                [],
                [("says `DIRECT`: no proxy for `https://`", f"`Acquire::https::Proxy` in `{APT}`, line 1")],
            ),
            id="https goes direct",
        ),
        pytest.param(
            {
                "/etc/apt/apt.conf": 'acquire::HTTP::proxy "http://last.test:1";\n',
                "/etc/apt/apt.conf.d/10": 'Acquire::http::Proxy "http://p.test:1";\n',
            },
            (
                [("http", "http://last.test:1", "`acquire::HTTP::proxy` in `/etc/apt/apt.conf`, line 1")],
                [], [],
            ),
            id="merged: apt.conf is read last",
        ),
    ],
)  # fmt: skip
def test_apt(texts: dict[str, str], expected: Seen) -> None:
    assert show(apt.read(MadeUpMachine(texts=texts))) == expected


def test_what_apt_has_beside_is_shown() -> None:
    text = (
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";\n'
        'Acquire::http::Proxy::b.test "http://q.test:2";\n'
    )
    found = apt.read(MadeUpMachine(texts={APT: text}))
    assert found.proxies == ()
    assert [each.value for each in found.notes] == [
        "names a program that says the proxy; it is not run",
        "is a proxy for `b.test` alone",
    ]
