"""What several of these tests start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.corporation import found_corporation
from support.native_install import require_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.corporation import Corporation
    from support.native_clients import Tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The clients that no package of the system has."""
    return require_tools(tmp_path_factory.mktemp("home-of-tools"))


@pytest.fixture(scope="module")
def corporation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corporation]:
    """A server of Prefect, an intercepting proxy, and homes that are set up for both."""
    with found_corporation(tmp_path_factory.mktemp("corporation")) as founded:
        yield founded
