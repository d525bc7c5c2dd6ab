"""``clients`` says that a client is covered only where it is: on machines that `setup` has changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from proxyenv.demo.stage import empty_environment
from support.environments import CLONE

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_PROGRAMS = {"PATH": "/nonexistent"}
ALONE = {**WITHOUT_PROGRAMS, "NPM_CONFIG_GLOBALCONFIG": "/nonexistent"}
"""Without the settings that this machine has for every user of npm."""


class User:
    """A user, and what the user's commands answer."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ca = home / "corporate.pem"
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.environment = {**empty_environment(home), "PYTHONPATH": str(CLONE)}

    def setup(self, *options: str) -> None:
        """Set up a proxy and a CA."""
        given = ("--proxy", "http://proxy.test:3128", "--ca", str(self.ca), *options)
        self.run("setup", "--yes", "--no-check", "--no-rc", *given)

    def run(self, *arguments: str, **variables: str) -> str:
        """What a command writes to standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "proxyenv", *arguments],
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sourced(self) -> dict[str, str]:
        """What a shell has that has sourced the env file."""
        script = f'. "{self.home}/.config/proxyenv/env.sh" && "$0" -c "$1"'
        program = "import json, os; print(json.dumps(dict(os.environ)))"
        done = subprocess.run(
            ["/bin/sh", "-c", script, sys.executable, program],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    def coverage(self, *names: str, **variables: str) -> list[str]:
        """What ``clients`` says of some clients, in a shell that has these variables."""
        said = json.loads(self.run("clients", "--output", "json", **{**variables, **WITHOUT_PROGRAMS}))
        rows = {row["name"]: row["coverage"] for row in said["data"]["clients"]}
        return [rows[name] for name in names]


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that every user can enter."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-public-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_only_a_shell_that_has_sourced_the_env_file_covers(user: User) -> None:
    user.setup()
    assert user.coverage("curl", "requests", "node") == ["source", "source", "source"]
    assert user.coverage("curl", "requests", "node", **user.sourced()) == ["covered", "covered", "covered"]


def test_another_value_in_this_shell_uncovers_those_who_read_it(user: User) -> None:
    user.setup()
    variables = {**user.sourced(), "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt"}
    assert user.coverage("curl", "requests", "pip", **variables) == ["covered", "source", "covered"]


def test_a_bundle_that_is_gone_covers_nobody(user: User) -> None:
    user.setup("--configure", "java", "--configure", "wget")
    variables = user.sourced()
    names = ("curl", "requests", "wget", "java")
    assert user.coverage(*names, **variables) == ["covered"] * 4
    (user.home / ".local/share/proxyenv/ca-bundle.p12").unlink()
    assert user.coverage(*names, **variables) == ["covered", "covered", "trust-install", "not-covered"]
    (user.home / ".local/share/proxyenv/ca-bundle.pem").unlink()
    assert user.coverage(*names, **variables)[:3] == ["not-covered"] * 3


def test_a_file_covers_while_it_says_what_was_written(user: User) -> None:
    user.setup("--configure", "wget", "--configure", "maven")
    variables = user.sourced()
    assert user.coverage("wget", "maven", **variables) == ["covered", "covered"]
    (user.home / ".wgetrc").write_text("ca_certificate = /another.pem\n", "ascii")
    assert user.coverage("wget", "maven", **variables) == ["not-covered", "covered"]


def test_what_all_installed_passed_over_is_not_covered(user: User) -> None:
    user.environment |= WITHOUT_PROGRAMS
    user.setup("--configure", "all-installed")
    assert user.coverage("maven", "gradle", "java") == ["configure", "configure", "configure"]


def test_truststore_covers_in_the_environment_that_has_it(user: User) -> None:
    place = user.home / "venv"
    venv.create(place)
    packages = next(place.glob("lib/*/site-packages"))
    (packages / "truststore").mkdir()
    user.setup("--trust", "truststore", "--venv", str(place), "--activate", "shell")
    variables = user.sourced()
    assert user.coverage("requests", "curl", **variables) == ["not-covered", "trust-install"]


def test_the_plugin_covers_prefect_alone(user: User) -> None:
    given = ("--proxy", "http://proxy.test:3128", "--ca", str(user.ca), "--activate", "plugin")
    user.run("setup", "--yes", "--no-check", *given)
    assert user.coverage("prefect", "prefect-git", "curl") == ["covered", "covered", "source"]


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("prefect", {"PREFECT_API_SSL_CERT_FILE": "/nope"}),
        ("prefect-websockets", {"PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "true"}),
        ("git", {"GIT_SSL_NO_VERIFY": "1"}),
        ("npm", {"npm_config_cafile": "/nope"}),
        ("requests", {"NO_PROXY": "*"}),
    ],
)
def test_a_variable_that_wins_is_not_passed_over(user: User, name: str, variables: dict[str, str]) -> None:
    user.setup()
    sourced = {**user.sourced(), **ALONE}
    assert user.coverage(name, **sourced) == ["covered"]
    assert user.coverage(name, **{**sourced, **variables}) == ["not-covered"]


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("git", ".gitconfig", "[http]\n\tproxy = http://other.test:8080\n"),
        ("curl", ".curlrc", "cacert = /nope\n"),
        ("cargo", ".cargo/config.toml", '[http]\nproxy = "http://other.test:8080"\n'),
        ("prefect", "prefect.toml", '[api]\nssl_cert_file = "/nope"\n'),
    ],
)
def test_a_file_that_wins_is_not_passed_over(
    user: User, monkeypatch: pytest.MonkeyPatch, name: str, file: str, content: str
) -> None:
    user.setup()
    monkeypatch.chdir(user.home)
    sourced = {**user.sourced(), **ALONE}
    assert user.coverage(name, **sourced) == ["covered"]
    (user.home / file).parent.mkdir(exist_ok=True)
    (user.home / file).write_text(content, "utf-8")
    assert user.coverage(name, **sourced) == ["not-covered"]


@pytest.mark.parametrize(("foreign", "coverage"), [(True, "not-covered"), (False, "covered")])
def test_another_ca_file_does_if_it_has_the_corporate_ca(user: User, *, foreign: bool, coverage: str) -> None:
    user.setup()
    other = user.home / "other.pem"
    (trustme.CA() if foreign else user.authority).cert_pem.write_to_path(str(other))
    (user.home / ".curlrc").write_text(f"cacert = {other}\n", "utf-8")
    sourced = {**user.sourced(), **ALONE, "npm_config_cafile": str(other)}
    sourced["PREFECT_API_SSL_CERT_FILE"] = str(other)
    assert user.coverage("curl", "npm", "yarn", "prefect", **sourced) == [coverage] * 4


def test_clients_status_and_discover_agree_about_a_file_of_another_ca(user: User) -> None:
    user.setup()
    other = user.home / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    (user.home / ".curlrc").write_text(f"cacert = {other}\n", "utf-8")
    sourced = {**user.sourced(), **ALONE}
    detail = f"`cacert` names `{other}`, which lacks the corporate CA"
    said = json.loads(user.run("clients", "--output", "json", **sourced))["data"]["clients"]
    assert [row["reason"] for row in said if row["name"] == "curl"] == [
        f"`{user.home}/.curlrc`, line 1: {detail}"
    ]
    outcomes = json.loads(user.run("status", "--output", "json", **sourced))["data"]["report"]
    assert [(each["cause"], each["detail"]) for each in outcomes if each["check"] == "settings [curl]"] == [
        ("ca-file-differs", f"`{user.home}/.curlrc`, line 1: {detail}")
    ]
    found = json.loads(user.run("discover", "--output", "json", **sourced))["data"]["stale_settings"]
    assert [(each["tool"], each["cause"], each["detail"]) for each in found] == [
        ("curl", "ca-file-differs", detail)
    ]


def test_versions_are_kept_until_a_program_changes(user: User) -> None:
    programs = user.home / "programs"
    programs.mkdir()
    curl, runs = programs / "curl", user.home / "runs"

    def write(version: str) -> None:
        curl.write_text(f"#!/bin/sh\necho x >>'{runs}'\necho curl {version}\n", "ascii")
        curl.chmod(0o755)

    def version(*options: str) -> str:
        said = json.loads(user.run("clients", *options, "--output", "json", PATH=str(programs)))
        (found,) = (row["version"] for row in said["data"]["clients"] if row["name"] == "curl")
        return str(found)

    write("8.1")
    assert [version(), version()] == ["8.1", "8.1"]
    assert runs.read_text("ascii") == "x\n"
    assert version("--probe-versions") == "8.1"
    assert runs.read_text("ascii") == "x\nx\n"
    write("8.10")
    assert version() == "8.10"


def test_uninstall_removes_the_versions_that_were_kept(user: User) -> None:
    user.setup()
    user.run("clients")
    assert (user.home / ".cache/proxyenv/versions.json").is_file()
    user.run("uninstall", "--yes")
    assert not (user.home / ".cache/proxyenv").exists()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root has a home that is another's"
)
@pytest.mark.parametrize("link", [".cache", ".cache/proxyenv"])
def test_root_follows_no_link_of_another_to_the_versions(public: Path, link: str) -> None:
    of_root, home = public / "of-root", public / "home"
    (of_root / "proxyenv").mkdir(parents=True)
    home.mkdir()
    user = User(home)
    user.setup()
    (user.home / link).parent.mkdir(exist_ok=True)
    (user.home / link).symlink_to(of_root if link == ".cache" else of_root / "proxyenv")
    subprocess.run(["/bin/sh", "-c", 'chown -hR 12345 "$0"', user.home], check=True)
    user.run("clients")
    assert list(of_root.rglob("*")) == [of_root / "proxyenv"]
    (of_root / "proxyenv/versions.json").write_text("[]", "ascii")
    user.run("uninstall", "--yes")
    assert (of_root / "proxyenv/versions.json").read_text("ascii") == "[]"


def test_a_program_below_the_current_directory_is_not_asked(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(user.home)
    (user.home / "curl").write_text("#!/bin/sh\ntouch ran\necho curl 8.1\n", "ascii")
    (user.home / "curl").chmod(0o755)
    assert "curl" not in user.run("clients", "--installed", PATH=".")
    assert not (user.home / "ran").exists()
