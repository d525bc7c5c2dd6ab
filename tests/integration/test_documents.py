"""The commands of README.md and docs/ that need no more than a machine that is set up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import start_origin
from support.command import environment_of
from support.documents import ROOT, commands_of
from support.machine import in_ci, require_client

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = in_ci

PAGES: Final = (
    "docs/certificates.md",
    "docs/fleet.md",
    "docs/json.md",
    "docs/no-proxy.md",
    "docs/shells.md",
    "README.md",
)
NEGATIVE: Final = {"proxyenv routes": 1}
"""How a command begins → the status that is a right answer, too."""


@pytest.fixture
def proxy(mitmproxy_python: Path, tmp_path: Path) -> Iterator[InterceptingProxy]:
    for name in ("origin", "proxy"):
        (tmp_path / name).mkdir()
    names = ("api.prefect.cloud", "httpbin.org")
    with start_origin(tmp_path / "origin", names=names) as origin:
        network = Network({f"{name}:443": origin.https_port for name in names}, (443,), origin.ca)
        with start_proxy(mitmproxy_python, tmp_path / "proxy", network) as proxy:
            yield proxy


@pytest.fixture
def home(tmp_path: Path, proxy: InterceptingProxy) -> Path:
    """Somebody who has set up this machine, and keeps two files that the pages name."""
    home = tmp_path / "home"
    (home / "programs").mkdir(parents=True)
    program = home / "programs" / "proxyenv"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m proxyenv "$@"\n', "utf-8")
    program.chmod(0o755)
    setup = f"proxyenv setup --proxy localhost:{proxy.port} --ca {proxy.ca} --no-check --yes --shell bash"
    assert type_in(home, setup).returncode == 0
    shutil.copyfile(proxy.ca, home / "corp.p7b")
    (home / "env.list").write_text(f"HTTPS_PROXY=http://localhost:{proxy.port}\n", "utf-8")
    return home


def type_in(home: Path, line: str) -> subprocess.CompletedProcess[str]:
    path = f"{home}/programs:/usr/bin:/bin"
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f". ~/.config/proxyenv/env.sh 2>/dev/null; {line}" if "setup" not in line else line,
        ],
        cwd=home,
        env=environment_of(home, PATH=path, PYTHONPATH=str(ROOT)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_does_what_its_page_says(home: Path) -> None:
    commands = [command for page in PAGES for command in commands_of(page, __file__)]
    assert len(commands) > 10
    assert commands[-1] != "proxyenv uninstall"
    commands.sort(key=lambda command: "uninstall" in command)
    assert commands[-1] == "proxyenv uninstall"
    for command in commands:
        asked = f"{command} --yes" if command == commands[-1] else command
        line = f"{require_client('fish')} -c '{asked}'" if asked.endswith("| source") else asked
        done = type_in(home, line)
        print(f"$ {asked}\n{done.stdout}{done.stderr}")
        right = {0, *(status for start, status in NEGATIVE.items() if command.startswith(start))}
        assert done.returncode in right, f"{asked}\n{done.stdout}{done.stderr}"
    assert not (home / ".config/proxyenv").exists()
