"""The deployment of the proof: its step and its flow, without a server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from proxyenv.checks.proof_deployment import Order, make_deployment
from support.command import environment_of

ORDER: Final = Order(
    {"https://origin.corp.test/uuid": ""}, True, "0f" * 12, ("ab" * 32,), ("HTTPS_PROXY",), 10.0
)

LOAD: Final = """
import os, sys, timeit
timeit.timeit(stmt=sys.argv[1], number=1)
from prefect.utilities.importtools import load_script_as_module
flow = load_script_as_module("proxyenv_check.py").check
print(flow.name, os.getcwd(), os.listdir(os.environ["TMPDIR"]))
"""


def make() -> dict[str, Any]:
    return make_deployment("etl", ORDER)


def test_it_holds_json_alone_and_no_placeholder() -> None:
    made = make()
    (step,) = made["pull_steps"]
    assert "{{" not in step["timeit.timeit"]["stmt"]
    assert made["parameters"]["order"]["documents"] == [["https://origin.corp.test/uuid", ""]]
    assert made["parameters"]["order"]["key"] == "proxyenv-check-631fd8e1"
    assert len(step["timeit.timeit"]["stmt"]) < 30_000


@pytest.mark.parametrize(
    ("directory", "left"),
    [
        pytest.param("tmp/run", ["run"], id="a directory of the run, which the worker removes"),
        pytest.param("work", [], id="a directory of somebody's own"),
    ],
)
def test_the_flow_is_loaded_and_nothing_is_left(tmp_path: Path, directory: str, left: list[str]) -> None:
    (tmp_path / "tmp").mkdir()
    place = tmp_path / directory
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LOAD, make()["pull_steps"][0]["timeit.timeit"]["stmt"]],
        env=environment_of(tmp_path, TMPDIR=str(tmp_path / "tmp"), PYTHONDONTWRITEBYTECODE="1"),
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"proxyenv-check {place} {left}", done.stderr
    kept = {each.name for each in place.iterdir()}
    assert kept == ({"proxyenv_check.py"} if left else set())
