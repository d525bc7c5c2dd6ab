"""Which clients are here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from proxyenv.clients.client import Probe
from proxyenv.clients.table import find_client
from proxyenv.discovery.programs import find_installed, find_probed
from proxyenv.model.client_status import Installed

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are shell scripts")


def place(directory: Path, name: str, script: str) -> dict[str, str]:
    """A program, and the environment in which it is found."""
    program = directory / name
    program.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    program.chmod(0o755)
    return {"PATH": str(directory)}


@needs_sh
@pytest.mark.parametrize(
    ("script", "version"),
    [
        pytest.param("echo curl 7.88.1 of libcurl/7.88.1", "7.88.1", id="on-standard-output"),
        pytest.param("echo openjdk version 17.0.15 >&2", "17.0.15", id="on-standard-error"),
        pytest.param("echo 9", None, id="nothing-like-a-version"),
        pytest.param("echo 1.2.3; exit 1", None, id="it-fails"),
    ],
)
def test_a_program_says_its_version(tmp_path: Path, script: str, version: str | None) -> None:
    environment = place(tmp_path, "tool", script)
    assert find_probed(Probe(program="tool"), environment) == Installed(
        str(tmp_path / "tool"), version, str(tmp_path.parent)
    )


@needs_sh
def test_what_stands_in_for_a_program_may_not_download_it(tmp_path: Path) -> None:
    environment = place(tmp_path, "yarn", 'echo "1.$COREPACK_ENABLE_NETWORK.2"')
    assert find_probed(Probe(program="yarn"), environment) == Installed(
        str(tmp_path / "yarn"), "1.0.2", str(tmp_path.parent)
    )


@needs_sh
@pytest.mark.parametrize(
    ("says", "names"),
    [("1.22.22", {"yarn"}), ("4.18.1", {"yarn-berry"})],
)
def test_a_program_is_the_client_that_its_version_says(tmp_path: Path, says: str, names: set[str]) -> None:
    environment = place(tmp_path, "yarn", f"echo {says}")
    rows = [row for row in map(find_client, ("yarn", "yarn-berry", "curl")) if row]
    assert set(find_installed(rows, environment)) == names


def test_a_module_is_found_with_the_version_of_its_distribution() -> None:
    found = find_probed(Probe(module="pytest", distribution="pytest"), {})
    assert found == Installed("module pytest", pytest.__version__, os.path.realpath(sys.prefix))


def test_a_module_of_python_has_pythons_version() -> None:
    found = find_probed(Probe(module="urllib.request"), {})
    assert found == Installed(
        "module urllib.request", sys.version.split()[0].split("+")[0], os.path.realpath(sys.prefix)
    )


@pytest.mark.parametrize(
    "probe",
    [
        pytest.param(Probe(program="no-such-program"), id="a-program"),
        pytest.param(Probe(module="no_such_module"), id="a-module"),
        pytest.param(Probe(module="no_such_package.module"), id="a-package"),
        pytest.param(Probe(), id="nothing-to-look-for"),
    ],
)
def test_what_is_not_here_is_not_found(probe: Probe) -> None:
    assert find_probed(probe, {"PATH": ""}) is None
