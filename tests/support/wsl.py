"""A WSL for one process and its children: its kernel's name, its mark, and a drive of Windows, made up.

The process is no root there, since root runs nothing of Windows; the machine is not touched.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.catalog.sources.wsl_roots import COMMAND
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

KERNEL: Final = "5.15.167.4-microsoft-standard-WSL2\n"
SYSTEM32: Final = "Windows/System32"
POWERSHELL: Final = f"{SYSTEM32}/WindowsPowerShell/v1.0/powershell.exe"

_ENTER: Final = """
mount --bind "$1/kernel" /proc/sys/kernel/osrelease && mount -t tmpfs none /run && mkdir /run/WSL &&
    mount -t tmpfs none /mnt && mkdir /mnt/c && mount --bind "$1/c" /mnt/c || exit 99
shift
exec unshare --user --map-user=1000 --map-group=1000 "$@"
"""


def write_powershell(drive: Path, said: str) -> None:
    """A stand-in that prints *said* where it gets the real arguments, and fails otherwise."""
    program = drive / POWERSHELL
    program.parent.mkdir(parents=True)
    (program.parent / "said").write_bytes(said.encode())
    first = " ".join(COMMAND[:-1])
    program.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3" = "{first}" ] && [ "$#" = {len(COMMAND)} ] && cat "$(dirname "$0")/said"\n'
    )
    program.chmod(0o755)


def in_wsl(directory: Path, said: str) -> tuple[str, ...]:
    """The beginning of a command that runs in WSL, whose `powershell.exe` prints *said*.

    Args:
        directory: an empty one.
        said: what PowerShell prints.
    """
    user = getattr(os, "geteuid", None)  # absent on Windows
    if user is None or user() != 0:
        pytest.skip("only root has a mount namespace of its own")
    (directory / "kernel").write_text(KERNEL)
    write_powershell(directory / "c", said)
    unshare, shell = require_client("unshare"), require_client("sh")
    begin = (unshare, "--mount", "--propagation", "private", shell, "-c", _ENTER, "sh", str(directory))
    if subprocess.run((*begin, "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount, or has no namespaces of users")
    return begin
