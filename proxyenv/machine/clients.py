"""Which clients of the knowledge base this machine has, and in which version."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from proxyenv.machine.distributions import find_version
from proxyenv.model.coverage import Installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.catalog.clients.client import Client, Probe

_SECONDS: Final = 10
_AT_ONCE: Final = 8
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+")

_STAY_LOCAL: Final = {
    "COREPACK_ENABLE_NETWORK": "0",
    "COREPACK_ENABLE_PROJECT_SPEC": "0",
    "GOTOOLCHAIN": "local",
    "RUSTUP_AUTO_INSTALL": "0",
    "CHECKPOINT_DISABLE": "1",
    "YARN_IGNORE_PATH": "1",
    "npm_config_update_notifier": "false",
}
"""Keeps what stands in for a client from downloading it, or from running what a project names in its place,
and a client from asking for a newer one."""

_AT_HOME: Final = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "AZURE_CONFIG_DIR": ".azure",
    "CLOUDSDK_CONFIG": ".config/gcloud",
    "GRADLE_USER_HOME": ".gradle",
}
"""Where programs write as soon as they start: below a home that is thrown away. Some ask the password
database for it, and heed only a variable of their own."""

_VERSIONS: Final = {"RUSTUP_HOME": ".rustup/settings.toml", "COREPACK_HOME": ".cache/node/corepack/v1"}
"""What stands in for several versions of a client finds them below the user's home, where they are."""


def find_installed(clients: Iterable[Client], environment: Mapping[str, str]) -> dict[str, Installed]:
    """Those of the clients that are here, by name; each program is started once, for its version alone.

    Args:
        clients: rows.
        environment: of the machine: where programs are looked for, and what they get.
    """
    placed = [(client, _place(client.probe, environment)) for client in clients]
    commands = tuple(dict.fromkeys((path, *client.probe.arguments) for client, path in placed if path))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        said = pool.map(lambda command: _ask_version(command, environment), commands)
        versions = dict(zip(commands, said, strict=True))
    found = ((client.name, _find(client.probe, path, versions)) for client, path in placed)
    return {name: here for name, here in found if here is not None}


def _find(probe: Probe, path: str | None, versions: Mapping[tuple[str, ...], str | None]) -> Installed | None:
    """What a probe finds, if its version is one that the row is about."""
    here = _describe_program(probe, path, versions) if path else _find_module(probe)
    if here is None or not (probe.at_least or probe.below):
        return here
    if here.version is None:
        return here if not probe.below else None
    parts = tuple(map(int, here.version.split(".")))
    fits = parts >= probe.at_least and (not probe.below or parts < probe.below)
    return here if fits else None


def _place(probe: Probe, environment: Mapping[str, str]) -> str | None:
    return shutil.which(probe.program, path=environment.get("PATH", "")) if probe.program else None


def _describe_program(probe: Probe, path: str, versions: Mapping[tuple[str, ...], str | None]) -> Installed:
    prefix = str(Path(os.path.realpath(path)).parents[1])
    return Installed(path, versions[path, *probe.arguments], prefix)


def _ask_version(command: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    """The first thing that looks like a version in what the program says.

    It runs in the root of the file system, as programs look for a project's files in every directory above
    theirs, and above a temporary one there is a directory that everyone may write to.
    """
    if not Path(command[0]).is_absolute():  # found below the current directory, which may be anyone's
        return None
    try:
        with TemporaryDirectory(prefix="proxyenv-", ignore_cleanup_errors=True) as home:
            done = subprocess.run(
                command,
                cwd=Path(command[0]).anchor,
                env={**environment, **_STAY_LOCAL, **_live_in(Path(home), environment)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):  # it is there all the same
        return None
    found = _VERSION.search(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else None
    return found[0] if found else None


def _live_in(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that make programs take *home* for the user's."""
    mine = {name: str(home / place) for name, place in _AT_HOME.items()}
    users = environment.get("HOME") or environment.get("USERPROFILE")
    for name, place in _VERSIONS.items():
        kept = Path(users, place) if users else None
        if name not in environment and kept and kept.exists():
            mine[name] = str(kept.parent)
    return mine


def _find_module(probe: Probe) -> Installed | None:
    """A module of this interpreter, without importing more of it than its parent packages."""
    if probe.module is None:
        return None
    try:
        spec = importlib.util.find_spec(probe.module)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    prefix = os.path.realpath(sys.prefix)
    return Installed(f"module {probe.module}", _find_distribution(probe.distribution), prefix)


def _find_distribution(name: str | None) -> str | None:
    """The version of a distribution; of what comes with Python, Python's."""
    if name is None:
        return ".".join(map(str, sys.version_info[:3]))
    found = _VERSION.match(find_version(name) or "")
    return found[0] if found else None
