"""Root sets up a home whose links and files lead to what only root may read: nothing of it gets there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

from support.command import Ran, proxyenv
from support.owners import SOMEBODY, find_holding, give_all_away

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can read what others cannot"
)

SECRET: Final = "geheim"
HOST: Final = "proxy.corp.example:9"
URL: Final = f"http://ada:{SECRET}@{HOST}"
BY_SUDO: Final = {"SUDO_UID": str(SOMEBODY), "SUDO_USER": "ada"}

ENVIRONMENT: Final = f"HTTPS_PROXY={URL}\n"
KDE: Final = f"[Proxy Settings]\nProxyType=1\nhttpsProxy=http://ada:{SECRET}@proxy.corp.example:9\n"
NPM: Final = f"https-proxy={URL}\n"
PLACES: Final = [
    pytest.param(".config/environment.d/p.conf", ENVIRONMENT, id="environment.d"),
    pytest.param(".config/kioslaverc", KDE, id="kde"),
    pytest.param(".npmrc", NPM, id="npm"),
    pytest.param(".wgetrc", f"https_proxy = {URL}\n", id="wget"),
    pytest.param(".config/pip/pip.conf", f"[global]\nproxy = {URL}\n", id="pip"),
    pytest.param(".gitconfig", f"[http]\nproxy = {URL}\n", id="git"),
]


if sys.platform == "win32":

    def find_account() -> tuple[int, int]:
        """Windows has no such accounts, and these tests do not run there."""
        return 0, 0

else:

    def find_account() -> tuple[int, int]:
        """A user that this machine knows, and its group."""
        import pwd

        return next((each.pw_uid, each.pw_gid) for each in pwd.getpwall() if each.pw_uid and each.pw_gid)


def write(path: Path, content: str, *, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    path.chmod(mode)
    return path


@pytest.fixture
def home(open_place: Path) -> Path:
    place = open_place / "home"
    place.mkdir(mode=0o700)
    return place


def set_up(home: Path, **variables: str) -> Ran:
    return proxyenv("setup", "--yes", "--no-check", "--no-rc", "--from-tools", home=home, **variables)


def env_file(home: Path) -> str:
    path = home / ".config/proxyenv/env.sh"
    return path.read_text("utf-8") if path.exists() else ""


def link(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


@pytest.mark.parametrize("sudo", [{}, BY_SUDO], ids=["root", "sudo"])
@pytest.mark.parametrize(("name", "content"), PLACES)
def test_a_link_brings_no_file_of_root_s(
    open_place: Path, home: Path, name: str, content: str, sudo: dict[str, str]
) -> None:
    secret = write(open_place / "secret", content)
    link(home / name, secret)
    give_all_away(home)
    ran = set_up(home, **sudo)
    assert find_holding(home, SECRET) == []
    assert HOST not in env_file(home)
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize("name", [".config/environment.d", ".config"])
def test_neither_does_a_link_to_a_closed_directory(open_place: Path, home: Path, name: str) -> None:
    place = ".config/environment.d/p.conf"
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    write(closed / Path(place).relative_to(name), ENVIRONMENT, mode=0o644)
    link(home / name, closed)
    give_all_away(home)
    set_up(home)
    assert HOST not in env_file(home)
    assert find_holding(home, SECRET) == []


@pytest.mark.parametrize(("name", "content"), PLACES)
@pytest.mark.parametrize("is_own", [True, False], ids=["their own", "root's, open to all"])
@pytest.mark.parametrize("is_linked", [False, True], ids=["in place", "linked"])
def test_what_its_owner_may_read_is_taken(
    open_place: Path, home: Path, name: str, content: str, *, is_own: bool, is_linked: bool
) -> None:
    target = open_place / "elsewhere" if is_linked else home / name
    write(target, content, mode=0o600 if is_own else 0o644)
    if is_linked:
        link(home / name, target)
    give_all_away(home)
    give_all_away(target, SOMEBODY if is_own else 0)
    assert set_up(home).status == 0
    assert URL in env_file(home)


@pytest.mark.parametrize(("mode", "is_read"), [(0o640, True), (0o604, False)])
def test_a_file_of_a_group_is_open_as_its_mode_says(home: Path, mode: int, *, is_read: bool) -> None:
    user, group = find_account()
    give_all_away(home, user)
    shutil.chown(write(home / ".npmrc", NPM, mode=mode), 0, group)
    assert set_up(home).status == 0
    assert (URL in env_file(home)) is is_read


def test_what_is_passed_over_is_named(open_place: Path, home: Path) -> None:
    link(home / ".config/kioslaverc", write(open_place / "secret", KDE))
    give_all_away(home)
    ran = proxyenv("discover", home=home)
    assert SECRET not in ran.out + ran.err
    place = home / ".config/kioslaverc"
    said = f"`{place}`: it is not open to the owner of `{home}`, so what it says is not known"
    assert said in " ".join(ran.out.split())


NAMING: Final = [
    pytest.param(
        ".config/kioslaverc", "[Proxy Settings]\nProxyType=4\nhttpsProxy=MYSECRETPX\n", id="the name alone"
    ),
    pytest.param(
        ".config/kioslaverc",
        "[Proxy Settings]\nProxyType=1\nhttpsProxy[$e]=$MYSECRETPX\n",
        id="a value of kde",
    ),
    pytest.param(".config/environment.d/p.conf", "HTTPS_PROXY=${MYSECRETPX}\n", id="environment.d"),
    pytest.param(".npmrc", "https-proxy=${MYSECRETPX}\n", id="npm"),
]


@pytest.mark.parametrize(("name", "content"), NAMING)
def test_a_file_there_names_no_variable_of_root_s(home: Path, name: str, content: str) -> None:
    write(home / name, content)
    give_all_away(home)
    set_up(home, MYSECRETPX=URL)
    assert find_holding(home, SECRET) == []
    assert HOST not in env_file(home)


@pytest.mark.parametrize(("name", "content"), NAMING)
def test_by_sudo_from_their_own_account_the_variables_are_theirs(home: Path, name: str, content: str) -> None:
    write(home / name, content)
    give_all_away(home)
    set_up(home, MYSECRETPX=URL, **BY_SUDO)
    assert URL in env_file(home)


@pytest.mark.parametrize("sudo", [{}, BY_SUDO], ids=["root", "sudo"])
def test_npm_s_own_file_leads_root_to_no_other(open_place: Path, home: Path, sudo: dict[str, str]) -> None:
    secret = write(open_place / "secret", NPM)
    write(home / ".npmrc", f"globalconfig={secret}\n")
    give_all_away(home)
    set_up(home, **sudo)
    assert find_holding(home, SECRET) == []
    secret.chmod(0o644)
    set_up(home, **sudo)
    assert URL in env_file(home)


def test_what_root_s_own_variable_names_is_read(tmp_path: Path, home: Path) -> None:
    give_all_away(home)
    named = write(tmp_path / "npmrc", NPM)
    assert set_up(home, npm_config_userconfig=str(named)).status == 0
    assert URL in env_file(home)


def test_gsettings_is_not_asked_where_it_would_follow_a_link(open_place: Path, home: Path) -> None:
    program = write(
        open_place / "bin/gsettings",
        "#!/bin/sh\n"
        "echo \"org.gnome.system.proxy mode 'manual'\"\n"
        "echo \"org.gnome.system.proxy.https host 'proxy.corp.example'\"\n"
        'echo "org.gnome.system.proxy.https port 9"\n',
        mode=0o755,
    )
    desktop = {"XDG_CURRENT_DESKTOP": "GNOME", "PATH": f"{program.parent}:{os.environ['PATH']}"}
    database = home / ".config/dconf/user"
    link(database, write(open_place / "secret", ""))
    give_all_away(home)
    set_up(home, **desktop)
    assert HOST not in env_file(home)
    database.unlink()
    set_up(home, **desktop)
    assert f"http://{HOST}" in env_file(home)
