"""Prefect in another Python than the one that runs the tests: 3.13 verifies as RFC 5280 says."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from support.environments import CLONE
from support.machine import AS_FOUND, TOOLS, find_program, give_up

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ensure_prefect_on", "require_prefect_on"]

LOCK: Final = CLONE / "requirements.lock"


def ensure_prefect_on(version: str, tools: Path, *, machine: Mapping[str, str]) -> Path | None:
    """The Python of an environment with Prefect and all that proxyenv needs, made once and kept.

    Args:
        version: such as ``3.13``.
        tools: where it is kept.
        machine: the environment for pip.

    Returns:
        ``None`` where there is no such Python.
    """
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    place = tools / f"prefect-{version}-{digest}"
    python, stamp = place / "bin" / "python", place / "made"
    if not stamp.exists():
        base = _find(version)
        if base is None:
            return None
        subprocess.run([base, "-m", "venv", "--clear", str(place)], env=dict(machine), check=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ]
        install += ["--require-hashes", "--requirement", str(LOCK)]
        subprocess.run(install, env=dict(machine), check=True)
        stamp.touch()
    return python


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
