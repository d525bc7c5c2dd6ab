"""Which reading of the variables the clients of this machine have, by their versions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.dialect_versions import choose_readings
from proxyenv.no_proxy.dialects.table import DIALECTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


def choose(directory: Path, **says: str) -> tuple[set[str], tuple[str, ...]]:
    """The dialects that are not those of the newest versions, and what is said of them."""
    for name, text in says.items():
        program = directory / name
        program.write_text(f"#!/bin/sh\necho {text}\n", "ascii")
        program.chmod(0o755)
    chosen, notes = choose_readings({"PATH": str(directory)}, DIALECTS)
    assert [each.name for each in chosen] == [each.name for each in DIALECTS]
    return {
        each.name for each, usual in zip(chosen, DIALECTS, strict=True) if each.prepare is not usual.prepare
    }, notes


@pytest.mark.parametrize(
    ("says", "names"),
    [
        ({"curl": "curl 7.81.0 libcurl/7.81.0"}, {"curl 7", "git"}),
        ({"curl": "curl 7.86.0"}, set()),
        ({"curl": "curl 8.20.0"}, set()),
        ({"go": "go version go1.22.2 linux/amd64"}, {"go"}),
        ({"go": "go version go1.24.0 linux/amd64"}, {"go"}),
        ({"go": "go version go1.24.1 linux/amd64"}, set()),
        ({"curl": "nothing"}, set()),
        ({}, set()),
    ],
)
def test_the_version_chooses(tmp_path: Path, says: dict[str, str], names: set[str]) -> None:
    assert choose(tmp_path, **says)[0] == names


def test_it_is_said(tmp_path: Path) -> None:
    _, (of_curl, of_go) = choose(tmp_path, curl="curl 7.81.0", go="go version go1.22.2 linux/amd64")
    assert of_curl == (
        "curl 7.81.0 is here: before 7.86 libcurl knows no networks in NO_PROXY, and takes `.3` for the end "
        "of an address; shown so: `curl 7`, `git`"
    )
    assert of_go == (
        "go 1.22.2 is here: before 1.23.7 and 1.24.1 an IPv6 zone may match a domain of NO_PROXY, and `.3` "
        "the end of an address; shown so: `go`"
    )
