"""The recipes of docs/fleet.md, as they are printed: run by their tools, twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from proxyenv.demo.intercepting_proxy import install_from
from support.certificates import make_ca
from support.command import environment_of, proxyenv
from support.machine import AS_FOUND, TOOLS, in_ci
from support.servers import start_server
from support.waiting import wait_until

pytestmark = in_ci

PAGE: Final = Path(__file__).parents[2] / "docs/fleet.md"
LOCK: Final = Path(__file__).parents[1] / "support/fleet_tools/requirements.lock"
POLICY: Final = 'version = 1\n[proxy]\nhttps = "http://proxy.corp.example:3128"\n'
PYTHON: Final = "/opt/flows/bin/python"
OLD: Final = make_ca("Corp Root 2016")
NEW: Final = make_ca("Corp Root 2026")


def read_block(language: str) -> str:
    """The one block of a language on the page, with the Python of these tests."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0]).replace(PYTHON, sys.executable)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "policy.toml").write_text(POLICY)
    return home


def digest_of(home: Path) -> str:
    return hashlib.sha256((home.parent / "policy.toml").read_bytes()).hexdigest()


def run(home: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd="/",
        env=environment_of(home, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def ansible() -> Path:
    """`ansible-playbook`, installed from a hashed lock and kept between runs."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    place = TOOLS.resolve() / f"ansible-{version}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True, env=dict(AS_FOUND))
        pip = [*install_from(LOCK, place / "bin/python"), "--only-binary", ":all:"]
        subprocess.run(pip, check=True, env={**AS_FOUND, "PIP_USER": "0"})
        (place / "complete").touch()
    return place / "bin/ansible-playbook"


def test_ansible_changes_once_and_refuses_another_digest(home: Path, ansible: Path) -> None:
    playbook = home.parent / "playbook.yml"
    playbook.write_text(read_block("yaml"))
    policy = home.parent / "policy.toml"

    def play(digest: str) -> tuple[int, dict[str, int]]:
        given = json.dumps({"proxyenv_policy": str(policy), "proxyenv_digest": digest})
        where = ("--inventory", "localhost,", "--connection", "local", "--extra-vars", given)
        done = run(
            home, ansible, *where, playbook, LC_ALL="C.UTF-8", ANSIBLE_HOME=str(home.parent / "ansible")
        )
        recap = {key: int(value) for key, value in re.findall(r"(ok|changed|failed)=(\d+)", done.stdout)}
        assert recap, done.stdout + done.stderr
        return done.returncode, recap

    assert play(digest_of(home)) == (0, {"ok": 1, "changed": 1, "failed": 0})
    assert play(digest_of(home)) == (0, {"ok": 1, "changed": 0, "failed": 0})
    status, recap = play("ab" * 32)
    assert (status != 0, recap["failed"]) == (True, 1)
    assert play(digest_of(home)) == (0, {"ok": 1, "changed": 0, "failed": 0})


def test_what_puppet_runs_decides_by_the_exit_status(home: Path) -> None:
    recipe = read_block("puppet")
    program = re.search(r"\$proxyenv = '(.*)'", recipe)
    options = re.search(r"\$policy   = \"(.*)\"", recipe)
    assert program is not None
    assert options is not None
    policy = options[1].replace("${proxyenv_policy}", str(home.parent / "policy.toml"))

    def apply(digest: str) -> tuple[int, int | None]:
        """The status of `unless`, and that of `command`, which runs where the first is not 0."""
        words = {"${proxyenv}": program[1], "${policy}": policy.replace("${proxyenv_digest}", digest)}
        statuses: list[int | None] = []
        for key in ("unless", "command"):
            found = re.search(rf'{key} +=> "(.*)"', recipe)
            assert found is not None
            line = found[1]
            for name, value in words.items():
                line = line.replace(name, value)
            statuses.append(None if statuses == [0] else run(home, "sh", "-c", line).returncode)
        return statuses[0] or 0, statuses[1]

    assert apply(digest_of(home)) == (1, 0)
    assert apply(digest_of(home)) == (0, None)
    assert apply("ab" * 32) == (3, 3)


def test_the_script_of_jamf_changes_once(home: Path) -> None:
    script = home.parent / "script.sh"
    script.write_text(read_block("sh"))
    given = ("/", "computer", "user", home.parent / "policy.toml")
    first = run(home, "sh", script, *given, digest_of(home))
    assert (first.returncode, first.stdout) == (0, "changed\n")
    second = run(home, "sh", script, *given, digest_of(home))
    assert (second.returncode, second.stdout) == (0, "unchanged\n")
    assert run(home, "sh", script, *given, "ab" * 32).returncode == 3


def test_a_schedule_of_prefect_follows_a_rotated_ca(home: Path, tmp_path: Path) -> None:
    """Every three seconds, by Prefect's own scheduler, which starts the runs of a flow that is served."""
    ca, receipt = tmp_path / "corp.pem", home / ".local/state/proxyenv/receipt.json"
    ca.write_bytes(OLD.pem)
    given = ("--proxy", "http://proxy.corp.example:3128", "--ca", ca, "--yes", "--no-check")
    assert proxyenv("setup", *given, home=home).status == 0
    script = tmp_path / "follow.py"
    script.write_text(read_block("python").replace("interval=3600", "interval=3"))

    def trusted() -> set[str]:
        return {each["fingerprint"] for each in json.loads(receipt.read_text())["anchors"]}

    (tmp_path / "server").mkdir()
    with start_server(tmp_path / "server", environment=environment_of(tmp_path)) as server:
        server.wait()
        api = f"http://127.0.0.1:{server.port}/api"
        environment = environment_of(home, PREFECT_API_URL=api)
        with subprocess.Popen(
            [sys.executable, script],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as served:
            try:
                ca.write_bytes(NEW.pem)
                assert wait_until(lambda: trusted() == {NEW.fingerprint}, 240)
            finally:
                if sys.platform != "win32":
                    os.killpg(served.pid, signal.SIGTERM)
