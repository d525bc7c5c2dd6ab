"""A home in which files and directories became links, or links, variables and the home itself went."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.formats.pth import HOOK_FILE
from support.certificates import make_ca
from support.command import Ran, proxyenv
from support.machine import in_ci
from support.owners import give_away
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes links")

PROXY: Final = "http://proxy.corp.example:3128"
OTHER: Final = "http://other.corp.example:3128"
WRITES: Final = (("off",), ("on",), ("refresh", "--no-check"), ("rollback",), ("uninstall",))
MINE: Final = {
    ".bashrc": b"alias ll='ls -l'\n",
    ".wgetrc": b"tries = 3\n",
    ".config/pip/pip.conf": b"[global]\ntimeout = 60\n",
    ".local/bin/mine": b"#!/bin/sh\n",
    ".prefect/profiles.toml": b'[profiles.work]\nPREFECT_LOGGING_LEVEL = "INFO"\n',
}


class Desk:
    """A home in which a user has lived, and what is beside it."""

    def __init__(self, place: Path) -> None:
        self.home, self.data = place / "home", place / "data"
        self.data.mkdir()
        for name, content in MINE.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.ca = place / "corp.pem"
        self.ca.write_bytes(make_ca("Corp Root").pem)

    def run(self, *arguments: str, status: int = 0, **variables: str) -> Ran:
        done = proxyenv(*arguments, "--yes", home=self.home, **variables)
        assert done.status == status, (arguments, done.err)
        return done

    def set_up(self, *more: str, proxy: str = PROXY, **variables: str) -> None:
        ca = str(self.ca)
        self.run("setup", "--no-check", "--proxy", proxy, "--ca", ca, *more, status=0, **variables)

    def set_up_twice(self) -> None:
        """So that there is something to roll back."""
        for proxy in (OTHER, PROXY):
            self.set_up("--configure", "wget", "--configure", "pip", proxy=proxy)

    def make_link(self, name: str) -> Path:
        """Move something away, and link it."""
        path, other = self.home / name, self.home / "dot" / name
        other.parent.mkdir(parents=True, exist_ok=True)
        path.rename(other)
        path.symlink_to(other)
        return path

    def files(self) -> dict[str, object]:
        return {name: node for name, node in snapshot(self.home).items() if node[1] is not None}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        ".config",
        pytest.param(".config/proxyenv", marks=in_ci),
        pytest.param(".local", marks=in_ci),
        pytest.param(".local/share/proxyenv", marks=in_ci),
        pytest.param(".prefect", marks=in_ci),
        ".prefect/profiles.toml",
        pytest.param(".bashrc", marks=in_ci),
        pytest.param(".wgetrc", marks=in_ci),
        pytest.param(".config/pip/pip.conf", marks=in_ci),
    ],
)
def test_every_verb_goes_on_where_something_became_a_link(desk: Desk, name: str) -> None:
    before = set(desk.files())
    desk.set_up_twice()
    link = desk.make_link(name)
    for verb in WRITES:
        desk.run(*verb)
        assert link.is_symlink()
    files = {path.relative_to(desk.home) for path in desk.home.rglob("*") if path.is_file()}
    assert {str(path).removeprefix("dot/") for path in files if not path.is_relative_to(name)} == {
        each for each in before if each != name or not link.is_dir()
    }
    for path, content in MINE.items():
        assert (desk.home / path).read_bytes() == content
    assert desk.run("uninstall").err == "nothing was set up here\n"


OURS: Final = [
    ".config/proxyenv/env.sh",
    pytest.param(".config/proxyenv/proxyenv.toml", marks=in_ci),
    pytest.param(".local/share/proxyenv/certs", marks=in_ci),
    pytest.param(".local/state/proxyenv/previous", marks=in_ci),
]


@pytest.mark.parametrize("name", OURS)
def test_a_link_in_the_place_of_a_file_of_ours_is_refused(desk: Desk, name: str) -> None:
    desk.set_up_twice()
    link = desk.make_link(name)
    before = snapshot(desk.home)
    for verb in (("off",), ("refresh", "--no-check"), ("rollback",)):
        refused = desk.run(*verb, status=3)
        assert f"error[foreign-file]: `{link}` is a link now, which proxyenv did not make\n" in refused.err
        (other,) = re.findall(r"hint: put back in its place what it leads to, `(.*)`\n", refused.err)
        assert snapshot(desk.home) == before
    link.unlink()
    Path(other).rename(link)
    for verb in WRITES:
        desk.run(*verb)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("option", [(), ("--without-receipt",)], ids=["", "without a receipt"])
def test_an_uninstallation_leaves_such_a_link_and_says_so(
    desk: Desk, name: str, option: tuple[str, ...]
) -> None:
    before = desk.files()
    desk.set_up_twice()
    link = desk.make_link(name)
    other = snapshot(link.resolve())
    if option:
        (desk.home / ".local/state/proxyenv/receipt.json").unlink()
    done = desk.run("uninstall", *option)
    assert f"`{link}` is a link now, which proxyenv did not make; it stays\n" in done.err
    assert snapshot(link.resolve()) == other
    assert {each: desk.files().get(each) for each in before} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives a directory away")
def test_a_link_into_somebody_elses_directory_is_refused(desk: Desk) -> None:
    desk.set_up_twice()
    link = desk.make_link(".config")
    other = link.resolve()
    give_away(other)
    before = snapshot(desk.home)
    for verb in WRITES:
        refused = desk.run(*verb, status=3)
        assert f"error[foreign-receipt]: `{other}` belongs to the user 12345" in refused.err
    assert snapshot(desk.home) == before


def lose_a_link(desk: Desk) -> tuple[Path, str]:
    other, rc_file = desk.data / "bashrc", desk.home / ".bashrc"
    rc_file.rename(other)
    rc_file.symlink_to(other)
    desk.set_up()
    rc_file.unlink()
    rc_file.write_bytes(MINE[".bashrc"])
    return other, "bring back the variable or the link that led to this file"


def lose_prefects_home(desk: Desk) -> tuple[Path, str]:
    desk.set_up(PREFECT_HOME=str(desk.data))
    return desk.data / "profiles.toml", f"bring back `PREFECT_HOME={desk.data}`"


def lose_the_profiles(desk: Desk) -> tuple[Path, str]:
    path = desk.home / ".config/pp.toml"
    desk.set_up(PREFECT_PROFILES_PATH=str(path))
    return path, f"bring back `PREFECT_PROFILES_PATH={path}`"


def lose_the_configuration(desk: Desk) -> tuple[Path, str]:
    place = desk.data / ".config"  # as below a home, which it is not
    desk.set_up(XDG_CONFIG_HOME=str(place))
    return place / "proxyenv/env.sh", f"bring back `XDG_CONFIG_HOME={place}`"


def lose_a_variable_of_wget(desk: Desk) -> tuple[Path, str]:
    path = desk.home / ".config/wgetrc"
    desk.set_up("--configure", "wget", WGETRC=str(path))
    return path, f"bring back `WGETRC={path}`"


def lose_a_variable_of_conda(desk: Desk) -> tuple[Path, str]:
    path = desk.home / ".config/conda/rc"
    desk.set_up("--configure", "conda", CONDARC=str(path))
    return path, f"bring back `CONDARC={path}`"


@pytest.mark.parametrize(
    "lose",
    [
        lose_a_link,
        lose_the_configuration,
        pytest.param(lose_prefects_home, marks=in_ci),
        pytest.param(lose_the_profiles, marks=in_ci),
        pytest.param(lose_a_variable_of_wget, marks=in_ci),
        pytest.param(lose_a_variable_of_conda, marks=in_ci),
    ],
)
def test_what_led_to_a_file_is_gone(desk: Desk, lose: Callable[[Desk], tuple[Path, str]]) -> None:
    before = {path: content for path, content in MINE.items() if path != ".wgetrc"}
    left, way_back = lose(desk)
    content = left.read_bytes()
    for verb in (("off",), ("refresh", "--no-check"), ("uninstall",)):
        refused = desk.run(*verb, status=3)
        assert "error[receipt-invalid]: " in refused.err
        assert f"hint: {way_back}" in refused.err
    done = desk.run(*hinted(refused))
    assert f"the receipt names `{left}`, which is left as it is" in done.err
    assert left.read_bytes() == content
    for path, mine in before.items():
        assert (desk.home / path).read_bytes() == mine
    assert not (desk.home / ".local/state/proxyenv").exists()
    desk.set_up()
    desk.run("uninstall")
    for path, mine in before.items():
        assert (desk.home / path).read_bytes() == mine


def test_a_home_that_was_moved_is_left_clean(desk: Desk) -> None:
    before = desk.files()
    desk.set_up_twice()
    old, desk.home = desk.home, desk.home.with_name("moved")
    old.rename(desk.home)
    refused = desk.run("uninstall", status=3)
    assert f"hint: the home was `{old}` when `proxyenv setup` ran: " in refused.err
    desk.run(*hinted(refused))
    assert desk.files() == before
    desk.set_up_twice()
    desk.run("uninstall")
    assert desk.files() == before


def test_a_home_that_a_link_leads_to_was_moved(desk: Desk) -> None:
    """As on systems where ``/home`` is a link to ``/var/home``."""
    linked = desk.data.with_name("linked")
    linked.symlink_to(desk.home.parent)
    old, desk.home = desk.home, linked / "home"
    before = desk.files()
    desk.set_up()
    old.rename(old.with_name("moved"))
    desk.home = linked / "moved"
    refused = desk.run("uninstall", status=3)
    assert f"hint: the home was `{old}` when `proxyenv setup` ran: " in refused.err
    desk.run(*hinted(refused))
    assert desk.files() == before


@pytest.mark.parametrize("option", [(), ("--without-receipt",)], ids=["", "without a receipt"])
def test_a_hook_goes_from_where_truststore_went_too(desk: Desk, option: tuple[str, ...]) -> None:
    """Also where the libraries of the Python are a link to a directory of another name."""
    venv, libraries = desk.data / "venv", desk.data / "libraries"
    for path in (venv / "pyvenv.cfg", venv / "bin/python", libraries / "truststore/__init__.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(sys.executable)
    (venv / "lib/python3").mkdir(parents=True)
    (venv / "lib/python3/site-packages").symlink_to(libraries)
    before = desk.files()
    desk.set_up("--trust", "truststore", "--venv", str(venv))
    assert (libraries / HOOK_FILE).is_file()
    shutil.rmtree(libraries / "truststore")
    if option:
        (desk.home / ".local/state/proxyenv/receipt.json").unlink()
    desk.run("uninstall", *option)
    assert list(libraries.iterdir()) == []
    assert desk.files() == before


def hinted(refused: Ran) -> tuple[str, ...]:
    """The arguments of the command that takes back what can be told."""
    (command,) = re.findall(r"`proxyenv (uninstall[^`]*)`", refused.err)
    return tuple(shlex.split(command))
