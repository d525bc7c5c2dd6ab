from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.distributions import find_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> str:
    for name in ("snowflake_connector_python-3.1.dist-info", "requests-oauthlib-2.0.dist-info", "requests"):
        (tmp_path / name).mkdir()
    return str(tmp_path)


@pytest.mark.parametrize("name", ["certifi", "cryptography", "prefect", "botocore", "grpcio"])
def test_it_says_what_the_metadata_say(name: str) -> None:
    assert find_version(name) == metadata.version(name)


def test_a_dash_is_an_underscore_in_the_directory(place: str) -> None:
    assert find_version("snowflake-connector-python", ["/no/such/directory", place]) == "3.1"


@pytest.mark.parametrize("name", ["oauth", "snowflake", "no-such-distribution"])
def test_part_of_a_name_is_none(name: str, place: str) -> None:
    assert find_version(name, [place]) is None


def test_another_name_that_begins_so_is_none(place: str) -> None:
    assert find_version("requests", [place]) == metadata.version("requests")
