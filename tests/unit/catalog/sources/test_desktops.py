"""Desktops as sources: the GNOME family, KDE, and connections of NetworkManager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import gnome, kde, networkmanager
from support.dconf_database import SITE
from support.growth import soon
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.model.findings import SourceSettings

USER = "/home/ada/.config/dconf/user"
KIOSLAVERC = "/home/ada/.config/kioslaverc"


def proxies_of(found: SourceSettings) -> list[tuple[str, str]]:
    return [(kind, each.value) for kind, each in found.proxies]


def values_of(found: SourceSettings, field: str) -> list[str]:
    return [each.value for each in getattr(found, field)]


# GNOME


def test_the_database_of_the_user() -> None:
    found = gnome.read(MadeUpMachine(contents={USER: SITE}))
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == [
        (
            "http",
            "http://ada:s%40c@proxy.corp.test:3128",
            f"`/system/proxy/http/host` in `{USER}`, locked there",
        ),
        ("https", "http://ada:s%40c@proxy.corp.test:3128", f"`/system/proxy/https/host` in `{USER}`"),
    ]
    assert values_of(found, "no_proxy") == ["localhost,*.corp.test,10.0.0.0/8"]


def test_without_a_profile_a_site_does_not_count() -> None:
    assert gnome.read(MadeUpMachine(contents={"/etc/dconf/db/site": SITE})).proxies == ()


def test_a_profile_names_the_databases_of_a_site() -> None:
    machine = MadeUpMachine(
        texts={"/etc/dconf/profile/user": "user-db:user\nsystem-db:site # ours\n"},
        contents={"/etc/dconf/db/site": SITE},
    )
    assert len(gnome.read(machine).proxies) == 2


def test_a_profile_cannot_name_a_file_by_a_relative_path() -> None:
    machine = MadeUpMachine(
        texts={"/etc/dconf/profile/user": "system-db:../../home/x\nfile-db:site\n"},
        contents={"site": SITE},
    )
    assert gnome.read(machine).proxies == ()


def test_a_damaged_database_is_named() -> None:
    found = gnome.read(MadeUpMachine(contents={USER: SITE[:100]}))
    assert [tuple(each) for each in found.notes] == [("cannot be read: it is damaged", f"`{USER}`")]


def listed(**settings: str) -> bytes:
    """What ``gsettings list-recursively`` prints, with these values in it."""
    lines = {
        "org.gnome.system.proxy autoconfig-url": "''",
        "org.gnome.system.proxy ignore-hosts": "['localhost', '127.0.0.0/8', '::1']",
        "org.gnome.system.proxy mode": "'none'",
        "org.gnome.system.proxy use-same-proxy": "true",
        "org.gnome.system.proxy.http authentication-password": "''",
        "org.gnome.system.proxy.http authentication-user": "''",
        "org.gnome.system.proxy.http enabled": "false",
        "org.gnome.system.proxy.http host": "''",
        "org.gnome.system.proxy.http port": "8080",
        "org.gnome.system.proxy.http use-authentication": "false",
        "org.gnome.system.proxy.https host": "''",
        "org.gnome.system.proxy.https port": "0",
        "org.gnome.system.proxy.socks host": "''",
        "org.gnome.system.proxy.socks port": "0",
    }
    for name, value in settings.items():
        part, _, key = name.rpartition("_")
        scope = f"org.gnome.system.proxy{'.' if part else ''}{part}"
        lines[f"{scope} {key.replace('0', '-')}"] = value
    return "".join(f"{name} {value}\n" for name, value in lines.items()).encode()


def ask(desktop: str = "ubuntu:GNOME", **settings: str) -> SourceSettings:
    return gnome.read(
        MadeUpMachine(
            versions={"gsettings": "2.74"},
            environment={"XDG_CURRENT_DESKTOP": desktop},
            said={"gsettings list-recursively org.gnome.system.proxy": listed(**settings)},
        )
    )


@pytest.mark.parametrize(
    ("settings", "proxies"),
    [
        pytest.param({"http_host": "'p.test'"}, [("http", "p.test:8080")], id="the port of the schema"),
        pytest.param(
            {"http_host": "'p.test'", "http_port": "3128", "https_host": "'q.test'", "https_port": "1"},
            [("http", "p.test:3128"), ("https", "q.test:1")],
            id="one for each",
        ),
        pytest.param(
            {"https_host": "'http://q.test'", "https_port": "1"},
            [("https", "http://q.test:1")],
            id="a host with a scheme",
        ),
        pytest.param(
            {"socks_host": "'s.test'", "socks_port": "1080"},
            [("all", "socks5://s.test:1080")],
            id="SOCKS alone",
        ),
        pytest.param(
            {"socks_host": "'s.test'", "socks_port": "1080", "http_host": "'p.test'"},
            [("http", "p.test:8080")],
            id="SOCKS beside another",
        ),
        pytest.param({"http_host": "'::1'", "http_port": "1"}, [("http", "[::1]:1")], id="IPv6"),
        pytest.param(
            {
                "http_host": "'p.test'",
                "http_use0authentication": "true",
                "http_authentication0user": "'ada'",
                "http_authentication0password": "'it\\'s'",
                "https_host": "'other.test'",
                "https_port": "1",
            },
            [("http", "http://ada:it%27s@p.test:8080"), ("https", "other.test:1")],
            id="a password is for its proxy alone",
        ),
        pytest.param(
            {"http_host": "'p.test'", "http_authentication0user": "'ada'"},
            [("http", "p.test:8080")],
            id="a user who is not used",
        ),
        pytest.param({"https_port": "1"}, [], id="manual without a host"),
        pytest.param({"http_host": "'p.test"}, [], id="a text that does not end"),
        pytest.param({"http_host": "'" + "\\'" * 50_000}, [], id="one that seems to end very often"),
    ],
)
def test_manual(settings: dict[str, str], proxies: list[tuple[str, str]]) -> None:
    with soon(1):
        found = ask(_mode="'manual'", **settings)
    assert proxies_of(found) == proxies


def test_what_gsettings_says_counts_in_a_session_of_gnome_alone() -> None:
    settings = {"_mode": "'manual'", "http_host": "'p.test'"}
    assert proxies_of(ask("KDE", **settings)) == []
    assert proxies_of(ask("MATE", **settings)) == [("http", "p.test:8080")]
    assert gnome.read(MadeUpMachine(environment={"XDG_CURRENT_DESKTOP": "GNOME"})).proxies == ()


def test_a_port_of_thousands_of_digits_is_none() -> None:
    """Python refuses to read such a number, by a `ValueError`."""
    found = ask(_mode="'manual'", http_host="'p.test'", http_port="9" * 5_000)
    assert proxies_of(found) == proxies_of(ask(_mode="'manual'", http_host="'p.test'", http_port="''"))


def test_ignored_hosts_are_domains() -> None:
    found = ask(
        _mode="'manual'",
        http_host="'p.test'",
        _ignore0hosts="['a.test', '*.b.test', 'c.test:81', '10.0.0.0/8']",
    )
    assert values_of(found, "no_proxy") == ["a.test,*.b.test,c.test:81,10.0.0.0/8"]


@pytest.mark.parametrize("empty", ["@as []", "[]"])
def test_no_host_is_ignored(empty: str) -> None:
    assert ask(_mode="'manual'", http_host="'p.test'", _ignore0hosts=empty).no_proxy == ()


def test_the_default_of_a_desktop_is_no_find() -> None:
    assert ask().direct == ()


@pytest.mark.parametrize(
    ("url", "pac"),
    [("'http://w.test/p.pac'", ["http://w.test/p.pac"]), ("'/etc/p.pac'", ["/etc/p.pac"]), ("''", [])],
)
def test_automatic(url: str, pac: list[str]) -> None:
    found = ask(_mode="'auto'", _autoconfig0url=url, http_host="'p.test'")
    assert (found.proxies, values_of(found, "pac")) == ((), pac)
    assert ["--wpad" in each.value for each in found.notes] == ([] if pac else [True])


# KDE


def kioslaverc(*lines: str, header: str = "[Proxy Settings]") -> SourceSettings:
    text = "\n".join(("[$Version]", "update_info=x", "", header, *lines, "", "[Other]", "ProxyType=0", ""))
    return kde.read(
        MadeUpMachine(texts={KIOSLAVERC: text}, environment={"H": "p.test", "CORP": "http://c.test:1"})
    )


@pytest.mark.parametrize(
    ("lines", "proxies"),
    [
        pytest.param(("httpProxy=http://p.test 8080",), [("http", "http://p.test:8080")], id="a blank"),
        pytest.param(("httpProxy=http://p.test:8080",), [("http", "http://p.test:8080")], id="a colon"),
        pytest.param(("httpProxy=p.test 8080",), [("http", "p.test:8080")], id="no scheme"),
        pytest.param(
            ("httpProxy=http://p.test 1", "httpsProxy=http://q.test 2"),
            [("http", "http://p.test:1"), ("https", "http://q.test:2")],
            id="one for each",
        ),
        pytest.param(("httpProxy=", "httpsProxy=//:"), [], id="words for none"),
        pytest.param(("httpProxy[$e]=http://$H 8080",), [("http", "http://p.test:8080")], id="a variable"),
        pytest.param(("httpProxy[$ie]=http://${H} 8",), [("http", "http://p.test:8")], id="immutable too"),
        pytest.param(("httpProxy[fr]=http://p.test 8080",), [], id="another language"),
        pytest.param(("socksProxy=socks://s.test 1",), [("all", "socks5://s.test:1")], id="SOCKS alone"),
        pytest.param(
            ("socksProxy=socks://s.test 1080", "httpProxy=http://p.test 1"),
            [("http", "http://p.test:1")],
            id="SOCKS beside another",
        ),
        pytest.param(("httpProxy=http://a.test 1", "httpProxy=http://b.test 2"),
            [("http", "http://b.test:2")], id="the last counts"),
    ],
)  # fmt: skip
def test_kde_by_hand(lines: tuple[str, ...], proxies: list[tuple[str, str]]) -> None:
    assert proxies_of(kioslaverc("ProxyType=1", *lines)) == proxies


def test_the_line_is_named() -> None:
    (pair,) = kioslaverc("ProxyType=1", "httpProxy=http://p.test 8080").proxies
    assert pair[1].provenance == f"`httpProxy` in `{KIOSLAVERC}`, line 6"


@pytest.mark.parametrize(
    ("listed", "lists", "noted"),
    [
        ("localhost, .corp.test 10.0.0.0/8", ["localhost,.corp.test,10.0.0.0/8"], False),
        ("corp.test", ["corp.test"], True),
        ("<local>,.corp.test", [".corp.test", "<local>"], False),
    ],
)
def test_the_ends_of_names(listed: str, lists: list[str], noted: bool) -> None:
    found = kioslaverc("ProxyType=1", "httpProxy=http://p.test 1", f"NoProxyFor={listed}")
    assert values_of(found, "no_proxy") == lists
    assert [each.value for each in found.notes] == (
        ["means every name that ends in `corp.test`, as `xcorp.test` does; NO_PROXY can only say the domain"]
        if noted
        else []
    )


@pytest.mark.parametrize(("value", "taken"), [("true", False), ("1", False), ("false", True), ("0", True)])
def test_a_reversed_list_cannot_be_said(value: str, taken: bool) -> None:
    found = kioslaverc(
        "ProxyType=1", "httpProxy=http://ada:pw@p.test 1", "NoProxyFor=.a.test", f"ReversedException={value}"
    )
    assert bool(found.proxies) is taken
    assert "pw" not in "".join(values_of(found, "notes"))
    assert bool(found.notes) is not taken


@pytest.mark.parametrize(
    ("listed", "shown"),
    [("http://ada:SECxyz@a.test:9", "http://****@a.test:9"), ("http://ada:SECxyz", "(17 characters)")],
)
def test_a_reversed_list_is_shown_without_passwords(listed: str, shown: str) -> None:
    found = kioslaverc(
        "ProxyType=1", "httpProxy=http://p.test 1", f"NoProxyFor={listed}", "ReversedException=true"
    )
    said = f"sends only `{shown}` to http://p.test:1, which NO_PROXY cannot say; it is not taken"
    assert values_of(found, "notes") == [said]


@pytest.mark.parametrize(
    ("lines", "pac", "direct", "notes"),
    [
        pytest.param(("ProxyType=0",), [], ["says `0`: no proxy"], 0, id="none"),
        pytest.param(
            ("ProxyType=2", "Proxy Config Script=http://w.test/p.pac"),
            ["http://w.test/p.pac"],
            [],
            0,
            id="PAC",
        ),
        pytest.param(("ProxyType=3",), [], [], 1, id="WPAD"),
        pytest.param((), [], [], 0, id="nothing said"),
    ],
)
def test_other_kinds_of_kde(lines: tuple[str, ...], pac: list[str], direct: list[str], notes: int) -> None:
    found = kioslaverc(*lines, "httpProxy=http://p.test 1")
    assert (found.proxies, values_of(found, "pac"), values_of(found, "direct"), len(found.notes)) == (
        (), pac, direct, notes,
    )  # fmt: skip


def test_names_of_variables() -> None:
    found = kioslaverc("ProxyType=4", "httpProxy=NONE,CORP", "httpsProxy=UNSET")
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == [
        ("http", "http://c.test:1", f"`CORP`, which `httpProxy` in `{KIOSLAVERC}`, line 6 names")
    ]


def test_the_file_of_today_beats_that_of_kde_4() -> None:
    old = "[Proxy Settings]\nProxyType=1\nhttpProxy=http://old.test 1\nhttpsProxy=http://old.test 1\n"
    new = "[Proxy Settings]\nhttpProxy=http://new.test 2\n"
    machine = MadeUpMachine(texts={"/home/ada/.kde4/share/config/kioslaverc": old, KIOSLAVERC: new})
    assert proxies_of(kde.read(machine)) == [("http", "http://new.test:2"), ("https", "http://old.test:1")]


USER_SAYS = "[Proxy Settings]\nProxyType=1\nhttpProxy=http://mine.test 1\n"


SITE_SAYS = "=http://site.test 2\n"


@pytest.mark.parametrize(
    ("site", "proxy", "locked"),
    [
        pytest.param(f"[Proxy Settings]\nhttpProxy{SITE_SAYS}", "mine.test:1", False, id="no lock"),
        pytest.param(f"[Proxy Settings]\nhttpProxy[$i]{SITE_SAYS}", "site.test:2", True, id="a key"),
        pytest.param(
            "[Proxy Settings]\nhttpProxy[$ie]=http://$H 2\n", "site.test:2", True, id="with a variable"
        ),
        pytest.param(
            f"[Proxy Settings][$i]\nProxyType=1\nhttpProxy{SITE_SAYS}", "site.test:2", False, id="a section"
        ),
        pytest.param(
            f"[$i]\n[Proxy Settings]\nProxyType=1\nhttpProxy{SITE_SAYS}", "site.test:2", False, id="a file"
        ),
        pytest.param(f"[Other][$i]\nhttpProxy{SITE_SAYS}", "mine.test:1", False, id="another section"),
    ],
)
def test_a_site_locks_what_the_user_of_kde_set(site: str, proxy: str, locked: bool) -> None:
    texts = {"/etc/xdg/kioslaverc": site, KIOSLAVERC: USER_SAYS}
    found = kde.read(MadeUpMachine(texts=texts, environment={"H": "site.test"}))
    assert proxies_of(found) == [("http", f"http://{proxy}")]
    assert found.proxies[0][1].provenance.endswith(", locked there") is locked


def test_the_first_of_the_directories_of_a_site_counts() -> None:
    texts = {
        f"/{name}/kioslaverc": f"[Proxy Settings]\nProxyType=1\nhttpProxy=http://{name}.test 1\n"
        for name in "ab"
    }
    machine = MadeUpMachine(texts=texts, environment={"XDG_CONFIG_DIRS": "/a:/b"})
    assert proxies_of(kde.read(machine)) == [("http", "http://a.test:1")]


def test_a_setting_that_the_user_deleted() -> None:
    texts = {"/etc/xdg/kioslaverc": USER_SAYS, KIOSLAVERC: "[Proxy Settings]\nProxyType[$d]\n"}
    assert kde.read(MadeUpMachine(texts=texts)).proxies == ()


# NetworkManager


CONNECTION = "/etc/NetworkManager/system-connections/office.nmconnection"


@pytest.mark.parametrize(
    ("lines", "pac", "note"),
    [
        pytest.param("method=1\npac-url=http://w.test/p.pac\n", ["http://w.test/p.pac"], "", id="a PAC file"),
        pytest.param("method=1\npac-script=function F() {}\n", [], "stands there itself", id="a script"),
        pytest.param("method=1\n", [], "--wpad", id="WPAD"),
        pytest.param("method=0\npac-url=http://w.test/p.pac\n", [], "", id="none"),
        pytest.param("pac-url=http://w.test/p.pac\n", [], "", id="no method"),
        pytest.param("method=1\nbrowser-only=true\npac-url=http://w.test/p\n", [], "browsers", id="browsers"),
    ],
)
def test_a_connection(lines: str, pac: list[str], note: str) -> None:
    text = f"[connection]\nid=office\n\n[proxy]\n{lines}"
    found = networkmanager.read(MadeUpMachine(texts={CONNECTION: text}))
    assert values_of(found, "pac") == pac
    assert [note in each.value for each in found.notes] == ([True] if note else [])


ACTIVE = "nmcli --terse --fields UUID connection show --active"
SHOW = (
    "nmcli --terse --fields connection.id,proxy.method,proxy.browser-only,proxy.pac-url,proxy.pac-script "
    "connection show"
)


def told(name: str, *, method: str = "auto", browser: str = "no", url: str = "", script: str = "") -> str:
    return (
        f"connection.id:{name}\nproxy.method:{method}\nproxy.browser-only:{browser}\nproxy.pac-url:{url}\n"
        f"proxy.pac-script:{script}\n"
    )


def ask_nmcli(*connections: str, answers: bool = True) -> SourceSettings:
    """With a file, which does not count where ``nmcli`` answers."""
    names = [f"{number:08}-0000-4000-8000-000000000000" for number in range(len(connections))]
    said = {ACTIVE: "".join(f"{name}\n" for name in names).encode()}
    said[" ".join((SHOW, *names))] = "\n".join(connections).encode()
    text = "[proxy]\nmethod=1\npac-url=http://file.test/p.pac\n"
    return networkmanager.read(
        MadeUpMachine(texts={CONNECTION: text}, versions={"nmcli": "1.42"}, said=said if answers else {})
    )


@pytest.mark.parametrize(
    ("connections", "pac", "note"),
    [
        pytest.param((), [], "", id="none is active"),
        pytest.param((told("a", method="none", url="http://w.test/p"),), [], "", id="no method"),
        pytest.param(
            (told("a:b", url="http://w.test:8/p?a:b"),), ["http://w.test:8/p?a:b"], "", id="a PAC file"
        ),
        pytest.param(
            (told("a", url="http://w.test/a"), told("lo", method="none"), told("vpn", url="http://w.test/b")),
            ["http://w.test/a", "http://w.test/b"],
            "",
            id="several",
        ),
        pytest.param((told("a"),), [], "--wpad", id="WPAD"),
        pytest.param((told("a", browser="yes", url="http://w.test/p"),), [], "browsers", id="browsers"),
        pytest.param(
            (told("a", script="function F() {\n\nproxy.pac-url:http://evil.test\n}"),),
            [],
            "stands there itself",
            id="a script of several lines",
        ),
    ],
)
def test_the_active_connections(connections: tuple[str, ...], pac: list[str], note: str) -> None:
    found = ask_nmcli(*connections)
    assert values_of(found, "pac") == pac
    assert [note in each.value for each in found.notes] == ([True] if note else [])


def test_the_connection_is_named() -> None:
    (found,) = ask_nmcli(told("of:fi\\ce", url="http://w.test/p.pac")).pac
    assert found.provenance == "`proxy.pac-url` of the active connection `of:fi\\ce`, as `nmcli` says"


def test_where_nmcli_does_not_answer_the_files_count() -> None:
    assert values_of(ask_nmcli(answers=False), "pac") == ["http://file.test/p.pac"]
