from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.hosts import find_package_index, read_environment
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
# a comment
A=plain # not a comment
export B='it'\\''s' C=two
_proxyenv_set D 'in env.sh'
E="double $A"
if [ -r /x ]; then
F = no
not-a-name=1
_proxyenv_unset G
H='never closed
I=
"""


def test_assignments_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(FILE)
    assert read_environment(make_host(home=tmp_path), str(tmp_path / "file")) == {
        "A": "plain # not a comment",
        "B": "it's",
        "C": "two",
        "D": "in env.sh",
        "E": "double $A",
        "I": "",
    }


def test_without_a_file_it_is_the_process_s_own(tmp_path: Path) -> None:
    host = make_host(home=tmp_path)
    assert read_environment(host, None) is host.environment


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DiscoveryError, match="it does not exist"):
        read_environment(make_host(home=tmp_path), "missing")


def test_pip_is_asked_for_its_index(tmp_path: Path) -> None:
    configured = make_host(home=tmp_path, environment={"PIP_INDEX_URL": "https://index.test/simple"})
    assert find_package_index(configured) == "https://index.test/simple"


@pytest.mark.skipif(sys.platform == "win32", reason="the interpreter of this test is a shell script")
def test_one_python_is_asked_once_for_one_environment(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho x >> asked\necho "https://index.test/$TEAM"\n')
    python.chmod(0o755)
    hosts = [make_host(home=tmp_path, environment={"TEAM": team}) for team in ("a", "a", "b")]
    found = [find_package_index(host._replace(directory=tmp_path), str(python)) for host in hosts]
    assert found == ["https://index.test/a", "https://index.test/a", "https://index.test/b"]
    assert (tmp_path / "asked").read_text() == "x\nx\n"
