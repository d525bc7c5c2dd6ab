"""Settings that are damaged, by whomever and however, never stand in the way of `uninstall`."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from support.certificates import make_ca
from support.command import proxyenv
from support.machine import in_ci
from support.tree import snapshot

if TYPE_CHECKING:
    from pathlib import Path

PROFILES: Final = ".prefect/profiles.toml"
CONFIGURATION: Final = ".config/proxyenv/proxyenv.toml"
MINE: Final = {
    ".bashrc": b"alias ll='ls -l'\n",
    PROFILES: b'[profiles.work]\nPREFECT_LOGGING_LEVEL = "INFO"\n',
    ".wgetrc": b"tries = 3\n",
    "prefect.toml": b'[logging]\nlevel = "INFO"\n',
}
DAMAGES: Final = {
    "50,000 brackets": b"a = " + b"[" * 50_000,
    "brackets that are closed": b"a = " + b"[" * 50_000 + b"]" * 50_000 + b"\n",
    "5,000 digits": b"a = " + b"9" * 5_000 + b"\n",
    "a key of 20,000 parts": b".".join([b"a"] * 20_000) + b" = 1\n",
    "20,000 tables": b"[[a]]\n" * 20_000,
    "binary": bytes(range(256)) * 40,
    "too large": b"# a comment\n" * 500_000,
    "a hole of 100 MB": b"",
    "cut off": b'[profiles.work\nPREFECT_API_URL = "http',
    "no text of UTF-8": b'a = "\xff\xfe"\n',
    "empty": b"",
}


class Made(NamedTuple):
    home: Path
    before: dict[str, object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A home that somebody lives in, before and after it is set up."""
    root = tmp_path_factory.mktemp("made")
    home = root / "home"
    for name, content in MINE.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    before = _snapshot_files(home)
    (root / "corp.pem").write_bytes(make_ca("Corp Root").pem)
    given = ("--proxy", "localhost:9", "--ca", root / "corp.pem", "--configure", "wget")
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
    shutil.copytree(home, root / "kept", symlinks=True)
    return Made(home, before)


@pytest.fixture
def here(made: Made) -> Made:
    """The home as fresh as it was: the files name it by its path."""
    shutil.rmtree(made.home)
    shutil.copytree(made.home.with_name("kept"), made.home, symlinks=True)
    return made


def _snapshot_files(home: Path) -> dict[str, object]:
    return {name: node for name, node in snapshot(home).items() if node[1] is not None}


def damage(path: Path, how: str) -> None:
    path.write_bytes(DAMAGES[how])
    if how == "a hole of 100 MB":
        os.truncate(path, 100_000_000)


@in_ci
@pytest.mark.parametrize("name", [CONFIGURATION, PROFILES, "prefect.toml"])
@pytest.mark.parametrize("how", DAMAGES)
def test_uninstall_takes_all_else_back(here: Made, name: str, how: str) -> None:
    damage(here.home / name, how)
    damaged = _snapshot_files(here.home)[name]
    ended = proxyenv("uninstall", "--yes", home=here.home)
    assert (ended.status, "Traceback" in ended.err) == (0, False), ended.err
    assert _snapshot_files(here.home) == {**here.before, name: damaged}


def test_the_plan_says_what_of_the_profiles_stays(here: Made) -> None:
    damage(here.home / PROFILES, "50,000 brackets")
    ended = proxyenv("uninstall", "--yes", home=here.home)
    assert (
        f"`{here.home / PROFILES}` cannot be used: it is not valid TOML: "
        "it is nested too deeply (at line 1); "
        "it stays, with those of our settings that it still has: `active`, `profiles.proxyenv`, "
    ) in ended.err


def test_profiles_that_are_corrected_afterwards_are_taken_back_too(here: Made) -> None:
    path = here.home / PROFILES
    good = path.read_bytes()
    path.write_bytes(b"a = " + b"[" * 50_000 + b"\n" + good)
    assert proxyenv("uninstall", "--yes", home=here.home).status == 0
    path.write_bytes(good)
    assert proxyenv("uninstall", "--without-receipt", "--yes", home=here.home).status == 0
    assert path.read_bytes() == MINE[PROFILES]


def test_a_directory_in_place_of_the_configuration_stays(here: Made) -> None:
    path = here.home / CONFIGURATION
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("1")
    ended = proxyenv("uninstall", "--yes", home=here.home)
    assert (ended.status, f"`{path}` is not a file; it stays" in ended.err) == (0, True), ended.err
    left = _snapshot_files(here.home)
    assert left.pop(f"{CONFIGURATION}/mine") is not None
    assert left == here.before


def test_the_word_that_it_is_for_all_users_blocks_nothing(here: Made) -> None:
    path = here.home / CONFIGURATION
    path.write_text(path.read_text("utf-8") + "\n[system]\nall_users = true\n", "utf-8")
    edited = _snapshot_files(here.home)[CONFIGURATION]
    for verb in (("refresh", "--dry-run"), ("off", "--dry-run"), ("uninstall", "--yes")):
        ended = proxyenv(*verb, home=here.home)
        assert ended.status == 0, ended.err
    assert _snapshot_files(here.home) == {**here.before, CONFIGURATION: edited}


def test_a_name_that_no_file_can_have_hides_no_other_find(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_bytes(b"cafile=/a\0b\nhttps-proxy=http://proxy.npm.example:9\n")
    ended = proxyenv("discover", home=tmp_path)
    assert ended.status == 0, ended.err
    assert "`cafile` names `/a\\x00b`, which does not exist" in ended.out
    assert "http://proxy.npm.example:9" in ended.out
