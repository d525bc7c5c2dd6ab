"""Prefect's plugin: processes that have nothing but a home get the proxy and the CA from the profile."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.evidence import parse_last_line, require_fetched, require_flow, url_of
from proxyenv.demo.run import FLOW
from proxyenv.demo.stage import Stage, empty_environment
from proxyenv.formats.pth import HOOK_FILE
from support.environments import make_environment, packages_of
from support.exports import read_exports
from support.machine import in_ci
from support.system_store import with_ca_in_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.mitmproxy import CorporateNetwork

pytestmark = pytest.mark.slow

API: Final = "http://prefect.demo.test:4200/api"
ASK: Final = """\
import json, os, prefect
names = ("HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "NO_PROXY")
print(json.dumps({name: os.environ.get(name) for name in names}))
"""


IN_A_COROUTINE: Final = """\
import asyncio
async def main():
    {lines}
asyncio.run(main())
"""
IN_A_NOTEBOOK: Final = """\
import ast, asyncio, inspect
cells = {lines!r}.split("; ")
async def kernel():
    scope = {{}}
    for cell in cells:
        done = eval(compile(cell, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), scope)
        if inspect.iscoroutine(done):
            await done
asyncio.run(kernel())
"""
"""As a kernel of Jupyter does it."""
SAY: Final = "import os; print(os.environ.get('HTTPS_PROXY'), os.environ.get('SSL_CERT_FILE'))"


@dataclass(frozen=True)
class User:
    """A user whose shells source nothing."""

    home: Path
    environment: Path
    python: Path
    network: CorporateNetwork

    def run(
        self,
        *command: str,
        inside: tuple[str, ...] = (),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment with nothing set but *variables*."""
        return subprocess.run(
            [*inside, str(self.python), *command],
            env={**empty_environment(self.home), **variables},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def setup(self, *options: str) -> subprocess.CompletedProcess[str]:
        usual = ["--proxy", f"localhost:{self.network.proxy.port}", "--api-url", API]
        usual += ["--ca", str(self.network.proxy.ca), "--yes", "--output", "json"]
        done = self.run("-m", "proxyenv", "setup", *usual, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def require_flow(self, marker: str, *, inside: tuple[str, ...] = ()) -> None:
        """Run a flow of the user's own, and prove which way it went and what the server knows of it."""
        network = self.network
        stage = Stage(self.home, self.home, {}, network.origin, network.server, network.proxy)
        script = self.home / "my_flow.py"
        script.write_text(FLOW, "utf-8")
        since = len(network.proxy.exchanges)
        urls = [url_of(scheme, marker) for scheme in ("http", "https")]
        done = self.run(str(script), *urls, inside=inside)
        assert done.returncode == 0, done.stderr
        require_fetched(stage, marker, done.stdout)
        require_flow(stage, parse_last_line(done.stdout)["flow_run"], since=since)

    def ask(self, **variables: str) -> dict[str, str | None]:
        """What a process has after `import prefect`."""
        done = self.run("-c", ASK, variables=variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        answer: dict[str, str | None] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("environment") / "venv"
    return root, make_environment(root)


@pytest.fixture
def user(corporate_network: CorporateNetwork, environment: tuple[Path, Path], tmp_path: Path) -> User:
    home = tmp_path / "home"
    home.mkdir()
    return User(home, *environment, corporate_network)


def test_a_flow_with_an_empty_environment_and_only_the_profile(user: User) -> None:
    user.setup("--activate", "plugin", "--no-check")
    assert not [path.name for path in user.home.iterdir() if path.name in {".bashrc", ".profile"}]
    user.require_flow("plugin-bundle")


def test_the_check_runs_its_flow_as_such_a_process(user: User) -> None:
    done = user.setup("--activate", "plugin", "--url", "https://origin.demo.test/uuid")
    report = {
        outcome["check"].partition(" ")[0]: outcome for outcome in json.loads(done.stdout)["data"]["report"]
    }
    assert report["activation"]["detail"] == "Prefect finds the plugin"
    assert report["prefect-flow"]["detail"] == "`Completed`, 1 of 1 task runs read back from the API"


def test_with_truststore_and_without_the_hook(user: User, tmp_path: Path) -> None:
    """A process that the hook does not reach, such as one of `python -S`, still has the plugin."""
    inside = with_ca_in_store(user.network.proxy.ca, tmp_path)
    user.setup("--trust", "truststore", "--no-check")
    (packages_of(user.environment) / HOOK_FILE).unlink()
    assert "SSL_CERT_FILE" not in read_exports(user.home)
    user.require_flow("plugin-truststore", inside=inside)


def test_an_installation_below_a_prefix_is_found_by_the_bundle_of_the_profile(user: User) -> None:
    user.setup("--activate", "plugin", "--no-check", "--prefix", str(user.home / "opt"))
    assert user.ask()["SSL_CERT_FILE"] == str(user.home / "opt/ca-bundle.pem")


def test_what_the_process_has_set_stays(user: User) -> None:
    user.setup("--activate", "plugin", "--no-check")
    found = user.ask(HTTPS_PROXY="http://other.test:1")
    assert (found["HTTPS_PROXY"], found["https_proxy"]) == ("http://other.test:1", None)
    assert str(found["NO_PROXY"]).startswith("localhost,127.0.0.1,::1,0.0.0.0,")


def test_plugins_that_are_on_for_somebody_else_do_not_switch_ours_on(user: User) -> None:
    user.setup("--activate", "shell", "--no-check")
    assert set(user.ask(PREFECT_PLUGINS_ENABLED="true").values()) == {None}


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        pytest.param(
            ".config/proxyenv/env.sh",
            "proxyenv sets no proxy and no CA here: [Errno 2]",
            id="the variables",
        ),
        pytest.param(
            ".local/share/proxyenv/ca-bundle.pem",
            "proxyenv leaves out what names a missing file",
            id="the bundle",
        ),
    ],
)
def test_a_file_that_is_gone_is_one_warning_and_no_failure(user: User, lost: str, said: str) -> None:
    user.setup("--activate", "plugin", "--no-check")
    (user.home / lost).unlink()
    done = user.run("-c", "import prefect; print('here')")
    assert (done.returncode, done.stdout) == (0, "here\n")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@in_ci
@pytest.mark.parametrize(
    "program", [pytest.param(IN_A_COROUTINE, id="a coroutine"), pytest.param(IN_A_NOTEBOOK, id="a notebook")]
)
def test_prefect_runs_no_plugin_in_a_running_loop_and_activate_does_its_work(
    user: User, program: str
) -> None:
    user.setup("--activate", "plugin", "--no-check")
    done = user.run("-c", program.format(lines=f"import prefect; {SAY}"))
    assert (done.returncode, done.stdout) == (0, "None None\n")
    assert "Failed to initialize plugins: Already running asyncio in this thread" in done.stderr

    added = f"http://localhost:{user.network.proxy.port} {user.home}/.local/share/proxyenv/ca-bundle.pem\n"
    before = user.run(
        "-c", program.format(lines=f"import proxyenv; proxyenv.activate(); import prefect; {SAY}")
    )
    assert (before.returncode, before.stdout) == (0, added)
    after = user.run(
        "-c", program.format(lines=f"import prefect; import proxyenv; proxyenv.activate(); {SAY}")
    )
    assert (after.returncode, after.stdout) == (0, added)


@in_ci
def test_the_check_says_so_where_notebooks_run(user: User) -> None:
    (packages_of(user.environment) / "ipykernel.py").touch()
    try:
        done = user.setup("--activate", "plugin", "--url", "https://origin.demo.test/uuid")
    finally:
        (packages_of(user.environment) / "ipykernel.py").unlink()
    report = json.loads(done.stdout)["data"]["report"]
    (found,) = (each for each in report if each["cause"] == "plugin-not-in-loop")
    assert (found["check"].partition(" ")[0], found["status"]) == ("activation", "warning")
    assert found["hint"] == "put `import proxyenv; proxyenv.activate()` before `import prefect` there"


def test_what_activate_cannot_find_is_said(user: User) -> None:
    done = user.run("-c", "import proxyenv; proxyenv.activate()")
    assert done.stderr.splitlines()[-1].startswith("proxyenv.errors.DiscoveryError: ")


def test_everything_is_put_back(user: User) -> None:
    (user.home / ".prefect").mkdir()
    profiles = user.home / ".prefect/profiles.toml"
    profiles.write_text('active = "mine"\n\n[profiles.mine]\nPREFECT_PLUGINS_ALLOW = "aws"\n', "utf-8")
    before = profiles.read_bytes()
    user.setup("--activate", "plugin", "--profile", "mine", "--no-check")
    assert 'PREFECT_PLUGINS_ALLOW = "aws,proxyenv"' in profiles.read_text("utf-8")
    assert user.run("-m", "proxyenv", "uninstall", "--yes").returncode == 0
    assert profiles.read_bytes() == before
