"""The settings of GNOME as gsettings and dconf write them, read without either of them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from proxyenv.catalog.sources import gnome
from proxyenv.machine.local import LocalMachine
from support.machine import give_up, require_client
from support.machines import make_host

SCHEMA: Final = Path("/usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml")
WORLD: Final = {
    "mode": "manual",
    "ignore-hosts": "['localhost', '.corp.test', '10.0.0.0/8', '::1', 'a.test:8443']",
    "http host": "proxy.corp.test",
    "http port": "3128",
    "http use-authentication": "true",
    "http authentication-user": "ada",
    "http authentication-password": "s@c é",
    "https host": "proxy.corp.test",
    "https port": "3128",
    "use-same-proxy": "true",
}


def set_up(home: Path, settings: dict[str, str]) -> LocalMachine:
    """A home in which gsettings wrote them, on a bus of its own."""
    session, program = require_client("dbus-run-session"), require_client("gsettings")
    require_client("dconf")
    if not SCHEMA.exists():
        give_up(f"{SCHEMA} is not here")
    lines = []
    for name, value in settings.items():
        part, _, key = name.rpartition(" ")
        lines.append(f'"$0" set org.gnome.system.proxy{"." if part else ""}{part} {key} "{value}"\n')
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(home),
    }
    subprocess.run(
        [session, "sh", "-e", "-c", "".join(lines), program],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=200,
        check=True,
    )
    assert (home / ".config/dconf/user").exists()
    return LocalMachine(make_host(home=home), root=home)


def test_every_type_of_value(tmp_path: Path) -> None:
    found = gnome.read(set_up(tmp_path, WORLD))
    assert [(kind, each.value) for kind, each in found.proxies] == [
        ("http", "http://ada:s%40c%20%C3%A9@proxy.corp.test:3128"),
        ("https", "http://ada:s%40c%20%C3%A9@proxy.corp.test:3128"),
    ]
    assert [each.value for each in found.no_proxy] == ["localhost,.corp.test,10.0.0.0/8,::1,a.test:8443"]


@pytest.mark.parametrize(
    ("settings", "direct", "pac", "notes"),
    [
        pytest.param({"mode": "none"}, ["says `none`: no proxy"], [], 0, id="none"),
        pytest.param(
            {"mode": "auto", "autoconfig-url": "http://w.test/p.pac"},
            [],
            ["http://w.test/p.pac"],
            0,
            id="PAC",
        ),
        pytest.param({"mode": "auto", "autoconfig-url": ""}, [], [], 1, id="WPAD"),
    ],
)
def test_other_modes(
    tmp_path: Path, settings: dict[str, str], direct: list[str], pac: list[str], notes: int
) -> None:
    found = gnome.read(set_up(tmp_path, settings))
    assert [each.value for each in found.direct] == direct
    assert ([each.value for each in found.pac], len(found.notes)) == (pac, notes)


def test_a_long_list(tmp_path: Path) -> None:
    names = [f"host-{number:05}.corp.test" for number in range(4000)]
    settings = {"mode": "manual", "http host": "p.test", "ignore-hosts": str(names)}
    (found,) = gnome.read(set_up(tmp_path, settings)).no_proxy
    assert found.value.split(",") == names


def test_a_site_locks_what_the_user_set(tmp_path: Path) -> None:
    set_up(tmp_path, {"mode": "none", "http host": "mine.test", "https host": "mine.test", "https port": "1"})
    keyfiles = tmp_path / "keyfiles"
    (keyfiles / "locks").mkdir(parents=True)
    (keyfiles / "00").write_text(
        "[system/proxy]\nmode='manual'\n[system/proxy/http]\nhost='site.test'\nport=8\n", "utf-8"
    )
    (keyfiles / "locks/00").write_text("/system/proxy/mode\n/system/proxy/http/host\n", "utf-8")
    database = tmp_path / "etc/dconf/db/site"
    database.parent.mkdir(parents=True)
    subprocess.run([require_client("dconf"), "compile", database, keyfiles], timeout=200, check=True)
    profile = tmp_path / "etc/dconf/profile/user"
    profile.parent.mkdir()
    profile.write_text("user-db:user\nsystem-db:site\n", "utf-8")
    found = gnome.read(LocalMachine(make_host(home=tmp_path), root=tmp_path))
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == [
        ("http", "site.test:8", f"`/system/proxy/http/host` in `{database}`, locked there"),
        ("https", "mine.test:1", f"`/system/proxy/https/host` in `{tmp_path}/.config/dconf/user`"),
    ]
