"""What several of these tests start from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.machine import AS_FOUND
from support.mitmproxy import CLONE
from support.native_install import ensure_native_tools

if TYPE_CHECKING:
    from support.native_clients import Tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The clients that no package of the system has."""
    place = Path(os.environ.get("PROXYENV_TOOLS", CLONE / ".tools"))
    return ensure_native_tools(place, tmp_path_factory.mktemp("home-of-tools"), machine=AS_FOUND)
