"""Mounts that nobody else sees, for tests that need a full disk, or a machine to write to."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from support.child import in_child

if TYPE_CHECKING:
    from pathlib import Path

CLONE_NEWNS: Final = 0x20000
_CLONE_NEWNET: Final = 0x40000000

_CAPABILITIES_3: Final = 0x20080522
_OTHER_USERS: Final = 1 << 6 | 1 << 7
"""``CAP_SETGID`` and ``CAP_SETUID``."""

_PAST_MODES: Final = 0b110
"""``CAP_DAC_OVERRIDE`` and ``CAP_DAC_READ_SEARCH`` (``linux/capability.h``)."""


def mount(*arguments: str) -> None:
    """Run ``mount``, which an ordinary ``PATH`` may lack."""
    _run("mount", *arguments)


def unmount(place: str) -> None:
    """Take a mount away, at once for whoever looks, and later for those who still use it."""
    _run("umount", "--lazy", place)


def _run(name: str, *arguments: str) -> None:
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    command = shutil.which(name, path=path)
    if command is None:
        raise FileNotFoundError(errno.ENOENT, name)
    subprocess.run([command, *arguments], check=True, env={"PATH": path})


def own_mounts() -> None:
    """From now on what this process mounts is seen by nobody else, and ends with it."""
    _unshare(CLONE_NEWNS)
    mount("--make-rprivate", "/")


def give_up_network() -> None:
    """From now on this process reaches nothing, itself included, and is told so at once."""
    _unshare(_CLONE_NEWNET)


def _unshare(what: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(what) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def give_up_reading() -> None:
    """From now on this process reads and writes only what the mode of a file lets it, root though it is.

    Raises:
        OSError: it may not say so (``capset(2)``).
    """
    _give_up(_PAST_MODES)


def give_up_other_users() -> None:
    """From now on this process takes no other user's rights, root though it is.

    Raises:
        OSError: it may not say so (``capset(2)``).
    """
    _give_up(_OTHER_USERS)


def _give_up(capabilities: int) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    if system.capget(header, sets) == 0:
        for each in (0, 1):  # the effective and the permitted ones below 32
            sets[each] &= ~capabilities
        if system.capset(header, sets) == 0:
            return
    raise OSError(ctypes.get_errno(), "capset")


def overlay(room: Path, *directories: str) -> None:
    """Whatever is written below *directories* from now on is lost with this process.

    Args:
        room: an empty directory, for what is written.
        directories: of the real machine.
    """
    mount("-t", "tmpfs", "tmpfs", str(room))
    for directory in directories:
        layer = room / directory.replace("/", "_")
        upper, work = layer / "upper", layer / "work"
        upper.mkdir(parents=True)
        work.mkdir()
        options = f"lowerdir={directory},upperdir={upper},workdir={work}"
        mount("-t", "overlay", "-o", options, "overlay", directory)


def may_mount() -> bool:
    """Whether a process here may have a mount namespace of its own, tried once in a fork."""

    def act() -> str:
        try:
            own_mounts()
        except (OSError, subprocess.CalledProcessError):
            return ""
        return "yes"

    return hasattr(os, "geteuid") and os.geteuid() == 0 and in_child(act) == "yes"


needs_mounts = pytest.mark.skipif(not may_mount(), reason="needs root and a mount namespace of its own")
