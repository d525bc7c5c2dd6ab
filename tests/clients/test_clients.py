"""Real clients in a new shell that sourced ``env.sh`` and has nothing else set."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.evidence import parse_last_line, require_fetched, require_flow, require_seen, run, url_of
from proxyenv.demo.run import FLOW, HTTPX, REQUESTS
from support.machine import require_client

if TYPE_CHECKING:
    import subprocess

    from proxyenv.demo.stage import Stage

pytestmark = pytest.mark.slow


def in_new_shell(user: Stage, *command: str) -> subprocess.CompletedProcess[str]:
    env_file = user.home / ".config" / "proxyenv" / "env.sh"
    return run(user, ["sh", "-c", '. "$0" && exec "$@"', str(env_file), *command])


def urls_of(marker: str) -> list[str]:
    return [url_of("http", marker), url_of("https", marker)]


def test_curl(user: Stage) -> None:
    marker = f"curl-{user.root.name}"
    done = in_new_shell(user, require_client("curl"), "-sS", "--fail", *urls_of(marker))
    assert done.returncode == 0, done.stderr
    require_fetched(user, marker, done.stdout)


@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_python_library(user: Stage, library: str) -> None:
    marker = f"{library}-{user.root.name}"
    program = {"requests": REQUESTS, "httpx": HTTPX}[library]
    done = in_new_shell(user, sys.executable, "-c", program, *urls_of(marker))
    assert done.returncode == 0, done.stderr
    require_fetched(user, marker, done.stdout)


def test_git_ls_remote(user: Stage, repository_head: str) -> None:
    since = len(user.proxy.exchanges)
    git = ("env", "GIT_CONFIG_NOSYSTEM=1", require_client("git"))
    done = in_new_shell(user, *git, "ls-remote", "https://origin.demo.test/repository.git", "refs/heads/main")
    assert done.stdout == f"{repository_head}\trefs/heads/main\n", done.stderr
    listing = "https://origin.demo.test/repository.git/info/refs?service=git-upload-pack"
    require_seen(user, listing, since=since)


def test_pip_download(user: Stage, wheel: bytes) -> None:
    since = len(user.proxy.exchanges)
    pip = ("env", "PIP_CONFIG_FILE=/dev/null", sys.executable, "-m", "pip", "--disable-pip-version-check")
    index = ("--index-url", "https://origin.demo.test/simple/", "--no-cache-dir")
    target = user.root / "downloaded"
    done = in_new_shell(user, *pip, "download", *index, "--no-deps", "--dest", str(target), "demo-package")
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "demo_package-1.0-py3-none-any.whl": wheel
    }
    for path in ("", "demo_package-1.0-py3-none-any.whl"):
        require_seen(user, f"https://origin.demo.test/simple/demo-package/{path}", since=since)


def test_flow_of_the_users_own(user: Stage) -> None:
    marker = f"flow-{user.root.name}"
    script = user.root / "my_flow.py"
    script.write_text(FLOW, "utf-8")
    since = len(user.proxy.exchanges)
    done = in_new_shell(user, sys.executable, str(script), *urls_of(marker))
    assert done.returncode == 0, done.stderr
    require_fetched(user, marker, done.stdout)
    require_flow(user, parse_last_line(done.stdout)["flow_run"], since=since)
