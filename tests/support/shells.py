"""Where the shells are that tests start."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machine import AS_FOUND, require_client
from support.shell_install import ensure_shells

__all__ = ["find_program"]


def find_program(name: str) -> str:
    """Debian's, or one that is installed for these tests; without a network a laptop skips it."""
    if name not in {"nu", "xonsh"}:
        return require_client(name)
    place = Path(AS_FOUND.get("PROXYENV_TOOLS") or Path(__file__).parents[2] / ".tools")
    try:
        return ensure_shells(place, machine=AS_FOUND)[name]
    except AssertionError:
        if AS_FOUND.get("CI"):
            raise
        pytest.skip(f"`{name}` cannot be installed")
