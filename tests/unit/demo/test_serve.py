"""The shell of the demonstration's user."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.intercepting_proxy import InterceptingProxy
from proxyenv.demo.origin import DemoOrigin
from proxyenv.demo.prefect_server import PrefectServer
from proxyenv.demo.serve import render_guide, write_shell
from proxyenv.demo.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell is needed")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    root = tmp_path / "a place"
    (root / "home").mkdir(parents=True)
    proxy = InterceptingProxy(40404, root / "ca.pem", root / "log.jsonl")
    origin = DemoOrigin(1, 2, root / "origin.pem")
    server = PrefectServer(3, child=None)  # type: ignore[arg-type]  # nothing is started
    return Stage(root, root / "home", {}, origin, server, proxy)


def typed(shell: Path, line: str, **variables: str) -> str:
    done = subprocess.run(
        [str(shell), "-c", line],
        env={"PATH": "/usr/bin:/bin", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_it_knows_the_proxy_and_its_ca(stage: Stage) -> None:
    root = stage.root
    said = typed(write_shell(stage), 'echo "$PROXY|$CA|$LOG|$HOME|$(pwd)"')
    assert said == f"localhost:40404|{root}/ca.pem|{root}/log.jsonl|{root}/home|{root}/home"


def test_nothing_of_this_machine_gets_in(stage: Stage) -> None:
    spoilt = {
        "https_proxy": "http://real:1",
        "SSL_CERT_FILE": "/real.pem",
        "PREFECT_API_URL": "http://real/api",
    }
    assert "real" not in typed(write_shell(stage), "env", **spoilt)


def test_python_and_proxyenv_are_those_that_run_here(stage: Stage) -> None:
    shell = write_shell(stage)
    assert typed(shell, "python -c 'import sys; print(sys.executable)'") == sys.executable
    assert typed(shell, "command -v proxyenv") == f"{stage.root}/bin/proxyenv"


def test_the_guide_begins_with_the_shell(stage: Stage) -> None:
    lines = render_guide(write_shell(stage)).splitlines()
    assert lines[3] == f"    '{stage.root}/shell'"
    assert any("curl --proxy $PROXY --cacert $CA https://origin.demo.test/uuid" in line for line in lines)
