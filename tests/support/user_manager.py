"""A machine that was booted with systemd, for one process: as systemd and everybody else can tell.

Only root has a mount namespace of its own; everybody else skips.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.machine import require_client

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTER: Final = 'mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec "$@"'
_MANAGER: Final = Path("/usr/lib/systemd/systemd")


def booted() -> tuple[str, ...]:
    """The beginning of a command that runs where systemd seems to be at work."""
    user = getattr(os, "geteuid", None)  # absent on Windows
    if user is None or user() != 0 or not Path("/run/systemd").is_dir():
        pytest.skip("only root has a mount namespace of its own")
    unshare, shell = require_client("unshare"), require_client("sh")
    begin = (unshare, "--mount", "--propagation", "private", shell, "-c", _ENTER, "sh")
    if subprocess.run((*begin, "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    return begin


@contextlib.contextmanager
def user_manager(home: Path, runtime: Path) -> Iterator[None]:
    """systemd's own user manager, which reads the units of *home*; `systemctl` finds it by *runtime*."""
    if not _MANAGER.exists():
        pytest.skip("systemd is not installed")
    environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        (*booted(), str(_MANAGER), "--user"),
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as manager:
        try:
            yield
        finally:
            manager.terminate()
