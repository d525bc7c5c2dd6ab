"""The receipt is lost or damaged: what can be told from the files is taken back, and what cannot is said."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.cli import run as run_here
from support.certificates import make_ca
from support.child import KILLED, disturbed, kill
from support.command import Ran, proxyenv
from support.machine import in_ci, require_client
from support.tree import snapshot

if TYPE_CHECKING:
    from pathlib import Path

PROXY: Final = "http://proxy.corp.example:3128"
TOOLS: Final = ("conda", "docker", "gradle", "java", "maven", "npm", "pip", "uv", "wget")
MINE: Final = {
    ".bashrc": b"alias ll='ls -l'",
    ".profile": b"umask 027\n",
    ".condarc": b"channels:\n  - conda-forge # ours\n",
    ".wgetrc": b"tries = 3\n",
    ".config/pip/pip.conf": b"[global]\ntimeout = 60\n",
    ".gradle/gradle.properties": b"org.gradle.daemon=true\n",
    ".npmrc": b"color=false\n",
    ".prefect/profiles.toml": b'[profiles.work]\nPREFECT_LOGGING_LEVEL = "INFO"\n',
}
NOT_KNOWN: Final = "removed, since what was there before is not known"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which a user has lived."""
    home = tmp_path / "home"
    for name, content in MINE.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp Root").pem)
    return home


def run(home: Path, *arguments: str, status: int = 0) -> Ran:
    done = proxyenv(*arguments, home=home)
    assert done.status == status, done.err
    return done


def set_up(home: Path, *more: str) -> None:
    ca = str(home.with_name("corp.pem"))
    run(home, "setup", "--yes", "--no-check", "--proxy", PROXY, "--ca", ca, *more)


def lose(home: Path) -> Path:
    receipt = home / ".local/state/proxyenv/receipt.json"
    receipt.unlink()
    return receipt


def files(home: Path) -> dict[str, object]:
    return {name: node for name, node in snapshot(home).items() if node[1] is not None}


def hinted(ran: Ran, part: str) -> tuple[str, ...]:
    """The arguments of the command in the hint that has *part* in it."""
    commands = re.findall(r"`proxyenv ([^`]*)`", ran.err.partition("hint: ")[2])
    return tuple(shlex.split(next(command for command in commands if part in command)))


def test_what_the_hint_says_takes_all_back(home: Path) -> None:
    before = files(home)
    set_up(home, *(word for name in TOOLS for word in ("--configure", name)))
    lose(home)
    refused = run(home, "status", status=3)
    assert "error[receipt-lost]: " in refused.err
    command = hinted(refused, "uninstall")
    assert command == ("uninstall", "--without-receipt")
    done = run(home, *command, "--yes")
    after = files(home)
    left = {name: after.pop(name, None) for name in (".m2/settings.xml", ".docker/config.json")}
    assert after == before
    # these formats have a frame, and whether it was there before is not known
    assert left[".docker/config.json"] == (0o644, b"{\n}\n")
    assert left[".m2/settings.xml"] is not None
    assert f"`ca_certificate` in `{home}/.wgetrc`: {NOT_KNOWN}" in done.err
    assert "which profile was active before `proxyenv` is not known" in done.err
    assert run(home, "uninstall", "--yes").err == "nothing was set up here\n"


@pytest.mark.parametrize("verb", ["setup", "diff"])
def test_a_new_setup_names_the_lost_receipt_and_what_takes_the_old_one_back(home: Path, verb: str) -> None:
    before = files(home)
    set_up(home)
    lose(home)
    damaged = snapshot(home)
    another = (
        "--proxy",
        "http://other.corp.example:3128",
        *(("--no-check", "--yes") if verb == "setup" else ()),
    )
    refused = run(home, verb, *another, status=3)
    assert refused.err.startswith("error[receipt-lost]: ")
    assert snapshot(home) == damaged
    run(home, *hinted(refused, "uninstall"), "--yes")
    assert files(home) == before
    run(home, "setup", "--proxy", "http://other.corp.example:3128", "--no-check", "--yes")


@in_ci
@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\0", b'{"receipt": 1}', b"[" * 5000], ids=lambda content: repr(content[:9])
)
def test_a_damaged_receipt_is_as_good_as_none(home: Path, content: bytes) -> None:
    before = files(home)
    set_up(home)
    receipt = home / ".local/state/proxyenv/receipt.json"
    receipt.write_bytes(content)
    refused = run(home, "uninstall", "--yes", status=3)
    assert "error[receipt-invalid]: " in refused.err
    run(home, *hinted(refused, "uninstall"), "--yes")
    assert files(home) == before
    assert not receipt.parent.exists()


def test_half_a_receipt_is_as_good_as_none(home: Path) -> None:
    before = files(home)
    set_up(home)
    receipt = home / ".local/state/proxyenv/receipt.json"
    receipt.write_bytes(receipt.read_bytes()[:2000])
    run(home, "uninstall", "--without-receipt", "--yes")
    assert files(home) == before


@in_ci
@pytest.mark.parametrize(
    "verb",
    [
        ("status",),
        ("rollback", "--yes"),
        ("refresh", "--yes", "--no-check"),
        ("refresh", "--if-stale", "--yes"),
        ("uninstall", "--yes"),
        ("trust", "remove", "--yes"),
        ("trust", "install", "--yes"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("where", ["", "--prefix"])
def test_every_verb_that_needs_the_receipt_says_what_to_do(
    home: Path, verb: tuple[str, ...], where: str
) -> None:
    there = (where, str(home / "my files/px")) if where else ()
    before = files(home)
    set_up(home, *there)
    state = home / ("my files/px" if where else ".local/state/proxyenv")
    (state / "receipt.json").unlink()
    refused = run(home, *verb, *there, status=3)
    assert "error[receipt-lost]: " in refused.err
    command = hinted(refused, "uninstall")
    assert command == ("uninstall", "--without-receipt", *there)
    run(home, *command, "--yes")
    assert files(home) == before


def test_a_dry_run_writes_nothing(home: Path) -> None:
    set_up(home)
    lose(home)
    before = snapshot(home)
    shown = run(home, "uninstall", "--without-receipt", "--dry-run")
    assert "-# >>> proxyenv" in shown.out
    assert snapshot(home) == before
    refused = run(home, "uninstall", "--without-receipt", status=2)
    assert "error[confirmation-required]" in refused.err
    assert snapshot(home) == before


def test_a_whole_receipt_is_used(home: Path) -> None:
    set_up(home)
    before = snapshot(home)
    refused = run(home, "uninstall", "--without-receipt", "--yes", status=2)
    assert "the receipt is there and whole" in refused.err
    assert snapshot(home) == before


def test_where_nothing_was_set_up_nothing_is_done(home: Path) -> None:
    before = snapshot(home)
    assert run(home, "uninstall", "--without-receipt", "--yes").err == "nothing was set up here\n"
    assert snapshot(home) == before


def test_what_is_not_ours_stays_and_is_said(home: Path) -> None:
    set_up(home, "--configure", "wget", "--configure", "pip")
    lose(home)
    for name, old, new in (
        (".profile", ".config/proxyenv/env.sh", "other/env.sh"),
        (".wgetrc", f"{home}/.local/share/proxyenv/ca-bundle.pem", "/etc/mine.pem"),
    ):
        text = (home / name).read_text("utf-8")
        assert old in text
        (home / name).write_text(text.replace(old, new), "utf-8")
    bundle = home / ".local/share/proxyenv/ca-bundle.pem"
    bundle.write_bytes(b"mine\n")
    before = files(home)
    done = run(home, "uninstall", "--without-receipt", "--yes")
    after = files(home)
    for name in (".profile", ".wgetrc", ".local/share/proxyenv/ca-bundle.pem"):
        assert after[name] == before[name]
    assert f"`{home}/.profile` has a block that is not of this installation; it stays" in done.err
    assert f"`{bundle}` does not look like what proxyenv writes; it stays" in done.err
    assert (home / ".config/pip/pip.conf").read_bytes() == MINE[".config/pip/pip.conf"]


def test_the_users_own_profile_loses_what_names_us(home: Path) -> None:
    mine = b'active = "work"\n\n[profiles.work]\nPREFECT_API_URL = "http://prefect.corp.example/api"\n'
    (home / ".prefect/profiles.toml").write_bytes(mine)
    set_up(home)
    assert b"ca-bundle.pem" in (home / ".prefect/profiles.toml").read_bytes()
    lose(home)
    run(home, "uninstall", "--without-receipt", "--yes")
    assert (home / ".prefect/profiles.toml").read_bytes() == mine


def test_without_the_configuration_every_tool_is_looked_at(home: Path) -> None:
    set_up(home, "--configure", "wget", "--configure", "gradle")
    lose(home)
    (home / ".config/proxyenv/proxyenv.toml").unlink()
    done = run(home, "uninstall", "--without-receipt", "--yes")
    assert (home / ".wgetrc").read_bytes() == MINE[".wgetrc"]
    path, key = home / ".gradle/gradle.properties", "systemProp.http.nonProxyHosts"
    direct = f"{key}=localhost|127.0.0.1|[::1]|0.0.0.0|host.docker.internal\n"
    assert path.read_bytes() == MINE[".gradle/gradle.properties"] + direct.encode()
    assert f"`{key}` in `{path}` has another value than would be written today; it stays" in done.err


def test_the_browsers_store_loses_what_bears_our_name(home: Path) -> None:
    certutil = require_client("certutil")
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)

    def call(*arguments: str, given: str = "") -> str:
        command = [certutil, "-d", f"sql:{database}", *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout

    call("-N", "--empty-password")
    call("-A", "-n", "mine", "-t", "C,,", "-a", given=make_ca("Mine").pem.decode())
    before = call("-L")
    set_up(home)
    run(home, "trust", "install", "--store", "nss", "--yes")
    assert call("-L") != before
    lose(home)
    for copy in (home / ".local/state/proxyenv").glob("store-*"):
        copy.unlink()
    done = run(home, "uninstall", "--without-receipt", "--yes")
    assert call("-L") == before
    assert "loses the CA; its files do not get back the bytes that they had" in done.err


@in_ci
@pytest.mark.skipif(sys.platform == "win32", reason="kills a fork")
@pytest.mark.parametrize("at", [3, 9, 20, 40, 60, 80])
def test_the_same_command_goes_on_where_it_was_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = files(home)
    set_up(home, "--configure", "wget")
    lose(home)
    monkeypatch.setenv("HOME", str(home))
    command = ("uninstall", "--without-receipt", "--yes", "--quiet")

    def act() -> None:
        assert run_here([*command]) == 0

    assert disturbed(act, at=at, by=kill) == KILLED
    run(home, *command)
    assert files(home) == before


def test_a_state_directory_that_is_gone_is_no_obstacle(home: Path) -> None:
    before = files(home)
    set_up(home)
    shutil.rmtree(home / ".local/state")
    run(home, "uninstall", "--without-receipt", "--yes")
    assert files(home) == before
    assert not (home / ".local/state/proxyenv").exists()
