"""What the tests may know of the machine that they run on, and what it has to have."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

__all__ = ["AS_FOUND", "KEPT_VARIABLES", "TOOLS", "find_cargo", "give_up", "require_client"]

AS_FOUND: Final[Mapping[str, str]] = MappingProxyType(dict(os.environ))
"""The environment before it was emptied. Only installing a tool may use it."""

TOOLS: Final = Path(AS_FOUND.get("PROXYENV_TOOLS") or Path(__file__).parents[2] / ".tools")
"""Where what the tests drive is installed, and kept between runs."""

KEPT_VARIABLES: Final = frozenset(
    {
        *("CI", "LANG", "LC_ALL", "PATH", "PROXYENV_TOOLS", "PYTHONPATH", "TERM", "TMPDIR"),
        *("COMSPEC", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP"),
        *("PROXYENV_ROUTE_PAIRS", "PROXYENV_ROUTE_SEED"),
        "PYTEST_CURRENT_TEST",
    }
)
"""Variables that survive: none of them says how to reach a server or whom to trust."""


def require_client(name: str) -> str:
    """Find a program that a test needs, or give up.

    Returns:
        Its path.
    """
    found = shutil.which(name)
    return found if found is not None else give_up(f"`{name}` is not installed")


def give_up(reason: str) -> NoReturn:
    """End a test for which the machine lacks something.

    A laptop may lack it, and then the test is skipped; where ``CI`` is set, that is a failure.
    """
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and `CI` is set", pytrace=False)
    pytest.skip(reason)


def find_cargo() -> str | None:
    """cargo itself; what stands in the path may be rustup, which looks for it in the home of its user."""
    rustup = shutil.which("rustup")
    if rustup is None:
        return shutil.which("cargo")
    home = {"HOME": str(Path(rustup).parents[2])}
    done = subprocess.run(
        [rustup, "which", "cargo"], env={**AS_FOUND, **home}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
