"""``--system``: what all users and services of a machine get, and that it gives all back.

`/etc` is overlaid in a mount namespace of each test's own, so nothing of the machine is written.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.cli import run as run_here
from support.certificates import make_ca
from support.child import disturbed, in_child, kill, moments
from support.command import Ran, proxyenv
from support.machine import in_ci, require_client
from support.mounts import needs_mounts, overlay, own_mounts
from support.tree import Node, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

assert sys.platform != "win32"  # which has no namespaces

pytestmark = needs_mounts

ETC: Final = Path("/etc")
PROXY: Final = "http://proxy.corp.example:3128"
API: Final = "https://prefect.corp.example/api"
SYSTEM_BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
BUNDLE: Final = "/etc/proxyenv/ca-bundle.pem"
PASSWORD: Final = "p4ss-w0rd"
NOBODY: Final = 65534
PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
GENERATOR: Final = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
SYSTEMD: Final = "/usr/lib/systemd/systemd"

OF_ROOT_ALONE: Final = {
    "HTTPS_PROXY": "http://of.root.example:1",
    "NO_PROXY": "of.root.example",
    "PREFECT_API_URL": "https://of.root.example/api",
    "PREFECT_PROFILES_PATH": "/srv/roots-own.toml",
    "XDG_CONFIG_HOME": "/srv/roots-own",
    "ZDOTDIR": "/srv/roots-own",
    "PROXYENV_HOME": "/srv/roots-own",
}
"""What must not get to all users, since it is true of root's shell alone."""


NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Machine:
    """Its root, in a home, and the company's CA in a file of root's."""

    home: Path
    ca: Path

    def run(self, *arguments: str | Path, status: int = 0, having: Mapping[str, str] = NOTHING) -> Ran:
        done = proxyenv(*arguments, home=self.home, **having)
        assert done.status == status, done.out + done.err
        return done

    def set_up(self, *more: str | Path, having: Mapping[str, str] = NOTHING) -> Ran:
        given = ("--proxy", PROXY, "--ca", self.ca, "--no-check", "--yes")
        return self.run("setup", "--system", *given, *more, having=having)

    def uninstall(self) -> None:
        self.run("uninstall", "--system", "--yes")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    home = tmp_path / "home"
    home.mkdir()
    ca = tmp_path / "corp.pem"
    ca.write_bytes(make_ca("Corp Root").pem)
    return Machine(home, ca)


def in_own_machine(room: Path, act: Callable[[], None]) -> None:
    """Run *act* in a fork that may write below `/etc`; nobody else sees it."""
    room.mkdir()

    def run() -> str:
        own_mounts()
        overlay(room, "/etc")
        Path("/etc/profile.d").mkdir(exist_ok=True)
        for path in (Path(sys.executable), Path(__file__)):
            open_way(room.parent, path.resolve())
        act()
        return ""

    in_child(run)


def open_way(place: Path, path: Path) -> None:
    """Let everybody reach a file, such as an interpreter below the home of root."""
    for directory in reversed(path.parents):
        if not directory.stat().st_mode & stat.S_IXOTH:
            room = place / f"way{directory.as_posix().replace('/', '-')}"
            room.mkdir()
            overlay(room, str(directory))
            directory.chmod(0o755)


def etc() -> dict[str, Node]:
    return snapshot(ETC)


def variables(output: str) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in output.split("\0") if "=" in entry)


def as_nobody(home: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of a user who is not root, and has nothing but a home."""
    begin = (require_client("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return subprocess.run(
        [*begin, *map(str, command)],
        cwd="/",
        env={"PATH": PATH, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def log_in(home: Path) -> dict[str, str]:
    """What a login shell of bash has in a home."""
    done = subprocess.run(
        [require_client("bash"), "-lc", "env -0"],
        env={"PATH": PATH, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return variables(done.stdout)


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish", "tcsh"])
def test_a_login_of_another_user_has_it(shell: str, machine: Machine, tmp_path: Path) -> None:
    program, su = require_client(shell), require_client("su")

    def act() -> None:
        machine.set_up("--api-url", API)
        command = [su, "--login", "nobody", "--shell", program, "--command", "env -0"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        seen = variables(done.stdout)
        wanted = ("HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "PREFECT_API_URL")
        assert [seen.get(name) for name in wanted] == [PROXY, PROXY, BUNDLE, API], done.stderr

    in_own_machine(tmp_path / "room", act)


def test_it_gives_every_byte_back(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before = etc()
        machine.set_up("--service", "prefect-worker", "--api-url", API)
        assert etc() != before
        assert (ETC / "systemd/system/prefect-worker.service.d/proxyenv.conf").exists()
        machine.uninstall()
        assert etc() == before
        assert list(machine.home.iterdir()) == []

    in_own_machine(tmp_path / "room", act)


def test_a_second_run_changes_nothing(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        machine.set_up("--service", "prefect-worker")
        before = etc()
        assert "nothing to change" in machine.set_up("--service", "prefect-worker").err
        assert "nothing to change" in machine.run("setup", "--system", "--no-check", "--yes").err
        assert "nothing to change" in machine.run("refresh", "--system", "--no-check", "--yes").err
        assert machine.run("diff", "--system").out == ""
        assert etc() == before

    in_own_machine(tmp_path / "room", act)


def test_what_is_true_of_roots_shell_alone_gets_to_nobody(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        (machine.home / ".prefect").mkdir()
        profile = 'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "https://of.root.example/api"\n'
        (machine.home / ".prefect/profiles.toml").write_text(profile)
        (machine.home / ".env").write_text("PREFECT_API_URL=https://of.root.example/api\n")
        before, earlier = snapshot(machine.home), etc()
        machine.set_up("--service", "prefect-worker", having=OF_ROOT_ALONE)
        changed = [node for name, node in etc().items() if node != earlier.get(name)]
        written = b"".join(content for _, content in changed if isinstance(content, bytes))
        assert b"of.root.example" not in written
        assert b"roots-own" not in written
        assert str(machine.home).encode() not in written
        assert snapshot(machine.home) == before

    in_own_machine(tmp_path / "room", act)


def test_a_proxy_that_only_this_shell_has_is_not_taken_for_all(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before = etc()
        done = machine.run("setup", "--system", "--yes", status=3, having={"HTTPS_PROXY": PROXY})
        assert "error[nothing-found]" in done.err
        assert "`proxyenv setup --system --proxy http://HOST:PORT --ca FILE`" in done.err
        assert etc() == before

    in_own_machine(tmp_path / "room", act)


def test_all_may_read_it_under_a_strict_umask_and_nobody_write_it(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before = set(etc())
        os.umask(0o077)
        machine.set_up("--service", "prefect-worker")
        modes = {name: stat.S_IMODE((ETC / name).stat().st_mode) for name in set(etc()) - before}
        assert {name: mode for name, mode in modes.items() if mode not in {0o644, 0o755}} == {}
        done = as_nobody(Path("/"), sys.executable, "-P", "-m", "proxyenv", "status", "--system")
        assert done.returncode == 0, done.stdout + done.stderr

    in_own_machine(tmp_path / "room", act)


def test_who_is_not_root_is_told_the_command_that_root_types(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before = etc()
        options = ("--system", "--proxy", PROXY, "--no-proxy", "a.example,b.example", "--ca", str(machine.ca))
        more = ("--service", "prefect-worker", "--no-derive", "--no-check", "--yes")
        done = as_nobody(Path("/"), sys.executable, "-P", "-m", "proxyenv", "setup", *options, *more)
        assert done.returncode == 3, done.stderr
        assert "error[needs-root]: `/etc/proxyenv` can only be written by root" in done.stderr
        assert etc() == before
        (hint,) = re.findall("hint: `sudo (.*)`", done.stderr)
        subprocess.run(["/usr/bin/env", *shlex.split(hint)], check=True, capture_output=True)
        seen = log_in(machine.home)
        assert (seen["HTTPS_PROXY"], seen["NO_PROXY"]) == (PROXY, "a.example,.a.example,b.example,.b.example")

    in_own_machine(tmp_path / "room", act)


def test_a_users_own_setup_counts_and_both_go_in_either_order(machine: Machine, tmp_path: Path) -> None:
    own = "http://own.corp.example:8080"

    def act() -> None:
        (machine.home / ".profile").write_text("# mine\n")
        before, home = etc(), snapshot(machine.home)
        for first, second in (("--system", ""), ("", "--system")):
            machine.set_up("--api-url", API)
            given = ("--proxy", own, "--ca", machine.ca, "--no-check", "--yes")
            machine.run("setup", *given, having=log_in(machine.home))
            seen = log_in(machine.home)
            assert seen["HTTPS_PROXY"] == own
            assert seen["SSL_CERT_FILE"] == f"{machine.home}/.local/share/proxyenv/ca-bundle.pem"
            machine.run("uninstall", *filter(None, [first]), "--yes")
            assert log_in(machine.home)["HTTPS_PROXY"] == (own if first else PROXY)
            machine.run("uninstall", *filter(None, [second]), "--yes")
            assert "HTTPS_PROXY" not in log_in(machine.home)
            assert (etc(), snapshot(machine.home)) == (before, home)

    in_own_machine(tmp_path / "room", act)


def test_a_run_that_was_killed_is_taken_back(machine: Machine, tmp_path: Path) -> None:
    given = ["--proxy", PROXY, "--ca", str(machine.ca), "--no-check", "--yes", "--quiet"]

    def set_up() -> None:
        run_here(["setup", "--system", *given, "--service", "prefect-worker"])

    def act() -> None:
        before = etc()
        os.environ["PATH"] = PATH
        total = moments(set_up)
        machine.uninstall()
        assert etc() == before
        for part in range(1, 6):
            assert disturbed(set_up, at=total * part // 6, by=kill) != 0
            machine.uninstall()
            assert etc() == before, part

    in_own_machine(tmp_path / "room", act)


def test_services_that_are_no_longer_named_have_it_no_longer(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        units = ETC / "systemd/system"
        said = machine.set_up("--service", "one", "--service", "two@.service").err
        command = "systemctl daemon-reload && systemctl try-restart one.service two@.service"
        assert f"services take it when they start again: `{command}`" in said
        assert "there is no unit `one.service` here yet" in said
        again = machine.run("setup", "--system", "--proxy", "http://new.example:1", "--no-check", "--yes").err
        assert "`systemctl try-restart one.service two@.service`" in again
        machine.set_up("--service", "two@")
        assert not (units / "one.service.d").exists()
        machine.set_up("--service", "none")
        assert not (units / "two@.service.d").exists()
        assert not (ETC / "proxyenv/env.systemd").exists()

    in_own_machine(tmp_path / "room", act)


def test_a_rollback_restores_what_the_last_run_replaced(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        machine.set_up()
        before = etc()
        machine.run("setup", "--system", "--proxy", "http://new.example:1", "--no-check", "--yes")
        assert etc() != before
        machine.run("rollback", "--system", "--yes")
        assert etc() == before

    in_own_machine(tmp_path / "room", act)


def test_a_users_verb_does_not_take_the_installation_over(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        machine.set_up()
        before = etc()
        prefix = ("--prefix", "/etc/proxyenv", "--yes")
        for verb in (["setup", "--proxy", PROXY], ["refresh"], ["rollback"], ["uninstall"]):
            done = machine.run(*verb, *prefix, status=2)
            assert "what is set up in `/etc/proxyenv` is for all users of this machine" in done.err
        assert etc() == before

    in_own_machine(tmp_path / "room", act)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="people"),
        pytest.param(("--no-rc", "--service", "prefect-worker"), id="services alone"),
    ],
)
def test_uninstall_needs_no_word_of_all_users_in_the_configuration(
    machine: Machine, tmp_path: Path, more: tuple[str, ...]
) -> None:
    def act() -> None:
        before = etc()
        machine.set_up(*more)
        saved = ETC / "proxyenv/proxyenv.toml"
        saved.write_text(saved.read_text("utf-8").replace("all_users = true\n", ""), "utf-8")
        done = machine.run("uninstall", "--prefix", "/etc/proxyenv", "--yes", status=2)
        assert "what is set up in `/etc/proxyenv` is for all users of this machine" in done.err
        machine.uninstall()
        saved.unlink()  # what was edited stays
        saved.parent.rmdir()
        assert etc() == before

    in_own_machine(tmp_path / "room", act)


def test_it_does_not_take_over_what_roots_prefix_set_up(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before, home = etc(), snapshot(machine.home)
        given = ("--proxy", PROXY, "--ca", machine.ca, "--no-check", "--yes")
        machine.run("setup", *given, "--prefix", "/etc/proxyenv")
        done = machine.run("setup", "--system", *given, status=2)
        assert "what is set up in `/etc/proxyenv` is for one user" in done.err
        (hint,) = re.findall("hint: `proxyenv (.*)` first", done.err)
        machine.run(*shlex.split(hint), "--yes")
        assert (etc(), snapshot(machine.home)) == (before, home)
        machine.set_up()

    in_own_machine(tmp_path / "room", act)


def test_a_receipt_that_others_could_have_written_is_refused(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        machine.set_up()
        (ETC / "proxyenv/receipt.json").chmod(0o666)
        for verb in ("uninstall", "rollback", "refresh", "setup"):
            assert "error[foreign-receipt]" in machine.run(verb, "--system", "--yes", status=3).err

    in_own_machine(tmp_path / "room", act)


def test_a_ca_file_that_others_may_write_is_not_read_again(machine: Machine, tmp_path: Path) -> None:
    """What another user writes there later would be trusted by all at the next `refresh`."""

    def act() -> None:
        machine.ca.chmod(0o666)
        machine.set_up()
        bundle = Path(BUNDLE).read_bytes()
        machine.ca.write_bytes(make_ca("Another").pem)
        machine.run("refresh", "--system", "--no-check", "--yes")
        assert Path(BUNDLE).read_bytes() == bundle

    in_own_machine(tmp_path / "room", act)


def test_the_systems_store_is_read_again(machine: Machine, tmp_path: Path) -> None:
    """It is named by a word, and no file of that name has to belong to root."""

    def act() -> None:
        with SYSTEM_BUNDLE.open("ab") as stream:
            stream.write(make_ca("Corp Root").pem)
        done = proxyenv(
            "setup", "--system", "--proxy", PROXY, "--ca", "system", "--no-check", "--yes", home=machine.home
        )
        assert done.status == 0, done.err
        assert 'ca = ["system"]\n' in Path("/etc/proxyenv/proxyenv.toml").read_text("utf-8")

    in_own_machine(tmp_path / "room", act)


def test_without_the_receipt_all_users_get_back_what_can_be_told(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        before = etc()
        machine.set_up()
        (ETC / "proxyenv/receipt.json").unlink()
        refused = machine.run("status", "--system", status=3)
        command = "proxyenv uninstall --without-receipt --system"
        assert f"hint: `{command}` takes back what can be told" in refused.err
        machine.run(*command.split()[1:], "--yes")
        assert [name for name, node in etc().items() if node != before.get(name)] == []

    in_own_machine(tmp_path / "room", act)


def test_session_managers_read_it(machine: Machine, tmp_path: Path) -> None:
    generator = require_client(GENERATOR)

    def act() -> None:
        machine.set_up("--api-url", API)
        done = subprocess.run([generator], env={"HOME": "/"}, capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        assert f"https_proxy={PROXY}" in lines
        assert f"SSL_CERT_FILE={BUNDLE}" in lines
        assert f"PREFECT_API_URL={API}" in lines

    in_own_machine(tmp_path / "room", act)


BOOT: Final = """\
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cp "$1" /run/systemd/system/probe.service
exec env -i container=test /usr/lib/systemd/systemd --unit=probe.service --log-target=null --show-status=0
"""
UNIT: Final = """\
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
Environment=ALL_PROXY=http://old.example:1
ExecStart=+/bin/sh -c 'systemctl show probe.service >{0}/shown'
ExecStart=/bin/sh -c 'env -0 >{0}/seen'
ExecStopPost=/bin/kill -s RTMIN+4 1
"""


def boot(directory: Path) -> tuple[dict[str, str], str]:
    """What `probe.service` has where systemd is the first process, and what it tells everybody of it."""
    (directory / "probe.service").write_text(UNIT.format(directory))
    spaces = ("--mount", "--pid", "--cgroup", "--fork", "--kill-child", "--mount-proc")
    done = subprocess.run(
        [require_client("unshare"), *spaces, "sh", "-c", BOOT, "sh", str(directory / "probe.service")],
        env={"PATH": PATH},
        capture_output=True,
        timeout=120,
        check=False,
    )
    if b"mount" in done.stderr:
        pytest.skip("needs a tree of control groups of its own")
    return variables((directory / "seen").read_text()), (directory / "shown").read_text()


@in_ci
def test_a_service_gets_a_password_that_nobody_else_can_read(machine: Machine, tmp_path: Path) -> None:
    require_client(SYSTEMD)
    url = f"http://worker:{PASSWORD}@proxy.corp.example:3128"

    def act() -> None:
        before = set(etc())
        given = ("--proxy", url, "--ca", machine.ca, "--no-check", "--yes")
        done = machine.run("setup", "--system", *given, status=3)
        assert "error[password-refused]" in done.err
        assert set(etc()) == before
        kept = tmp_path / "password.txt"
        kept.write_text(PASSWORD)
        kept.chmod(0o600)
        named = ("--proxy", url.replace(f":{PASSWORD}", ""), "--proxy-password-file", str(kept))
        machine.run("setup", "--system", *given, *named, "--no-rc", "--service", "probe")
        seen, shown = boot(tmp_path)
        assert (seen["HTTPS_PROXY"], seen["SSL_CERT_FILE"]) == (url, BUNDLE)
        assert "ALL_PROXY" not in seen
        assert "EnvironmentFiles=/etc/proxyenv/env.systemd (ignore_errors=yes)" in shown
        assert PASSWORD not in shown
        for name, (mode, content) in etc().items():
            is_there = isinstance(content, bytes) and PASSWORD.encode() in content
            assert not is_there or mode == 0o600, name
        assert "HTTPS_PROXY" not in log_in(machine.home)

    in_own_machine(tmp_path / "room", act)


PREFECT: Final = """
from prefect.settings import get_current_settings
api = get_current_settings().api
print(api.url, api.ssl_cert_file)
"""


@in_ci
def test_prefect_of_another_user_takes_the_api_and_the_bundle(machine: Machine, tmp_path: Path) -> None:
    def act() -> None:
        machine.set_up("--api-url", API)
        home = Path(tempfile.mkdtemp())
        os.chown(home, NOBODY, NOBODY)
        words = shlex.join([sys.executable, "-c", PREFECT])
        done = as_nobody(home, require_client("bash"), "-lc", words)
        assert done.stdout.split() == [API, BUNDLE], done.stderr

    in_own_machine(tmp_path / "room", act)


@in_ci
def test_check_proves_it_for_a_new_login(machine: Machine, tmp_path: Path) -> None:
    """Nothing answers here; each hint names the installation that is meant."""

    def act() -> None:
        machine.set_up("--proxy", "http://127.0.0.1:9")
        done = machine.run("check", "--system", status=1)
        assert "not-sourced" not in done.out
        assert "proxy-connect" in done.out
        (ETC / "proxyenv/env.sh").unlink()
        said = machine.run("status", "--system", status=1).out
        assert "`proxyenv refresh --system` writes it again" in said

    in_own_machine(tmp_path / "room", act)
