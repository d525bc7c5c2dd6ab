"""``setup --timer``: the units as they are written, and systemd's own user manager that runs them."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from support.certificates import make_ca
from support.command import Ran, environment_of, proxyenv
from support.machine import in_ci
from support.tree import snapshot
from support.user_manager import booted, user_manager
from support.waiting import wait_until

OLD: Final = make_ca("Corp Root 2016")
NEW: Final = make_ca("Corp Root 2026")
NOBODY: Final = "65534"
SOON: Final = (
    "[Timer]\nOnStartupSec=\nOnActiveSec=1s\nOnUnitActiveSec=2s\nRandomizedDelaySec=0\nAccuracySec=1s\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "corp.pem").write_bytes(OLD.pem)
    return home


def run(home: Path, *arguments: str | Path, **variables: str) -> Ran:
    """Run proxyenv where systemd seems to be at work."""
    return run_as((), home, *arguments, **variables)


def run_as(begin: tuple[str, ...], home: Path, *arguments: str | Path, **variables: str) -> Ran:
    command = (*booted(), *begin, sys.executable, "-m", "proxyenv", *map(str, arguments))
    done = subprocess.run(
        command, cwd="/", env=environment_of(home, **variables), capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def set_up(home: Path, **variables: str) -> Ran:
    given = ("--proxy", "http://proxy.corp.example:3128", "--ca", home.parent / "corp.pem")
    done = run(home, "setup", *given, "--timer", "--yes", "--no-check", **variables)
    assert done.status == 0, done.err
    return done


def units(home: Path) -> Path:
    return home / ".config/systemd/user"


def trusted(home: Path) -> set[str]:
    receipt = json.loads((home / ".local/state/proxyenv/receipt.json").read_text())
    return {each["fingerprint"] for each in receipt["anchors"]}


def read_service(home: Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment, as the unit has them."""
    lines = (units(home) / "proxyenv-refresh.service").read_text().splitlines()
    values = [line.partition("=") for line in lines if "=" in line]
    command = next(value for key, _, value in values if key == "ExecStart")
    pairs = [shlex.split(value)[0].partition("=") for key, _, value in values if key == "Environment"]
    return shlex.split(command), {name: value for name, _, value in pairs}


def test_the_command_as_written_follows_a_rotated_ca_without_this_shell(home: Path) -> None:
    """No PATH, the root directory, and only the variables that the unit itself sets."""
    set_up(home, PREFECT_HOME=str(home / "elsewhere"), VIRTUAL_ENV="/nonexistent")
    command, environment = read_service(home)
    assert environment == {"HOME": str(home), "PREFECT_HOME": str(home / "elsewhere")}
    before = snapshot(home)
    quiet = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=True)
    assert "nothing is stale" in quiet.stderr
    assert snapshot(home) == before
    (home.parent / "corp.pem").write_bytes(NEW.pem)
    subprocess.run([*command, "--no-check"], cwd="/", env=environment, capture_output=True, check=True)
    assert trusted(home) == {NEW.fingerprint}
    again = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=True)
    assert "nothing is stale" in again.stderr


def test_a_second_run_from_another_shell_changes_nothing(home: Path) -> None:
    set_up(home)
    done = run(home, "setup", "--yes", "--no-check", "--output", "json", SHELL="/bin/sh", VIRTUAL_ENV="/x")
    assert (done.status, done.json["changed"]) == (0, False)


def test_a_unit_that_somebody_edited_is_drift_and_refresh_repairs_it(home: Path) -> None:
    set_up(home)
    unit = units(home) / "proxyenv-refresh.timer"
    written = unit.read_bytes()
    unit.write_text("[Timer]\n")
    assert run(home, "status").status == 1
    assert run(home, "refresh", "--if-stale", "--yes", "--no-check").status == 0
    assert unit.read_bytes() == written


@pytest.mark.parametrize("arguments", [("uninstall",), ("setup", "--no-timer", "--no-check"), ("rollback",)])
def test_it_goes_again(home: Path, arguments: tuple[str, ...]) -> None:
    if arguments == ("rollback",):
        given = ("--proxy", "http://proxy.corp.example:3128", "--ca", home.parent / "corp.pem")
        assert run(home, "setup", *given, "--yes", "--no-check").status == 0
    set_up(home)
    done = run(home, *arguments, "--yes")
    assert done.status == 0, done.err
    assert not (home / ".config/systemd").exists()


def test_without_systemd_it_says_so_and_changes_nothing(home: Path) -> None:
    given = ("--proxy", "http://proxy.corp.example:3128", "--timer", "--yes", "--no-check")
    refused = proxyenv("setup", *given, "--output", "json", home=home)
    if refused.status == 0:
        pytest.skip("this machine runs systemd")
    assert (refused.status, refused.json["errors"][0]["code"]) == (3, "timer-unavailable")
    assert "`proxyenv refresh --if-stale --yes`" in refused.json["errors"][0]["hint"]
    assert list(home.iterdir()) == []


def test_systemd_accepts_the_units(home: Path, tmp_path: Path) -> None:
    set_up(home)
    files = [str(units(home) / f"proxyenv-refresh.{kind}") for kind in ("timer", "service")]
    environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = (*booted(), "systemd-analyze", "--user", "verify", *files)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@in_ci
def test_a_real_timer_follows_a_rotated_ca_and_is_stopped_by_uninstall(home: Path, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    where = {"XDG_RUNTIME_DIR": str(runtime)}

    def systemctl(*arguments: str) -> str:
        command = ("systemctl", "--user", *arguments)
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", **where}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    with user_manager(home, runtime):
        assert wait_until(lambda: systemctl("is-active", "timers.target") == "active")
        assert "the timer runs, and looks every hour" in set_up(home, **where).err
        assert systemctl("is-active", "proxyenv-refresh.timer") == "active"
        soon = units(home) / "proxyenv-refresh.timer.d/soon.conf"
        soon.parent.mkdir()
        soon.write_text(SOON)
        service = units(home) / "proxyenv-refresh.service.d/untried.conf"
        service.parent.mkdir()
        command, _ = read_service(home)
        service.write_text(f"[Service]\nExecStart=\nExecStart={shlex.join(command)} --no-check\n")
        (home.parent / "corp.pem").write_bytes(NEW.pem)
        systemctl("daemon-reload")
        systemctl("restart", "proxyenv-refresh.timer")
        assert wait_until(lambda: trusted(home) == {NEW.fingerprint}, 60)
        assert wait_until(lambda: systemctl("is-active", "proxyenv-refresh.service") == "inactive", 60)
        assert "the timer is stopped" in run(home, "uninstall", "--yes", **where).err
        assert systemctl("is-active", "proxyenv-refresh.timer") == "inactive"


@in_ci
def test_the_manager_starts_the_timer_by_itself(home: Path, tmp_path: Path) -> None:
    """As at the next login: nobody has asked it for anything."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    assert "the timer runs from your next login" in set_up(home).err
    environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PATH": "/usr/bin:/bin"}

    def is_active() -> bool:
        command = ("systemctl", "--user", "is-active", "proxyenv-refresh.timer")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip() == "active"

    with user_manager(home, runtime):
        assert wait_until(is_active)


def test_an_ordinary_user_gets_one() -> None:
    drop = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    given = ("--proxy", "http://proxy.corp.example:3128", "--timer", "--yes", "--no-check")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        booted()  # skips where nobody is root
        shutil.chown(home, int(NOBODY), int(NOBODY))
        done = run_as(drop, home, "setup", *given)
        if "No module named" in done.err or "Permission denied" in done.err:
            pytest.skip("another user cannot read this clone")
        assert done.status == 0, done.err
        assert (units(home) / "proxyenv-refresh.service").stat().st_uid == int(NOBODY)
        assert run_as(drop, home, "uninstall", "--yes").status == 0
        assert list(home.iterdir()) == []
