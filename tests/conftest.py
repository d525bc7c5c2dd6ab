"""Every test starts from an empty environment, with a home of its own.

A development machine often has half of the variables set that this project is about, and with them a
test proves nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

from support.machine import HANDED_ON, KEPT_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

pytest_plugins = (
    "support.failures",
    "support.in_time",
    "support.resting",
    "support.mitmproxy",
    "support.docker_daemon",
)

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
settings.register_profile("brief", settings.get_profile("patient"), max_examples=20)
"""For a second run of the same laws: ``--hypothesis-profile brief``."""

HOME_VARIABLES: Final = ("HOME", "USERPROFILE")
TEMPORARY_VARIABLES: Final = ("TMPDIR", "TEMP", "TMP")


def pytest_configure() -> None:
    """Empty the environment before anything is collected: fixtures of a session see it too.

    What was handed on stays in the process that starts the others.
    """
    is_first = "PYTEST_XDIST_WORKER" not in os.environ
    handed_on = (name for name in os.environ if is_first and name.startswith(HANDED_ON))
    _leave_only({*KEPT_VARIABLES, *handed_on})


@pytest.fixture(autouse=True, scope="session")
def temporary_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the session a temporary directory, so that a test can tell what was left behind there.

    It is as open as the system's own: some tests go on as another user.
    """
    tmp_path_factory.getbasetemp()  # settles where pytest keeps its own, before the answer changes
    with tempfile.TemporaryDirectory(prefix="proxyenv-tests-") as directory:
        Path(directory).chmod(0o1777)
        os.environ.update(dict.fromkeys(TEMPORARY_VARIABLES, directory))
        tempfile.tempdir = None  # it remembers its first answer
        yield
    tempfile.tempdir = None


@pytest.fixture(autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the test a home, and take back whatever it does to the environment."""
    before = dict(os.environ)
    _leave_only(KEPT_VARIABLES)
    os.environ.update(dict.fromkeys(HOME_VARIABLES, str(tmp_path_factory.mktemp("home"))))
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody can get to, as those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(autouse=True)
def own_opener() -> Iterator[None]:
    """Give the test all the time that a run has for PKCS#12 files."""
    yield
    used = sys.modules.get("proxyenv.machine.pkcs12")
    if used is not None:
        used.find_opener.cache_clear()


def _leave_only(names: AbstractSet[str]) -> None:
    for name in set(os.environ) - names:
        del os.environ[name]
