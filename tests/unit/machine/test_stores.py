from __future__ import annotations

import os
from pathlib import Path

import pytest

from proxyenv.catalog.stores import find_stores as find_stores_of
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.stores import find_stores
from support.machines import make_host


def _touch(path: Path, *, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(mode)
    return path


def test_every_profile_of_every_browser_is_found(tmp_path: Path) -> None:
    places = (
        ".mozilla/firefox/a.default",
        ".mozilla/firefox/b.work",
        "snap/firefox/common/.mozilla/firefox/c.default",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/d.default",
        ".pki/nssdb",
        "snap/chromium/current/.pki/nssdb",
    )
    for place in places:
        _touch(tmp_path / place / "cert9.db")
    _touch(tmp_path / ".mozilla/firefox/profiles.ini")
    tool = _touch(tmp_path / "bin/certutil", mode=0o755)
    stores = find_stores(make_host(home=tmp_path, environment={"PATH": str(tool.parent)}), ["nss"])
    assert [str(store.place.relative_to(tmp_path)) for store in stores] == [
        ".mozilla/firefox/a.default",
        ".mozilla/firefox/b.work",
        "snap/firefox/common/.mozilla/firefox/c.default",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/d.default",
        ".pki/nssdb",
        "snap/chromium/current/.pki/nssdb",
    ]
    assert {(store.kind, store.tool) for store in stores} == {("nss", str(tool))}
    assert [store.title for store in stores][3:5] == [
        "NSS database of Firefox (flatpak) (`d.default`)",
        "NSS database of Chromium and Chrome (`nssdb`)",
    ]


def test_only_the_files_that_are_there_are_kept(tmp_path: Path) -> None:
    for name in ("cert9.db", "key4.db"):
        _touch(tmp_path / ".pki/nssdb" / name)
    (store,) = find_stores(make_host(home=tmp_path), ["nss"])
    assert [path.name for path in store.witnesses] == ["cert9.db", "key4.db"]


def test_a_missing_certutil_is_said_with_its_package(tmp_path: Path) -> None:
    _touch(tmp_path / ".pki/nssdb/cert9.db")
    (store,) = find_stores(make_host(home=tmp_path, environment={"PATH": str(tmp_path)}), ["nss"])
    assert store.tool is None
    assert store.lack == "`certutil` is missing: install `libnss3-tools` (Debian) or `nss-tools` (Fedora)"


@pytest.mark.parametrize(
    ("process", "in_use"),
    [pytest.param(str(os.getpid()), True, id="running"), pytest.param("4194999", False, id="ended")],
)
def test_a_profile_is_in_use_while_the_process_that_locked_it_lives(
    tmp_path: Path, process: str, in_use: bool
) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("processes are not files here")
    profile = tmp_path / ".mozilla/firefox/a.default"
    _touch(profile / "cert9.db")
    (profile / "lock").symlink_to(f"127.0.1.1:+{process}")
    (store,) = find_stores(make_host(home=tmp_path), ["nss"])
    assert store.in_use is in_use


def test_a_database_is_in_use_while_chromium_runs(tmp_path: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("processes are not files here")
    _touch(tmp_path / ".pki/nssdb/cert9.db")
    lock = tmp_path / ".config/chromium/SingletonLock"
    lock.parent.mkdir(parents=True)
    lock.symlink_to(f"my-host-{os.getpid()}")
    (store,) = find_stores(make_host(home=tmp_path), ["nss"])
    assert store.in_use


def test_a_jdk_of_the_users_own_needs_no_root_and_one_keystore_is_found_once(tmp_path: Path) -> None:
    for name in ("21.0.1-tem", "17.0.9-tem"):
        home = tmp_path / ".sdkman/candidates/java" / name
        _touch(home / "bin/keytool", mode=0o755)
        (home / "lib/security").mkdir(parents=True)
    first = tmp_path / ".sdkman/candidates/java/17.0.9-tem"
    keystore = _touch(first / "lib/security/cacerts")
    (tmp_path / ".sdkman/candidates/java/21.0.1-tem/lib/security/cacerts").symlink_to(keystore)
    environment = {"PATH": str(tmp_path), "JAVA_HOME": str(first)}
    stores = find_stores(make_host(home=tmp_path, environment=environment), ["java"])
    mine = [store for store in stores if store.place.is_relative_to(tmp_path)]
    assert [(store.place, store.tool, store.needs_root) for store in mine] == [
        (keystore, str(first / "bin/keytool"), False)
    ]


@pytest.mark.parametrize(
    ("markers", "family", "place"),
    [
        pytest.param(["etc/debian_version"], "debian", "usr/local/share/ca-certificates", id="Debian"),
        pytest.param(["etc/alpine-release"], "alpine", "usr/local/share/ca-certificates", id="Alpine"),
        pytest.param(["etc/pki/trust/x"], "suse", "etc/pki/trust/anchors", id="SUSE"),
        pytest.param(["etc/pki/ca-trust/source/x"], "fedora", "etc/pki/ca-trust/source/anchors", id="Fedora"),
        pytest.param(
            ["etc/ca-certificates/trust-source/x"],
            "arch",
            "etc/ca-certificates/trust-source/anchors",
            id="Arch",
        ),
        pytest.param(
            ["etc/debian_version", "etc/pki/ca-trust/source/x"],
            "fedora",
            "etc/pki/ca-trust/source/anchors",
            id="a Debian with Fedora's directories",
        ),
    ],
)
def test_a_distribution_is_known_by_its_directories(
    tmp_path: Path, markers: list[str], family: str, place: str
) -> None:
    for marker in markers:
        _touch(tmp_path / marker)
    (store,) = find_stores_of(LocalMachine(make_host(), root=tmp_path), ["system"])
    assert (store.kind, store.family, store.place) == ("system", family, tmp_path / place)


def test_a_machine_of_no_known_distribution_has_no_system_store(tmp_path: Path) -> None:
    assert list(find_stores_of(LocalMachine(make_host(), root=tmp_path), ["system"])) == []


def test_debians_store_knows_the_files_that_its_tool_will_replace_by_links(tmp_path: Path) -> None:
    bundle = _touch(tmp_path / "etc/ssl/certs/ca-certificates.crt")
    java = _touch(tmp_path / "etc/ssl/certs/java/cacerts")
    _touch(tmp_path / "etc/debian_version")
    for name in ("Copied (1), here.crt", "below/Linked.crt"):
        _touch(tmp_path / "usr/local/share/ca-certificates" / name)
    copied = _touch(tmp_path / "etc/ssl/certs/Copied_=1=__here.pem")
    _touch(tmp_path / "etc/ssl/certs/ssl-cert-snakeoil.pem")
    (tmp_path / "etc/ssl/certs/Linked.pem").symlink_to(copied)
    (store,) = find_stores_of(LocalMachine(make_host(), root=tmp_path), ["system"])
    assert store.witnesses == (bundle, java, copied)


@pytest.mark.parametrize(
    ("platform", "place", "title"),
    [
        ("darwin", "/Library/Keychains/System.keychain", "system store (macOS)"),
        ("win32", "Root", "system store (Windows)"),
    ],
)
def test_the_systems_store_elsewhere(tmp_path: Path, platform: str, place: str, title: str) -> None:
    (store,) = find_stores(make_host(home=tmp_path, platform=platform), ["system"])
    assert (store.place.as_posix(), store.title) == (place, title)
