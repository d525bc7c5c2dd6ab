"""Prefect in another Python than the one that runs the tests: 3.13 verifies as RFC 5280 says.

And another Prefect than the locked one: what is asked in a fleet may be older or newer than who asks.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.intercepting_proxy import install_from
from support.environments import CLONE
from support.machine import AS_FOUND, TOOLS, find_program, give_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "ensure_earlier_prefect",
    "ensure_locked",
    "ensure_prefect_on",
    "find_locked",
    "require_earlier_prefect",
    "require_prefect_on",
]

LOCK: Final = CLONE / "requirements.lock"
EARLIER: Final = CLONE / "requirements-earlier.lock"
_EARLIER: Final = f"earlier-{sys.version_info[0]}.{sys.version_info[1]}"
_STAMP: Final = "made"


def ensure_prefect_on(version: str, tools: Path, *, machine: Mapping[str, str]) -> Path | None:
    """The Python of an environment with Prefect and all that proxyenv needs, made once and kept.

    Args:
        version: such as ``3.13``.
        tools: where it is kept.
        machine: the environment for pip.

    Returns:
        ``None`` where there is no such Python.
    """
    return ensure_locked(LOCK, f"prefect-{version}", lambda: _find(version), tools, machine=machine)


def ensure_earlier_prefect(tools: Path, *, machine: Mapping[str, str]) -> Path | None:
    """The Python of an environment with an earlier version of Prefect, made once and kept.

    Args:
        tools: where it is kept.
        machine: the environment for pip.
    """
    return ensure_locked(EARLIER, _EARLIER, lambda: sys.executable, tools, machine=machine)


def require_earlier_prefect() -> Path:
    """The same, or give up: only ``scripts/test`` makes it, and only where ``CI`` is set."""
    found = find_locked(EARLIER, _EARLIER, TOOLS)
    if found is None:
        give_up("an earlier Prefect is not installed: `CI=true scripts/test` does it")
    return found


def ensure_locked(
    lock: Path, name: str, find_base: Callable[[], str | None], tools: Path, *, machine: Mapping[str, str]
) -> Path | None:
    """The Python of an environment with what a lock names, made once and kept.

    Args:
        lock: the file.
        name: how its directory begins.
        find_base: finds the Python to make it from.
        tools: where it is kept.
        machine: the environment for pip.

    Returns:
        ``None`` where no Python was found.
    """
    python = find_locked(lock, name, tools)
    if python is not None:
        return python
    base = find_base()
    if base is None:
        return None
    place = _place(lock, name, tools)
    python = place / "bin" / "python"
    subprocess.run([base, "-m", "venv", "--clear", str(place)], env=dict(machine), check=True)
    subprocess.run(install_from(lock, python), env=dict(machine), check=True)
    (place / _STAMP).touch()
    return python


def find_locked(lock: Path, name: str, tools: Path) -> Path | None:
    """The Python of such an environment, if it was made."""
    place = _place(lock, name, tools)
    return place / "bin" / "python" if (place / _STAMP).exists() else None


def _place(lock: Path, name: str, tools: Path) -> Path:
    return tools / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"


def require_prefect_on(version: str) -> Path:
    """The same, or give up."""
    found = ensure_prefect_on(version, TOOLS, machine=AS_FOUND)
    if found is None:
        give_up(f"there is no Python {version}")
    return found


def _find(version: str) -> str | None:
    kept = sorted(Path(AS_FOUND.get("HOME", "/"), ".pyenv", "versions").glob(f"{version}.*/bin/python"))
    for candidate in (find_program(f"python{version}"), *map(str, kept)):
        if candidate and _runs(candidate, version):
            return candidate
    return None


def _runs(python: str, version: str) -> bool:
    """Whether it does: a shim of pyenv exists even where its Python does not."""
    probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
