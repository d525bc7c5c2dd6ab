"""mitmproxy in an environment of its own, made by ``venv`` and pip from a hashed lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK: Final = Path(__file__).with_name("mitmproxy.lock")

PYTHON_VARIABLES: Final = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
)
"""Variables that would make another Python out of the one that installs."""


def ensure_mitmproxy(tools: Path, *, machine: Mapping[str, str]) -> Path:
    """Find mitmproxy's environment below *tools*, or make it there.

    It is complete when its stamp is there; the stamp is written last, so an interrupted installation
    is made again.

    Args:
        tools: a directory that may be kept between runs, and may not exist yet.
        machine: the machine's own environment. Its pip, proxy and CA variables are what
            installing needs, and installing is all that they are used for.

    Returns:
        The environment's Python.

    Raises:
        VerifyError: it could not be made (``demo-tool-missing``).
    """
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    place = tools.resolve() / f"mitmproxy-{sys.version_info[0]}.{sys.version_info[1]}-{digest}"
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = place / "complete"
    if stamp.exists() and python.exists():
        return python
    if place.exists():
        shutil.rmtree(place)
    environment = {name: value for name, value in machine.items() if name not in PYTHON_VARIABLES}
    environment["PIP_USER"] = "0"
    hint = "`python -m venv` has to work with this Python; Debian has it in the package `python3-venv`"
    _run([sys.executable, "-m", "venv", str(place)], environment, hint=hint)
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    install += ["--disable-pip-version-check", "--require-hashes", "--requirement", str(LOCK)]
    _run(install, environment, hint="`python -m pip download mitmproxy` has to work on this machine")
    stamp.touch()
    return python


def machine_environment() -> Mapping[str, str]:
    """The environment that this process was started with, for :func:`ensure_mitmproxy` alone."""
    return dict(os.environ)


def _run(command: list[str], environment: Mapping[str, str], *, hint: str) -> None:
    done = subprocess.run(
        command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = lines[-1].strip() if lines else "no output"
        raise VerifyError("demo-tool-missing", f"mitmproxy could not be installed: {reason}", hint=hint)
