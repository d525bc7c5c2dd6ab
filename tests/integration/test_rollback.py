"""What a run replaced comes back, byte for byte: the real command line in a throw-away home."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.acls import pack_acl, set_acl
from support.certificates import make_ca
from support.command import Ran, proxyenv
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

API: Final = "http://prefect.corp.test:4200/api"
PROFILES: Final = """\
active = "work"

[profiles.work]   # with a comment
PREFECT_API_URL = "https://api.example/api"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a history."""
    home = tmp_path / "home"
    (home / ".prefect").mkdir(parents=True)
    (home / ".bashrc").write_bytes(b"# caf\xe9 in latin-1\nalias x=y")
    (home / ".bashrc").chmod(0o640)
    (home / ".npmrc").write_text("registry=https://npm.test/\n")
    (home / ".prefect/profiles.toml").write_text(PROFILES)
    (home / ".prefect/profiles.toml").chmod(0o600)
    (home.parent / "corp.pem").write_bytes(make_ca("Corp").pem)
    (home.parent / "next.pem").write_bytes(make_ca("Next").pem)
    return home


def setup(home: Path, *more: str) -> None:
    assert run(home, "setup", "--yes", "--no-check", *more).status == 0


def run(home: Path, *arguments: str) -> Ran:
    return proxyenv(*arguments, home=home, NPM_CONFIG_GLOBALCONFIG="/nonexistent")


def first(home: Path) -> None:
    ca = str(home.parent / "corp.pem")
    setup(home, "--proxy", "http://ada:geheim@localhost:9", "--ca", ca, "--api-url", API)


def second(home: Path) -> None:
    """Another proxy, CA, profile and shell, a tool that is configured, and no password."""
    ca = str(home.parent / "next.pem")
    more = ("--profile", "other", "--shell", "zsh", "--configure", "npm", "--no-proxy", "lan.test")
    setup(home, "--proxy", "localhost:10", "--replace-ca", "--ca", ca, *more)


def rollback(home: Path) -> Ran:
    return run(home, "rollback", "--yes", "--output", "json")


def code(ran: Ran) -> str:
    found: str = ran.json["errors"][0]["code"]
    return found


def test_a_rollback_restores_the_earlier_set_up_and_uninstall_the_state_before_it(home: Path) -> None:
    before = snapshot(home)
    first(home)
    earlier = snapshot(home)
    second(home)
    assert snapshot(home) != earlier
    restored = rollback(home)
    assert (restored.status, restored.json["status"]) == (0, "changed")
    assert [(each["action"], each["subject"]) for each in restored.json["data"]["anchors"]] == [
        ("remove", "CN=Next"),
        ("add", "CN=Corp"),
    ]
    assert snapshot(home) == earlier
    assert run(home, "status").status == 0
    assert run(home, "uninstall", "--yes").status == 0
    assert snapshot(home) == before


def test_uninstall_leads_to_the_state_before_the_first_set_up(home: Path) -> None:
    before = snapshot(home)
    first(home)
    second(home)
    assert run(home, "uninstall", "--yes").status == 0
    assert snapshot(home) == before


def test_one_generation_is_kept(home: Path) -> None:
    first(home)
    second(home)
    middle = snapshot(home)
    setup(home, "--proxy", "localhost:11")
    assert rollback(home).status == 0
    kept = {name: state for name, state in middle.items() if "/previous" not in name}
    now = snapshot(home)
    receipt = ".local/state/proxyenv/receipt.json"
    assert {name: now[name] for name in kept if name != receipt} == {
        name: state for name, state in kept.items() if name != receipt
    }
    assert not (home / ".local/state/proxyenv/previous").exists()
    again = rollback(home)
    assert (again.status, code(again)) == (3, "nothing-to-restore")
    assert snapshot(home) == now


def test_a_first_set_up_replaces_nothing(home: Path) -> None:
    nothing = rollback(home)
    assert (nothing.status, code(nothing)) == (3, "not-installed")
    first(home)
    before = snapshot(home)
    nothing = rollback(home)
    assert (nothing.status, code(nothing)) == (3, "nothing-to-restore")
    assert snapshot(home) == before


def test_a_run_that_changes_nothing_keeps_what_is_kept(home: Path) -> None:
    first(home)
    earlier = snapshot(home)
    second(home)
    before = snapshot(home)
    setup(home)
    assert run(home, "refresh", "--yes", "--no-check").status == 0
    assert snapshot(home) == before
    assert rollback(home).status == 0
    assert snapshot(home) == earlier


def test_copies_are_for_their_owner_alone(home: Path) -> None:
    first(home)
    second(home)
    copies = home / ".local/state/proxyenv/previous"
    assert copies.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in copies.iterdir()} == {0o600}


def test_a_dry_run_shows_it_and_touches_nothing(home: Path) -> None:
    first(home)
    second(home)
    before = snapshot(home)
    shown = run(home, "rollback", "--dry-run")
    assert shown.status == 0
    assert "-CA CN=Next, SHA-256 " in shown.out
    assert "geheim" not in shown.out + shown.err
    asked = run(home, "rollback")
    assert asked.status == 2
    assert "  proxy    http://ada:****@localhost:9\n" in asked.err
    assert snapshot(home) == before


def test_what_others_wrote_since_stays(home: Path) -> None:
    """In an rc file, in a tool's file and in Prefect's; our part of each goes back."""
    first(home)
    second(home)
    for name, more in (
        (".bashrc", b"\nalias new=1\n"),
        (".npmrc", b"color=false\n"),
        (".prefect/profiles.toml", b"\n[profiles.mine]\nPREFECT_API_URL = 'http://x/api'\n"),
    ):
        (home / name).write_bytes((home / name).read_bytes() + more)
    assert rollback(home).status == 0
    assert b"alias new=1" in (home / ".bashrc").read_bytes()
    assert (home / ".bashrc").read_bytes().count(b"<<< proxyenv <<<") == 1
    assert (home / ".npmrc").read_text() == "registry=https://npm.test/\ncolor=false\n"
    profiles = (home / ".prefect/profiles.toml").read_text()
    assert "[profiles.mine]" in profiles
    assert "profiles.other" not in profiles
    assert f'PREFECT_API_URL = "{API}"' in profiles
    assert run(home, "status").status == 0
    assert run(home, "uninstall", "--yes").status == 0
    rest = (home / ".prefect/profiles.toml").read_text()
    assert rest.startswith(PROFILES)
    assert "proxyenv" not in rest


def test_an_edited_file_of_our_own_is_restored(home: Path) -> None:
    first(home)
    earlier = snapshot(home)
    second(home)
    (home / ".config/proxyenv/env.sh").write_text("# edited\n")
    assert rollback(home).status == 0
    assert snapshot(home) == earlier


def edit_a_copy(copies: Path) -> None:
    next(path for path in copies.iterdir() if b"BEGIN" not in path.read_bytes()).write_bytes(b"evil")


def remove_all(copies: Path) -> None:
    for path in copies.iterdir():
        path.unlink()


@pytest.mark.parametrize("damage", [edit_a_copy, remove_all])
def test_a_damaged_copy_is_refused(home: Path, damage: Callable[[Path], None]) -> None:
    before = snapshot(home)
    first(home)
    second(home)
    damage(home / ".local/state/proxyenv/previous")
    seen = snapshot(home)
    refused = rollback(home)
    assert (refused.status, code(refused)) == (3, "copy-damaged")
    assert snapshot(home) == seen
    judged = run(home, "status", "--output", "json")
    (shown,) = (each for each in judged.json["data"]["report"] if each["check"].endswith("/previous]"))
    assert (judged.status, shown["status"], shown["hint"]) == (0, "warning", "`proxyenv refresh` forgets it")
    assert run(home, "refresh", "--yes", "--no-check").status == 0
    assert code(rollback(home)) == "nothing-to-restore"
    assert "previous" not in run(home, "status").out
    setup(home, "--proxy", "localhost:12")  # the next run keeps another generation
    assert rollback(home).status == 0
    assert run(home, "uninstall", "--yes").status == 0
    assert snapshot(home) == before


@pytest.mark.parametrize("place", ["receipt.json", "previous", "."])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_what_others_could_have_written_is_refused(home: Path, place: str) -> None:
    first(home)
    second(home)
    path = home / ".local/state/proxyenv" / place
    path.chmod(path.stat().st_mode | 0o002)
    refused = rollback(home)
    assert (refused.status, code(refused)) == (3, "foreign-receipt")
    hint = refused.json["errors"][0]["hint"]
    assert os.system(hint.partition("`")[2].removesuffix("`")) == 0  # noqa: S605 - the hint, typed
    path.chmod(path.stat().st_mode & ~0o002)
    assert code_or_none(rollback(home)) != "foreign-receipt"


@pytest.mark.parametrize("place", [".local/state/proxyenv/receipt.json", ".config/proxyenv/env.sh"])
@pytest.mark.skipif(sys.platform != "linux", reason="Python reads no ACLs elsewhere")
def test_what_an_acl_lets_others_write_is_refused(home: Path, place: str) -> None:
    """The mode shows its mask as rights of the group, which is the owner's private one on many machines."""
    first(home)
    second(home)
    set_acl(home / place, pack_acl(users={12345: 6}, mask=6))
    before = snapshot(home)
    for verb in (("rollback", "--yes"), ("refresh", "--yes", "--no-check"), ("uninstall", "--yes")):
        refused = run(home, *verb, "--output", "json")
        assert (refused.status, code(refused)) == (3, "foreign-receipt")
        assert f"/{place}` can be written by the user 12345, as its ACL says" in refused.err
    assert snapshot(home) == before


def code_or_none(ran: Ran) -> str | None:
    errors: list[dict[str, Any]] = ran.json["errors"]
    return errors[0]["code"] if errors else None


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() > 0, reason="only root gives files away")
def test_what_belongs_to_somebody_else_is_refused(home: Path) -> None:
    first(home)
    second(home)
    shutil.chown(home / ".local/state/proxyenv/receipt.json", 12345, 12345)
    assert code(rollback(home)) == "foreign-receipt"


def test_an_installation_below_one_directory_is_restored(home: Path) -> None:
    before = snapshot(home)
    where = ("--prefix", str(home / "opt"))
    setup(home, "--proxy", "localhost:9", *where)
    earlier = snapshot(home)
    setup(home, "--proxy", "localhost:10", *where)
    assert run(home, "rollback", "--yes", *where).status == 0
    assert snapshot(home) == earlier
    assert run(home, "uninstall", "--yes", *where).status == 0
    assert snapshot(home) == before
