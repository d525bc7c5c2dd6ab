"""Truststore mode: a real environment, a real intercepting proxy, and the operating system's real store."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.demo.evidence import require_fetched, url_of
from proxyenv.demo.run import HTTPX, REQUESTS
from proxyenv.demo.stage import Stage, empty_environment
from proxyenv.formats.pth import HOOK_FILE
from support.environments import make_bare_environment, make_environment, packages_of
from support.exports import read_exports
from support.system_store import with_ca_in_store
from support.tree import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from support.mitmproxy import CorporateNetwork

pytestmark = pytest.mark.slow

API: Final = "http://prefect.demo.test:4200/api"
URLS: Final = ("--url", "https://origin.demo.test/uuid")


@dataclass(frozen=True)
class User:
    """A user with an environment of their own behind the corporate proxy."""

    home: Path
    environment: Path
    python: Path
    network: CorporateNetwork

    def run(self, *command: str, inside: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, which is active, with nothing else set."""
        return subprocess.run(
            [*inside, str(self.python), *command],
            env={**empty_environment(self.home), "VIRTUAL_ENV": str(self.environment)},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def setup(self, *options: str) -> subprocess.CompletedProcess[str]:
        address = f"localhost:{self.network.proxy.port}"
        usual = ("--proxy", address, "--api-url", API, "--ca", str(self.network.proxy.ca), "--yes")
        command = ("-m", "proxyenv", "setup", *usual, "--trust", "truststore", "--output", "json")
        return self.run(*command, *options)

    @property
    def stage(self) -> Stage:
        return Stage(self.home, self.home, {}, self.network.origin, self.network.server, self.network.proxy)


@pytest.fixture
def user(corporate_network: CorporateNetwork, tmp_path: Path) -> User:
    home = tmp_path / "home"
    home.mkdir()
    python = make_environment(tmp_path / "environment")
    return User(home, tmp_path / "environment", python, corporate_network)


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    report = json.loads(done.stdout)["data"]["report"]
    return {outcome["check"].partition(" ")[0]: outcome for outcome in report}


def test_yes_when_the_store_holds_the_ca(user: User, tmp_path: Path) -> None:
    inside = with_ca_in_store(user.network.proxy.ca, tmp_path)
    user.setup("--no-check")
    # From here on proxyenv too runs in a Python that has the hook, and must not be taken in by it.
    done = user.run("-m", "proxyenv", "check", *URLS, "--output", "json", inside=inside)
    found = outcomes(done)
    assert {name: outcome["status"] for name, outcome in found.items()} == dict.fromkeys(found, "ok"), found
    assert done.returncode == 0
    assert found["tls"]["detail"].endswith("a corporate CA and no public root: intercepted")
    assert {"system-store", "activation", "tls", "fetch", "negative-control", "prefect-flow"} <= found.keys()
    assert found["activation"]["detail"] == "`import ssl` uses truststore and Prefect finds the plugin"
    for library, program in (("requests", REQUESTS), ("httpx", HTTPX)):
        urls = [url_of(scheme, f"truststore-{library}") for scheme in ("http", "https")]
        env_file = user.home / ".config/proxyenv/env.sh"
        sourced = (*inside, "sh", "-c", '. "$0" && exec "$@"', str(env_file))
        fetched = user.run("-I", "-c", program, *urls, inside=sourced)
        assert fetched.returncode == 0, fetched.stderr
        require_fetched(user.stage, f"truststore-{library}", fetched.stdout)


def test_a_client_in_code_takes_the_store_too(user: User, tmp_path: Path) -> None:
    user.setup("--no-check")
    program = "import sys, proxyenv; print(*(proxyenv.client().get(url).text for url in sys.argv[1:]))"
    urls = [url_of(scheme, "truststore-client") for scheme in ("http", "https")]
    inside = with_ca_in_store(user.network.proxy.ca, tmp_path)
    require_fetched(user.stage, "truststore-client", user.run("-c", program, *urls, inside=inside).stdout)
    refused = user.run("-c", program, urls[1])
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr


def test_no_with_a_hint_when_the_store_lacks_it(user: User) -> None:
    done = user.setup(*URLS)
    found = outcomes(done)
    assert done.returncode == 1
    assert (found["system-store"]["status"], found["system-store"]["cause"]) == ("failed", "ca-not-in-store")
    assert found["system-store"]["hint"] == "run `proxyenv trust install`"
    assert (found["tls"]["cause"], found["activation"]["status"]) == ("ca-missing", "ok")
    assert "`proxyenv trust install` puts it there" in done.stderr


def test_what_was_written_into_the_environment_goes_again(user: User) -> None:
    before = snapshot(user.environment), snapshot(user.home)
    assert user.setup("--no-check").returncode == 0
    assert (packages_of(user.environment) / HOOK_FILE).is_file()
    assert user.run("-I", "-c", "import ssl; print(ssl.SSLContext.__module__)").stdout == "truststore._api\n"
    again = user.run("-m", "proxyenv", "setup", "--yes", "--no-check", "--output", "json")
    assert json.loads(again.stdout)["data"]["changes"] == []
    assert user.run("-m", "proxyenv", "uninstall", "--yes").returncode == 0
    assert (snapshot(user.environment), snapshot(user.home)) == before


def test_going_back_to_a_bundle_takes_the_hook_away(user: User) -> None:
    user.setup("--no-check")
    done = user.run("-m", "proxyenv", "setup", "--trust", "bundle", "--yes", "--no-check")
    assert done.returncode == 0, done.stderr
    assert not (packages_of(user.environment) / HOOK_FILE).exists()
    assert "SSL_CERT_FILE" in read_exports(user.home)


def test_another_environment_without_truststore_is_left_working(user: User, tmp_path: Path) -> None:
    other = make_bare_environment(tmp_path / "other")
    before = snapshot(tmp_path / "other")
    done = user.setup("--no-check", "--venv", str(tmp_path / "other"))
    assert f"`{other} -m pip install truststore`" in done.stderr
    assert not (packages_of(user.environment) / HOOK_FILE).exists()
    asked = subprocess.run(
        [str(other), "-I", "-B", "-c", "import ssl; print(ssl.SSLContext.__module__)"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (asked.stdout, asked.stderr) == ("ssl\n", "")
    user.run("-m", "proxyenv", "uninstall", "--yes")
    assert snapshot(tmp_path / "other") == before


def test_a_file_of_that_name_that_is_not_ours_is_refused(user: User) -> None:
    hook = packages_of(user.environment) / HOOK_FILE
    hook.write_text("# mine\n", "utf-8")
    done = user.setup("--no-check")
    assert (done.returncode, json.loads(done.stdout)["errors"][0]["code"]) == (3, "foreign-file")
    assert hook.read_text("utf-8") == "# mine\n"
