"""What KDE, NetworkManager, pam_env and dnf themselves write, read and do, and what the sources say of it.

The tools are Debian's. zypper is not among them: Debian's goes by variables alone, without
``/etc/sysconfig/proxy``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.catalog.sources import dnf, kde, login
from proxyenv.machine.local import LocalMachine
from support.machine import give_up, in_ci, require_client
from support.machines import make_host
from support.mounts import needs_mounts
from support.route_lab import RouteLab, Seen, address_of, require_route_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.findings import SourceSettings

pytestmark = in_ci

PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
CLONE: Final = Path(__file__).parents[2]


def run(*arguments: str, **variables: str) -> str:
    done = subprocess.run(
        arguments,
        env={"PATH": PATH, "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def proxies_of(found: SourceSettings) -> list[tuple[str, str]]:
    return [(kind, each.value) for kind, each in found.proxies]


# KDE


class Kde:
    """A home, and two directories of a site, the first of which counts more."""

    def __init__(self, root: Path) -> None:
        self.home, self.site, self.weaker = (root / name for name in ("home", "site", "weaker"))
        self.variables = {
            "HOME": str(self.home),
            "XDG_CONFIG_DIRS": f"{self.site}:{self.weaker}",
            "H": "h.test",
        }

    def write(self, **settings: str) -> None:
        program = require_client("kwriteconfig5")
        for name, value in settings.items():
            key = name.replace("_", " ")
            place = ("--file", "kioslaverc", "--group", "Proxy Settings", "--key", key)
            run(program, *place, value, **self.variables)

    def ask(self, key: str) -> str:
        program = require_client("kreadconfig5")
        place = ("--file", "kioslaverc", "--group", "Proxy Settings", "--key", key)
        return run(program, *place, **self.variables).removesuffix("\n")

    def read(self) -> SourceSettings:
        return kde.read(LocalMachine(make_host(home=self.home, environment=self.variables), root=self.home))


@pytest.fixture
def desktop(tmp_path: Path) -> Kde:
    return Kde(tmp_path)


def test_what_kde_writes_for_a_proxy(desktop: Kde) -> None:
    desktop.write(
        ProxyType="1",
        httpProxy="http://proxy.corp.test 3128",
        httpsProxy="http://proxy.corp.test 8080",
        NoProxyFor=" localhost,.corp.test , 10.0.0.0/8",
    )
    found = desktop.read()
    lines = (desktop.home / ".config/kioslaverc").read_text("utf-8").splitlines()
    for name, each in zip(("httpProxy", "httpsProxy"), found.proxies, strict=True):
        number = 1 + next(n for n, line in enumerate(lines) if line.startswith(f"{name}="))
        place = f"`{name}` in `{desktop.home}/.config/kioslaverc`, line {number}"
        assert each[1].provenance == place
    assert proxies_of(found) == [
        ("http", "http://proxy.corp.test:3128"),
        ("https", "http://proxy.corp.test:8080"),
    ]
    assert [each.value for each in found.no_proxy] == ["localhost,.corp.test,10.0.0.0/8"]


@pytest.mark.parametrize(
    ("settings", "direct", "pac", "notes"),
    [
        pytest.param({"ProxyType": "0"}, ["says `0`: no proxy"], [], 0, id="none"),
        pytest.param(
            {"ProxyType": "2", "Proxy_Config_Script": "file:///home/a b/p\\x.pac"},
            [],
            ["file:///home/a b/p\\x.pac"],
            0,
            id="a PAC file with a blank and a backslash",
        ),
        pytest.param({"ProxyType": "3"}, [], [], 1, id="WPAD"),
    ],
)
def test_what_kde_writes_otherwise(
    desktop: Kde, settings: dict[str, str], direct: list[str], pac: list[str], notes: int
) -> None:
    desktop.write(**settings, httpProxy="http://p.test 1")
    found = desktop.read()
    assert (found.proxies, [each.value for each in found.direct], [each.value for each in found.pac]) == (
        (),
        direct,
        pac,
    )
    assert len(found.notes) == notes


@pytest.mark.parametrize(
    ("user", "site", "weaker"),
    [
        pytest.param("k=u", "k=s", "k=w", id="the user's"),
        pytest.param("", "k=s", "k=w", id="the first directory"),
        pytest.param("", "", "k=w", id="the second"),
        pytest.param("k=u", "k[$i]=s", "", id="a locked key"),
        pytest.param("k=u", "k=s", "k[$i]=w", id="locked by the weakest"),
        pytest.param("k=u", "@[$i]\nk=s", "", id="a locked section"),
        pytest.param("k=u", "[$i]\n@\nk=s", "", id="a locked file"),
        pytest.param("k=u", "k[$ie]=http://$H", "", id="locked, with a variable"),
        pytest.param("k[$e]=$H ${H} $NONE", "", "", id="variables"),
        pytest.param("k=$H", "", "", id="no variables"),
        pytest.param("k[$d]", "k=s", "", id="deleted"),
        pytest.param("k=", "k=s", "", id="empty"),
        pytest.param("k[fr]=f\nk=u", "", "", id="another language"),
        pytest.param(" k = u ", "", "", id="blanks"),
        pytest.param("k=u # c", "", "", id="no comment behind a value"),
        pytest.param("#k=u", "k=s", "", id="a comment"),
        pytest.param("K=u", "k=s", "", id="another name"),
        pytest.param("k=u\n[Other]\nk=o\n@\nk=v", "", "", id="a section twice"),
        pytest.param('k="u"', "", "", id="quotes are a part of it"),
        pytest.param(r"k=a\\b\tc", "", "", id="backslashes"),
        pytest.param("k=u\r", "", "", id="the end of a line of Windows"),
    ],
)
def test_files_count_as_in_kde(desktop: Kde, user: str, site: str, weaker: str) -> None:
    """The key is `Proxy Config Script`, whose value is shown as it is."""
    key = "Proxy Config Script"
    for directory, text in ((desktop.home / ".config", user), (desktop.site, site), (desktop.weaker, weaker)):
        directory.mkdir(parents=True)
        lines = [key + line[1:] if line[:1] == "k" else line for line in text.strip(" ").split("\n")]
        whole = "\n".join(lines).replace("@", "[Proxy Settings]")
        header = "" if whole.startswith("[") else "[Proxy Settings]\n"
        (directory / "kioslaverc").write_text(f"{header}{whole}\n", "utf-8")
    with (desktop.weaker / "kioslaverc").open("a", encoding="utf-8") as file:
        file.write("[Proxy Settings]\nProxyType=2\n")
    assert ([each.value for each in desktop.read().pac] or [""]) == [desktop.ask(key)]


# NetworkManager

NETWORK: Final = r"""
set -e
mount -t tmpfs none /run; mount -t tmpfs none /etc/NetworkManager; mount -t tmpfs none /var/lib/NetworkManager
mkdir -p /run/dbus /run/udev /etc/NetworkManager/system-connections
printf '[main]\nplugins=keyfile\ndns=none\nauth-polkit=root-only\nno-auto-default=*\n' \
    >/etc/NetworkManager/NetworkManager.conf
dbus-daemon --system --fork
NetworkManager
until nmcli general status >/dev/null 2>&1; do sleep 0.2; done
add() {
    nmcli connection add type bridge ifname "$1" con-name "$2" ipv4.method manual ipv4.addresses "$3" \
        ipv6.method disabled proxy.method auto autoconnect no "$4" "$5" >/dev/null
}
"""

CONNECTIONS: Final = r"""
add br0 'of:fi\ce' 10.9.0.2/24 proxy.pac-url 'http://w.test:8080/p.pac?a=b'
add br1 home 10.8.0.2/24 proxy.pac-url http://home.test/p.pac
add br2 script 10.7.0.2/24 proxy.pac-script 'function FindProxyForURL(u, h) { return "DIRECT"; }'
add br3 wpad 10.6.0.2/24 proxy.browser-only no
"$@"
for name in 'of:fi\ce' script wpad; do nmcli connection up "$name" >/dev/null; done
"$@"
asked=$(nmcli --terse --fields UUID connection show --active)
as_user="setpriv --reuid 65534 --regid 65534 --clear-groups"
fields=connection.id,proxy.method,proxy.pac-url
test "$(nmcli --terse --fields $fields connection show $asked)" = \
    "$($as_user nmcli --terse --fields $fields connection show $asked)"
kill "$(cat /run/NetworkManager/NetworkManager.pid)"
while nmcli general status >/dev/null 2>&1; do sleep 0.2; done
"$@"
"""

READ: Final = """
import json, os
from pathlib import Path
from proxyenv.catalog.sources import networkmanager
from proxyenv.machine.local import LocalMachine
from support.machines import make_host
machine = LocalMachine(make_host(home=Path("/"), environment={"PATH": os.environ["PATH"]}), root=Path("/"))
found = networkmanager.read(machine)
print(json.dumps([[*map(list, found.pac)], [each.provenance for each in found.notes]]))
"""


def run_beside_it(script: str, *command: str, **variables: str) -> str:
    """Run a script that has connections, and calls *command* by `"$@"`."""
    for program in ("NetworkManager", "nmcli", "dbus-daemon", "setpriv"):
        require_client(program)
    room = ("unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc")
    path = os.pathsep.join((str(CLONE), str(CLONE / "tests")))
    return run(*room, "sh", "-c", f"{NETWORK}{script}", "sh", *command, PYTHONPATH=path, **variables)


@needs_mounts
def test_only_the_active_connections_count() -> None:
    said = run_beside_it(CONNECTIONS, sys.executable, "-c", READ)
    none, active, files = map(json.loads, said.splitlines())
    assert none == [[], []]
    of_office, of_script, of_wpad = (
        f"`proxy.{key}` of the active connection `{name}`, as `nmcli` says"
        for key, name in (("pac-url", "of:fi\\ce"), ("pac-script", "script"), ("method", "wpad"))
    )
    assert active[0] == [["http://w.test:8080/p.pac?a=b", of_office]]
    assert sorted(active[1]) == sorted([of_script, of_wpad])
    directory = "/etc/NetworkManager/system-connections"
    assert sorted(value for value, _ in files[0]) == [
        "http://home.test/p.pac",
        "http://w.test:8080/p.pac?a=b",
    ]
    assert any(
        place.startswith(f"`proxy.pac-url` in `{directory}/home.nmconnection`, line ")
        for _, place in files[0]
    )


@needs_mounts
@pytest.mark.parametrize(
    ("second", "proxy"),
    [
        pytest.param("office.pac", "http://office.test:1", id="both name one"),
        pytest.param("vpn.pac", "http://login.test:1", id="each its own"),
    ],
)
def test_of_two_pac_files_none_is_followed_unasked(tmp_path: Path, second: str, proxy: str) -> None:
    for name in ("office", "vpn"):
        text = f'function FindProxyForURL(url, host) {{ return "PROXY {name}.test:1"; }}\n'
        (tmp_path / f"{name}.pac").write_text(text)
    (tmp_path / ".config/environment.d").mkdir(parents=True)
    (tmp_path / ".config/environment.d/1.conf").write_text("https_proxy=http://login.test:1\n")
    script = f"""
add br0 office 10.9.0.2/24 proxy.pac-url 'file://{tmp_path}/office.pac'
add br1 vpn 10.8.0.2/24 proxy.pac-url 'file://{tmp_path}/{second}'
for name in office vpn; do nmcli connection up $name >/dev/null; done
exec "$@" 2>&1
"""
    options = ("--yes", "--no-check", "--no-from-tools")
    said = run_beside_it(script, sys.executable, "-m", "proxyenv", "setup", *options, HOME=str(tmp_path))
    assert f"HTTPS_PROXY={proxy}\n" in (tmp_path / ".config/proxyenv/env.list").read_text("utf-8")
    assert ("a PAC file is named, and not followed: " in " ".join(said.split())) is (second == "vpn.pac")


# pam_env

LOGIN: Final = """
mount --bind "$1/pam.d" /etc/pam.d
exec su --login --shell /bin/sh --command 'env -0' root
"""


@needs_mounts
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https_proxy=http://p.test:8080", id="plain"),
        pytest.param('https_proxy="http://p.test:8080"', id="quotes"),
        pytest.param("https_proxy='http://p.test:8080'", id="single quotes"),
        pytest.param("https_proxy=http://p.test:8080 # why", id="a comment"),
        pytest.param('https_proxy="http://p.test:8080" # why', id="a comment behind quotes"),
        pytest.param('https_proxy="http://p#.test:8080"', id="a comment in quotes"),
        pytest.param("export https_proxy=http://p.test:1", id="export"),
        pytest.param("https_proxy = http://p.test:1", id="blanks around the equals sign"),
        pytest.param('https_proxy="http://p.test:1', id="a quote without an end"),
        pytest.param("  https_proxy=http://p.test:1  ", id="blanks around"),
        pytest.param("https_proxy=http://$H:1\nH=p.test", id="no variables"),
        pytest.param("https_proxy=http://p\\\n.test:1", id="a line that goes on"),
        pytest.param("https_proxy=", id="empty"),
        pytest.param("https_proxy=a.test:1\nhttps_proxy=b.test:1", id="twice"),
        pytest.param('https_proxy="a.test:1"2', id="more behind quotes"),
        pytest.param("1https_proxy=a.test:1", id="no name"),
        pytest.param("https_proxy=http://ada:a\\\\b@p.test:1", id="backslashes"),
    ],
)
def test_a_login_gets_what_the_source_says(tmp_path: Path, text: str) -> None:
    if not list(Path("/").glob("usr/lib/*/security/pam_env.so")):
        give_up("`pam_env` is not here")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/environment").write_text(f"{text}\n", "utf-8")
    (tmp_path / "pam.d").mkdir()
    (tmp_path / "pam.d/su-l").write_text(
        "auth sufficient pam_permit.so\naccount required pam_permit.so\n"
        f"session required pam_env.so readenv=1 envfile={tmp_path}/etc/environment\n"
    )
    room = ("unshare", "--mount", "--propagation", "private")
    said = run(*room, "sh", "-c", LOGIN, "sh", str(tmp_path)).split("\0")
    theirs = next((line.partition("=")[2] for line in said if line.startswith("https_proxy=")), None)
    found = login.read(LocalMachine(make_host(home=tmp_path), root=tmp_path))
    ours = next((each.value for _, each in found.proxies), "" if found.direct else None)
    assert ours == theirs


# dnf


@pytest.fixture(scope="module")
def lab() -> Iterator[RouteLab]:
    require_route_lab()
    with RouteLab.open() as lab:
        yield lab


def fetch(lab: RouteLab, root: Path, **variables: str) -> Seen:
    """What dnf does about a repository without a proxy of its own."""
    program = require_client("dnf")
    config = ("--config", str(root / "etc/dnf/dnf.conf"), "--installroot", str(root / "installed"))
    options = ("--releasever", "1", "--setopt=retries=1", "--setopt=timeout=5")
    environment = {"PATH": PATH, "HOME": str(root), "LC_ALL": "C.UTF-8", **variables}
    return lab.run((program, *config, *options, "makecache"), environment, seconds=60)


@pytest.mark.parametrize(
    ("lines", "proxy", "said"),
    [
        pytest.param("proxy=http://proxy.test:3128", "http://proxy.test:3128", [], id="a proxy"),
        pytest.param("proxy = http://proxy.test:3128", "http://proxy.test:3128", [], id="blanks"),
        pytest.param('proxy="http://proxy.test:3128"', "http://proxy.test:3128", [], id="quotes"),
        pytest.param(
            "proxy=http://proxy-a.test:1080\nproxy=http://proxy.test:3128",
            "http://proxy.test:3128",
            [],
            id="twice",
        ),
        pytest.param(
            "proxy=http://proxy-a.test:1080\n[main]\nproxy=http://proxy.test:3128",
            "http://proxy.test:3128",
            [],
            id="a section twice",
        ),
        pytest.param("Proxy=http://proxy.test:3128", None, [], id="capitals"),
        pytest.param("proxy=", None, [], id="empty"),
        pytest.param("proxy=_none_", "http://_none_:1080", ["says `_none_`: no proxy"], id="a word for none"),
    ],
)
def test_dnf_goes_where_the_source_says(
    lab: RouteLab, tmp_path: Path, lines: str, proxy: str | None, said: list[str]
) -> None:
    (tmp_path / "etc/dnf").mkdir(parents=True)
    (tmp_path / "repos").mkdir()
    (tmp_path / "etc/dnf/dnf.conf").write_text(
        f"[main]\nreposdir={tmp_path}/repos\ncachedir={tmp_path}/cache\nlogdir={tmp_path}\n{lines}\n", "utf-8"
    )
    (tmp_path / "repos/a.repo").write_text("[a]\nname=a\nbaseurl=http://repo.test/a\n", "utf-8")
    found = dnf.read(LocalMachine(make_host(home=tmp_path), root=tmp_path))
    assert [each.value for each in found.direct] == said
    if not said:
        assert proxies_of(found) == ([("all", proxy)] if proxy else [])
    seen = fetch(lab, tmp_path)
    assert seen.visits, seen.output
    if proxy is None:
        assert seen.route == Seen.DIRECT
        variable = fetch(lab, tmp_path, http_proxy="http://proxy-env.test:8080")
        assert variable.visits[0].address == address_of("proxy-env.test")
    else:
        host, _, port = proxy.removeprefix("http://").rpartition(":")
        assert {(visit.address, visit.port, visit.form) for visit in seen.visits} == {
            (address_of(host), int(port), "absolute")
        }


def test_a_word_for_none_counts_in_a_repository(lab: RouteLab, tmp_path: Path) -> None:
    (tmp_path / "etc/dnf").mkdir(parents=True)
    (tmp_path / "etc/yum.repos.d").mkdir()
    (tmp_path / "etc/dnf/dnf.conf").write_text(
        f"[main]\nreposdir={tmp_path}/etc/yum.repos.d\ncachedir={tmp_path}/cache\nlogdir={tmp_path}\n"
        "proxy=http://proxy.test:3128\n",
        "utf-8",
    )
    (tmp_path / "etc/yum.repos.d/a.repo").write_text(
        "[a]\nname=a\nbaseurl=http://repo.test/a\nproxy=_none_\n", "utf-8"
    )
    assert fetch(lab, tmp_path).route == Seen.DIRECT
    (note,) = dnf.read(LocalMachine(make_host(home=tmp_path), root=tmp_path)).notes
    assert tuple[Any, ...](note) == (
        "is for one repository alone",
        f"`a.proxy` in `{tmp_path}/etc/yum.repos.d/a.repo`, line 4",
    )
