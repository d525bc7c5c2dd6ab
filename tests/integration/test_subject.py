"""Two environments, proxyenv in one and Prefect in the other: a yes is about the process of the flow."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.demo.stage import take_snapshot
from support.command import environment_of
from support.environments import make_bare_environment, make_environment, make_project

if TYPE_CHECKING:
    from pathlib import Path

    from support.mitmproxy import CorporateNetwork

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the shells are those of Unix"),
]

API: Final = "http://prefect.demo.test:4200/api"
URLS: Final = ("--url", "https://origin.demo.test/uuid")


@dataclass(frozen=True)
class User:
    """Somebody who works in a project with an environment of its own, and has proxyenv in another."""

    home: Path
    tool: Path
    python: Path
    network: CorporateNetwork

    @property
    def project(self) -> Path:
        return self.home / "project"

    def type(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Type a line in a shell of the project, whose environment is active."""
        path = f"{self.project}/.venv/bin:{self.tool}/bin:/usr/bin:/bin"
        return subprocess.run(
            ["/bin/sh", "-c", f"proxyenv() {{ '{self.tool}/bin/python' -m proxyenv \"$@\"; }}\n{line}"],
            env=environment_of(
                self.home, **{"PATH": path, "VIRTUAL_ENV": str(self.project / ".venv"), **variables}
            ),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def check(self, *options: str, before: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Source the env file, do something, and check."""
        words = shlex.join(("proxyenv", "check", *URLS, *options))
        return self.type(f". {self.home}/.config/proxyenv/env.sh; {before}\n{words}", **variables)

    def find(self, *options: str, before: str = "", **variables: str) -> list[dict[str, Any]]:
        """What failed, in order."""
        done = self.check(*options, "--output", "json", before=before, **variables)
        assert done.returncode == 1, done.stdout + done.stderr
        report = json.loads(done.stdout)["data"]["report"]
        return [outcome for outcome in report if outcome["status"] == "failed"]


@pytest.fixture(scope="module")
def user(corporate_network: CorporateNetwork, tmp_path_factory: pytest.TempPathFactory) -> User:
    root = tmp_path_factory.mktemp("user")
    home = root / "home"
    (home / "project").mkdir(parents=True)
    make_environment(root / "tool")
    python = make_project(home / "project/.venv")
    user = User(home, root / "tool", python, corporate_network)
    options = (
        "--proxy",
        f"localhost:{corporate_network.proxy.port}",
        "--ca",
        str(corporate_network.proxy.ca),
    )
    done = user.type(shlex.join(("proxyenv", "setup", *options, "--api-url", API, "--yes", "--no-check")))
    assert done.returncode == 0, done.stderr
    return user


def test_the_verdict_names_the_python_of_the_project(user: User) -> None:
    before = take_snapshot(user.home)
    assert user.type(".venv/bin/python -c 'import proxyenv'").returncode == 1
    done = user.check()
    assert done.returncode == 0, done.stdout + done.stderr
    version = sys.version.split()[0]
    assert f" passed for `.venv/bin/python` (Python {version}, Prefect 3." in done.stdout.splitlines()[-1]
    assert take_snapshot(user.home) == before


def test_setup_checks_what_a_new_shell_gets(user: User) -> None:
    done = user.type(shlex.join(("proxyenv", "refresh", "--yes", *URLS)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].partition(" in new shells")[1]


def test_a_shell_that_has_not_sourced_is_a_no_and_the_hint_makes_it_a_yes(user: User) -> None:
    words = shlex.join(("proxyenv", "check", *URLS, "--output", "json"))
    done = user.type(words)
    failed = [each for each in json.loads(done.stdout)["data"]["report"] if each["status"] == "failed"]
    assert (done.returncode, [each["cause"] for each in failed]) == (1, ["not-sourced"])
    typed = failed[0]["hint"].split("`")[1]
    assert user.type(f"{typed}\n{words}").returncode == 0


def test_each_python_has_a_verdict_of_its_own(user: User, tmp_path: Path) -> None:
    bare = make_bare_environment(tmp_path / "bare")
    done = user.check("--python", ".venv", "--python", str(bare))
    assert done.returncode == 1
    verdicts = [line for line in done.stdout.splitlines() if " for `" in line]
    assert " checks passed for `.venv/bin/python` (Python " in verdicts[0]
    assert f" failed for `{bare}` (Python " in verdicts[1]
    assert verdicts[1].endswith("; the first is python: prefect-missing")


@pytest.mark.parametrize(
    ("variables", "before", "causes"),
    [
        pytest.param({"PREFECT_PROFILE": "ephemeral"}, "", {"shadowed"}, id="another profile"),
        pytest.param({"PREFECT_API_URL": "http://a.test/api"}, "", {"shadowed"}, id="another API"),
        pytest.param(
            {"PREFECT_API_SSL_CERT_FILE": "/gone.pem"},
            "",
            {"shadowed"},
            id="a CA file of Prefect's that is gone",
        ),
        pytest.param({}, "export SSL_CERT_FILE=/gone.pem", {"shadowed"}, id="a stale SSL_CERT_FILE"),
        pytest.param(
            {},
            "export HTTPS_PROXY=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1",
            {"shadowed"},
            id="another proxy",
        ),
        pytest.param({}, "unset HTTPS_PROXY https_proxy", {"not-sourced"}, id="a variable that was unset"),
    ],
)
def test_what_the_process_has_otherwise_is_a_no(
    user: User, variables: dict[str, str], before: str, causes: set[str]
) -> None:
    first = user.find(before=before, **variables)[0]
    assert first["cause"] in causes, first
    assert first["hint"], first


def test_a_proxy_line_that_was_deleted_is_a_no(user: User) -> None:
    env_file = user.home / ".config/proxyenv/env.sh"
    written = env_file.read_text()
    try:
        env_file.write_text(
            "".join(line for line in written.splitlines(True) if "TTPS_PROXY" not in line.upper())
        )
        failed = user.find()
    finally:
        env_file.write_text(written)
    assert (failed[0]["check"], failed[0]["cause"]) == (f"file [{env_file}]", "modified")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("prefect.toml", '[api]\nurl = "http://127.0.0.1:1/api"\n', id="prefect.toml"),
        pytest.param(".env", "PREFECT_API_URL=http://127.0.0.1:1/api\n", id="dotenv"),
    ],
)
def test_settings_of_the_project_count(user: User, name: str, text: str) -> None:
    file = user.project / name
    file.write_text(text)
    try:
        failed = user.find()
    finally:
        file.unlink()
    assert "shadowed" in [each["cause"] for each in failed]


def test_code_in_the_project_is_not_imported(user: User) -> None:
    trap = user.project / "httpx.py"
    trap.write_text("raise SystemExit('imported from the working directory')")
    try:
        assert user.check(before="export PYTHONPATH=.").returncode == 0
    finally:
        trap.unlink()
