"""Reads what the machine is, and where the files of this user's installation lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import find_files_for_all, find_shell, load_shells
from proxyenv.catalog.shells.shell import Home
from proxyenv.errors import UsageError
from proxyenv.machine.config_directory import HOME_VARIABLE, NO_HOME, find_user_directory
from proxyenv.machine.content import find_text
from proxyenv.model.host import Host, SharedPlaces
from proxyenv.model.installation import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping


_OF_NO_USER: Final = ("PATH", "HOME", "LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "TMPDIR")
"""Variables that say nothing of a proxy, a CA or where a user's settings are, and locales beside them."""

_SYSTEMD: Final = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")


def read_host(prefix: str | None = None, *, for_all: bool = False, kept: tuple[str, ...] = ()) -> Host:
    """Read the process's surroundings, once.

    Args:
        prefix: what ``--prefix`` says, or ``None``.
        for_all: whether it is about all users of the machine: then what is true only of this one is left out.
        kept: variables that an option names; they are left in.

    Raises:
        UsageError: ``usage``: `HOME` is not absolute, so that it would mean another place in every
            directory; or *for_all* with a prefix, or not on Linux.
    """
    environment = MappingProxyType(_read_environment())
    home = _find_home(environment)
    if for_all:
        return _read_for_all(prefix, environment, kept)
    return Host(
        platform=sys.platform,
        home=home,
        directory=_find_directory(home),
        environment=environment,
        shells=_find_shells(home, environment),
        layout=find_layout(prefix, environment),
        sudo_user=_find_sudo_user(home, environment),
        is_root=_is_administrator(),
    )


def _read_for_all(prefix: str | None, environment: Mapping[str, str], kept: tuple[str, ...]) -> Host:
    from proxyenv.model.place import EVERYWHERE

    if prefix:
        raise UsageError("usage", f"`--system` has its files in `{EVERYWHERE}`", hint="leave `--prefix` out")
    platform: str = sys.platform  # a variable, or type checkers would take the rest for unreachable elsewhere
    if platform != "linux":
        raise UsageError("usage", "`--system` is for Linux", hint="leave it out: every user has a set-up")
    layout = find_layout(EVERYWHERE, environment)
    names = {*_OF_NO_USER, *kept, *(name for name in environment if name.startswith("LC_"))}
    chosen = {name: value for name, value in environment.items() if name in names}
    chosen["PREFECT_PROFILES_PATH"] = str(layout.profiles)
    rc_files = find_files_for_all(Path.exists)
    return Host(
        platform=platform,
        home=Path(NO_HOME),
        directory=_find_directory(Path(NO_HOME)),
        environment=MappingProxyType(chosen),
        shells=tuple(sorted({name for name, _ in rc_files})),
        layout=layout,
        is_root=_is_administrator(),
        shared=SharedPlaces(rc_files, systemd=any(map(os.path.exists, _SYSTEMD))),
    )


if sys.platform == "win32":

    def _is_administrator() -> bool:
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())

else:

    def _is_administrator() -> bool:
        return os.geteuid() == 0


def _read_environment() -> dict[str, str]:
    """The variables that this process was given.

    In the C locale Python sets `LC_CTYPE` for itself and its children (PEP 538). Linux still has the block
    that the process was started with; elsewhere it cannot be known who set it.
    """
    environment = dict(os.environ)
    given = find_text(Path("/proc/self/environ")) if sys.platform == "linux" else None
    if given and not any(entry.startswith("LC_CTYPE=") for entry in given.split("\0")):
        environment.pop("LC_CTYPE", None)
    return environment


def _find_home(environment: MappingProxyType[str, str]) -> Path:
    given = environment.get("HOME")
    if sys.platform != "win32" and given is not None and not Path(given).is_absolute():
        raise UsageError("usage", f"`HOME` is `{given}`, which is not an absolute path", hint="set it to one")
    try:
        return Path.home()
    except RuntimeError as error:
        raise UsageError(
            "usage",
            "this user's home is not known: `HOME` is not set, and the user has no account here",
            hint="set `HOME` to a directory that this user can write",
        ) from error


def _find_directory(home: Path) -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return home  # the current directory was removed; nothing in it can be meant


def _find_shells(home: Path, environment: MappingProxyType[str, str]) -> tuple[str, ...]:
    """The login shell, and every shell that the user has an rc file or a directory for."""
    here = Home(home, environment, sys.platform)
    used = [shell for shell in load_shells() if any(map(os.path.exists, shell.traces(here)))]
    login = find_shell(_login_shell(environment))
    if login is not None and login.reads_rc_files:
        used.append(login)
    return tuple(sorted({shell.name for shell in used}))


def _login_shell(environment: MappingProxyType[str, str]) -> str:
    path = environment.get("SHELL", "")
    if not path and sys.platform != "win32":
        import pwd

        try:
            path = pwd.getpwuid(os.getuid()).pw_shell
        except KeyError:
            path = "/bin/sh"  # a container may run under a user that has no entry
    return Path(path).name.removesuffix(".exe")


def _find_sudo_user(home: Path, environment: MappingProxyType[str, str]) -> str | None:
    """Who called ``sudo``, when the home that would be written is not that user's own."""
    caller = environment.get("SUDO_USER")
    if not caller:
        return None
    try:
        owner = home.stat().st_uid
    except OSError:
        return caller
    return caller if str(owner) != environment.get("SUDO_UID") else None


def find_layout(prefix: str | None, environment: Mapping[str, str]) -> Layout:
    """The directories of an installation.

    Args:
        prefix: what ``--prefix`` says, or ``None``; relative to the current directory.
        environment: where ``PROXYENV_HOME`` is looked up.

    Returns:
        Absolute paths with every symlink followed, since the home or a directory in it may be one.
    """
    given = prefix or environment.get(HOME_VARIABLE)
    if given:
        return Layout.under(Path(os.path.realpath(os.path.expanduser(given))))  # noqa: PTH111 - never raises
    paths = map(find_user_directory, ("config", "data", "state"))
    return Layout(*(Path(os.path.realpath(path)) for path in paths))
