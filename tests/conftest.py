"""Every test starts from an empty environment and a home of its own.

A development machine often has half of the variables set that this project is about, and with them a
test proves nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from support.machine import KEPT_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ("support.mitmproxy",)

HOME_VARIABLES: Final = ("HOME", "USERPROFILE")


def pytest_configure() -> None:
    """Empty the environment before anything is collected: fixtures of a session see it too."""
    _leave_only_what_is_kept()


@pytest.fixture(autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the test a home, and take back whatever it does to the environment."""
    before = dict(os.environ)
    _leave_only_what_is_kept()
    home = str(tmp_path_factory.mktemp("home"))
    os.environ.update(dict.fromkeys(HOME_VARIABLES, home))
    yield
    os.environ.clear()
    os.environ.update(before)


def _leave_only_what_is_kept() -> None:
    for name in set(os.environ) - KEPT_VARIABLES:
        del os.environ[name]
