"""`off` and `on`: new shells and Prefect know nothing of it, then all is as it was, byte for byte."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.command import Ran, environment_of, proxyenv
from support.machine import require_client
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

PROFILES: Final = 'active = "work"\n\n[profiles.work]   # mine\nPREFECT_API_URL = "https://api.example/api"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a history."""
    home = tmp_path / "home"
    (home / ".prefect").mkdir(parents=True)
    (home / ".npmrc").write_text("registry=https://npm.test/\n")
    (home / ".prefect/profiles.toml").write_text(PROFILES)
    (home / ".prefect/profiles.toml").chmod(0o600)
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    return home


def run(home: Path, *arguments: str) -> Ran:
    return proxyenv(*arguments, home=home, NPM_CONFIG_GLOBALCONFIG="/nonexistent")


def set_up(home: Path, port: int = 9) -> None:
    ca, proxy = str(home.parent / "corp.pem"), f"http://ada:geheim@localhost:{port}"
    tools = ("--configure", "npm", "--configure", "pip")
    ran = run(home, "setup", "--yes", "--no-check", "--proxy", proxy, "--ca", ca, *tools)
    assert ran.status == 0, ran.err


def ask(home: Path, shell: str) -> str:
    """What a new shell has."""
    ending = "fish" if shell == "fish" else "sh"
    source = f'. {home}/.config/proxyenv/env.{ending}; echo "=$HTTPS_PROXY$SSL_CERT_FILE"'
    command = [require_client(shell), "-c", source]
    done = subprocess.run(command, env=environment_of(home), capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
def test_a_new_shell_has_nothing_while_it_is_off(home: Path, shell: str) -> None:
    set_up(home)
    was = ask(home, shell)
    assert "localhost:9" in was
    assert run(home, "off", "--yes").status == 0
    assert ask(home, shell) == "=\n"
    assert run(home, "on", "--yes").status == 0
    assert ask(home, shell) == was


def test_prefects_profile_and_the_tools_are_as_before_while_it_is_off(home: Path) -> None:
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    assert (home / ".prefect/profiles.toml").read_text() == PROFILES
    assert (home / ".npmrc").read_text() == "registry=https://npm.test/\n"
    assert not (home / ".config/pip/pip.conf").exists()
    assert "geheim" not in (home / ".local/state/proxyenv/receipt.json").read_text()
    assert (home / ".local/state/proxyenv/standby").stat().st_mode & 0o777 == 0o700


def test_on_gives_exactly_what_was_there(home: Path) -> None:
    set_up(home, port=8)
    set_up(home)
    before = snapshot(home)
    assert run(home, "off", "--yes").status == 0
    assert run(home, "on", "--yes").status == 0
    assert snapshot(home) == before
    assert run(home, "rollback", "--dry-run").status == 0


def test_what_others_wrote_meanwhile_stays(home: Path) -> None:
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    profiles = home / ".prefect/profiles.toml"
    profiles.write_text(PROFILES + '\n[profiles.other]\nPREFECT_API_URL = "https://other.example/api"\n')
    assert run(home, "on", "--yes").status == 0
    found = tomllib.loads(profiles.read_text())
    assert found["profiles"]["other"] == {"PREFECT_API_URL": "https://other.example/api"}
    assert "PREFECT_API_SSL_CERT_FILE" in found["profiles"]["work"]
    assert run(home, "status").status == 0


@pytest.mark.parametrize(
    "lead",
    [
        pytest.param(lambda _: None, id="off"),
        pytest.param(lambda home: run(home, "on", "--yes"), id="on again"),
    ],
)
def test_uninstall_gives_everything_back(home: Path, lead: Callable[[Path], object]) -> None:
    before = snapshot(home)
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    lead(home)
    assert run(home, "uninstall", "--yes").status == 0
    assert snapshot(home) == before


def test_status_says_so_and_check_is_a_no(home: Path) -> None:
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    status, check = run(home, "status", "--output", "json"), run(home, "check", "--output", "json")
    said = [
        next(x for x in each.json["data"]["report"] if x["cause"] == "switched-off")
        for each in (status, check)
    ]
    assert [(each["status"], each["hint"]) for each in said] == [
        ("warning", "`proxyenv on` brings them back"),
        ("failed", "`proxyenv on` brings them back"),
    ]
    assert (status.status, check.status) == (0, 1)


@pytest.mark.parametrize("verb", ["setup", "refresh", "rollback", "diff"])
def test_what_would_write_waits_for_on(home: Path, verb: str) -> None:
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    before = snapshot(home)
    ran = run(home, verb, *(() if verb == "diff" else ("--yes",)))
    assert ran.status == 3
    assert "error[must-be-on]" in ran.err
    assert snapshot(home) == before


def test_the_timers_refresh_does_nothing_while_it_is_off(home: Path) -> None:
    set_up(home)
    assert run(home, "off", "--yes").status == 0
    ran = run(home, "refresh", "--if-stale", "--yes", "--output", "json")
    assert (ran.status, ran.json["data"]) == (0, {"changes": [], "stale": []})


@pytest.mark.parametrize(
    ("verbs", "said"), [(("off", "off"), "it is off already"), (("on",), "it is on already")]
)
def test_twice_is_once(home: Path, verbs: tuple[str, ...], said: str) -> None:
    set_up(home)
    *first, last = verbs
    for verb in first:
        assert run(home, verb, "--yes").status == 0
    before = snapshot(home)
    ran = run(home, last, "--yes")
    assert (ran.status, said in ran.err, snapshot(home)) == (0, True, before)


def test_a_killed_run_is_not_called_done(home: Path) -> None:
    set_up(home)
    receipt = home / ".local/state/proxyenv/receipt.json"
    record = json.loads(receipt.read_text("utf-8"))
    receipt.write_text(json.dumps({**record, "state": "applying"}), "utf-8")
    ran = run(home, "on", "--yes")
    assert (ran.status, "error[interrupted-run]" in ran.err) == (3, True)
    assert "hint: `proxyenv setup` finishes it" in ran.err
