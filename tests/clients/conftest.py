"""A user behind the corporate proxy who has run ``setup``, and what that user's programs fetch."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import certifi
import pytest

from proxyenv.demo.stage import Stage, empty_environment
from support.machine import require_client

if TYPE_CHECKING:
    from support.mitmproxy import CorporateNetwork

GIVEN: Final = "told-by-options"
FOUND: Final = "found-in-the-environment"

PROFILES: Final = """\
active = "work"  # the team's server

[profiles.work]
PREFECT_API_URL = "http://prefect.demo.test:4200/api"
"""


@pytest.fixture(scope="session", params=[GIVEN, FOUND])
def user(
    request: pytest.FixtureRequest,
    corporate_network: CorporateNetwork,
    tmp_path_factory: pytest.TempPathFactory,
) -> Stage:
    """A home in which ``setup`` was run: with options, or with two variables and no options at all."""
    root = tmp_path_factory.mktemp(request.param)
    home = root / "home"
    home.mkdir()
    network = corporate_network
    address = f"localhost:{network.proxy.port}"
    variables, options = {}, []
    if request.param == GIVEN:
        options = ["--proxy", address, "--ca", str(network.proxy.ca), "--no-check"]
        options += ["--api-url", "http://prefect.demo.test:4200/api"]
    else:
        profiles = home / ".prefect" / "profiles.toml"
        profiles.parent.mkdir()
        profiles.write_text(PROFILES, "utf-8")
        merged = root / "merged-by-hand.pem"
        merged.write_bytes(Path(certifi.where()).read_bytes() + network.proxy.ca.read_bytes())
        variables = {"HTTPS_PROXY": f"http://{address}", "SSL_CERT_FILE": str(merged)}
    done = subprocess.run(
        [sys.executable, "-m", "proxyenv", "setup", "--yes", "--output", "json", *options],
        env={**empty_environment(home), **variables},
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if request.param == FOUND:
        report = json.loads(done.stdout)["data"]["report"]
        statuses = {each["check"]: each["status"] for each in report}  # the company's proxy denies the index
        assert "failed" not in statuses.values(), report
        proven = ("proxy-connect [localhost", "fetch [https://httpbin.org/uuid]", "prefect-flow")
        for check in proven:
            assert [status for name, status in statuses.items() if name.startswith(check)] == ["ok"], report
    return Stage(root, home, {}, network.origin, network.server, network.proxy)


@pytest.fixture(scope="session")
def repository_head(corporate_network: CorporateNetwork, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The commit that ``/repository.git`` has on ``main``: a bare repository, served as plain files."""
    git = require_client("git")
    work, bare = tmp_path_factory.mktemp("work"), corporate_network.files / "repository.git"
    environment = {
        **empty_environment(work),
        "GIT_CONFIG_NOSYSTEM": "1",
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@demo.test"),
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [git, *arguments], env=environment, cwd=work, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    run("commit", "--quiet", "--allow-empty", "--message=first")
    run("clone", "--quiet", "--bare", str(work), str(bare))
    run("--git-dir", str(bare), "update-server-info")
    return run("rev-parse", "HEAD")


@pytest.fixture(scope="session")
def wheel(corporate_network: CorporateNetwork) -> bytes:
    """A tiny distribution on a package index at ``/simple/``."""
    name = "demo_package-1.0-py3-none-any.whl"
    project = corporate_network.files / "simple" / "demo-package"
    project.mkdir(parents=True)
    contents = {
        "demo_package.py": b"ANSWER = 42\n",
        "demo_package-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo-package\nVersion: 1.0\n",
        "demo_package-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in contents.items())
    contents["demo_package-1.0.dist-info/RECORD"] = f"{record}demo_package-1.0.dist-info/RECORD,,\n".encode()
    with zipfile.ZipFile(project / name, "w") as archive:
        for path, data in contents.items():
            archive.writestr(path, data)
    (project / "index.html").write_text(f'<!DOCTYPE html><a href="{name}">{name}</a>', "utf-8")
    return (project / name).read_bytes()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
