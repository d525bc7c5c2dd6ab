"""What lies in the place of an env file is read to an end, or is refused in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import proxyenv
from proxyenv.errors import DiscoveryError
from proxyenv.machine.config_directory import find_env_file, read_small, read_variables

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")

MEBIBYTE = 1024 * 1024


def lay(kind: str, path: Path) -> None:
    path.unlink(missing_ok=True)
    if kind == "a pipe" and sys.platform != "win32":
        os.mkfifo(path)
    elif kind == "a directory":
        path.mkdir()
    elif kind == "zeros":
        path.symlink_to("/dev/zero")
    elif kind == "too large":
        path.write_bytes(b"export A='b'\n")
        os.truncate(path, MEBIBYTE + 1)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("a pipe", "it is not a regular file"),
        ("a directory", "it is not a regular file"),
        ("zeros", "it is not a regular file"),
        ("too large", "it is larger than 1 MiB"),
    ],
)
def test_it_is_refused(tmp_path: Path, kind: str, reason: str) -> None:
    lay(kind, tmp_path / "env.sh")
    assert find_env_file(str(tmp_path), "sh") is None
    with pytest.raises(DiscoveryError) as caught:
        read_variables(str(tmp_path))
    assert caught.value.message == f"`{tmp_path}/env.sh` cannot be read: {reason}"


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "env.sh").write_bytes(b"x" * MEBIBYTE)
    assert read_small(f"{tmp_path}/env.sh") == b"x" * MEBIBYTE


HOOK = """
import logging, sys, types
from proxyenv.plugin import setup_environment
said = []
logger = types.SimpleNamespace(warning=lambda words, *values: said.append(words % values))
print(setup_environment(ctx=types.SimpleNamespace(logger_factory=lambda name: logger)), *said)
"""


@pytest.mark.parametrize("name", ["env.sh", "proxyenv.toml"])
@pytest.mark.parametrize("kind", ["a pipe", "zeros", "too large"])
def test_the_plugin_waits_for_nothing(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "proxyenv.toml").write_text('version = 1\n[prefect]\nactivation = "both"\n', "utf-8")
    (tmp_path / "env.sh").write_text("export HTTPS_PROXY='http://a.test:1'\n", "utf-8")
    lay(kind, tmp_path / name)
    root = str(Path(proxyenv.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", HOOK],
        env={"PYTHONPATH": root, "HOME": str(tmp_path), "PROXYENV_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    reason = "larger than 1 MiB" if kind == "too large" else "not a regular file"
    assert done.stdout.startswith("None proxyenv sets no proxy and no CA here: ")
    assert f"it is {reason}" in done.stdout
    assert f"{tmp_path}/{name}" in done.stdout
