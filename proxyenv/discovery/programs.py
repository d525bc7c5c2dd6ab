"""Which clients of the knowledge base this machine has, and in which version."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.model.client_status import Installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.clients.client import Client, Probe

_SECONDS: Final = 10
_AT_ONCE: Final = 8
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+")

_STAY_LOCAL: Final = {
    "COREPACK_ENABLE_NETWORK": "0",
    "GOTOOLCHAIN": "local",
    "RUSTUP_AUTO_INSTALL": "0",
    "CHECKPOINT_DISABLE": "1",
    "npm_config_update_notifier": "false",
}
"""Keeps what stands in for a client from downloading it, and a client from asking for a newer one."""


def find_installed(clients: Iterable[Client], environment: Mapping[str, str]) -> dict[str, Installed]:
    """Those of the clients that are here, by name; each program is started once, for its version alone.

    Args:
        clients: rows.
        environment: of the machine: where programs are looked for, and what they get.
    """
    wanted = tuple(clients)
    probes = tuple(dict.fromkeys(client.probe for client in wanted))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(
            zip(probes, pool.map(lambda probe: find_probed(probe, environment), probes), strict=True)
        )
    return {client.name: here for client in wanted if (here := found[client.probe])}


def find_probed(probe: Probe, environment: Mapping[str, str]) -> Installed | None:
    """What a probe finds, if its version is one that the row is about."""
    here = _find_program(probe, environment) or _find_module(probe)
    if here is None or not (probe.at_least or probe.below):
        return here
    if here.version is None:
        return here if not probe.below else None
    parts = tuple(map(int, here.version.split(".")))
    fits = parts >= probe.at_least and (not probe.below or parts < probe.below)
    return here if fits else None


def _find_program(probe: Probe, environment: Mapping[str, str]) -> Installed | None:
    if probe.program is None:
        return None
    path = shutil.which(probe.program, path=environment.get("PATH", ""))
    if path is None:
        return None
    prefix = str(Path(os.path.realpath(path)).parents[1])
    return Installed(path, _ask_version((path, *probe.arguments), environment), prefix)


def _ask_version(command: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    """The first thing that looks like a version in what the program says."""
    try:
        done = subprocess.run(
            command,
            env={**environment, **_STAY_LOCAL},
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
    try:
        found = _VERSION.match(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return None
    return found[0] if found else None
