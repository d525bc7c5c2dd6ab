"""What several of these tests start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.native_install import require_tools

if TYPE_CHECKING:
    from support.native_clients import Tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The clients that no package of the system has."""
    return require_tools(tmp_path_factory.mktemp("home-of-tools"))
