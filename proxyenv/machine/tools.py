"""Walks over the tools of the catalogue: which are here, where their files are, what they conflict with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.tools import configurable, load_tools
from proxyenv.machine.local import LocalMachine
from proxyenv.model.tools import ALL_INSTALLED, ToolFindings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from proxyenv.catalog.tools.tool import ConfigFile
    from proxyenv.model.host import Host
    from proxyenv.model.machine import Machine
    from proxyenv.model.tools import Conflict


def read_tools(
    machine: LocalMachine,
    proxies: Iterable[str],
    anchors: frozenset[str] = frozenset(),
    *,
    truststore: bool = False,
    asked: Collection[str] = (ALL_INSTALLED,),
) -> ToolFindings:
    """What this machine has of the tools.

    Args:
        machine: this one.
        proxies: see :func:`read_conflicts`.
        anchors: see there.
        truststore: see there.
        asked: the tools that are to be configured, or ``all-installed``; only they are looked at, since that
            may mean to run them.
    """
    wanted = configurable() if ALL_INSTALLED in asked else {name: configurable().get(name) for name in asked}
    seen = ((name, tool.look(machine)) for name, tool in wanted.items() if tool)
    return ToolFindings(
        installed=tuple(
            name for name, tool in configurable().items() if any(map(machine.which, tool.programs))
        ),
        conflicts=read_conflicts(machine, proxies, anchors, truststore=truststore),
        paths=find_paths(machine),
        seen={name: found for name, found in seen if found},
    )


def read_conflicts(
    machine: LocalMachine,
    proxies: Iterable[str],
    anchors: frozenset[str] = frozenset(),
    *,
    truststore: bool = False,
) -> tuple[Conflict, ...]:
    """The conflicting settings of this machine.

    Args:
        machine: this one.
        proxies: the URLs of the proxies that are meant, in any spelling; empty means that none is known.
        anchors: the fingerprints of the corporate CAs that files of CAs must have; empty means any will do.
        truststore: whether the operating system's store is to count where it can.
    """
    from proxyenv.catalog.clients.table import roots_variables
    from proxyenv.machine.conflicts import find_conflicts

    return find_conflicts(
        machine,
        tuple(proxies),
        anchors=anchors,
        roots=frozenset(name for name, _ in roots_variables(truststore=truststore)),
        is_root=machine.is_root,
    )


def find_paths(machine: Machine) -> dict[str, Path]:
    """The files that ``--configure`` may write, by the name that their tool gives them."""
    found = {file.name: find_path(machine, file) for tool in load_tools() for file in tool.files if file.name}
    return {name: path for name, path in found.items() if path is not None}


def find_path(machine: Machine, file: ConfigFile) -> Path | None:
    """Where a file that ``--configure`` writes is; ``None`` where it has no place."""
    return next(filter(None, file.paths(machine)), None)


def written_paths(host: Host) -> tuple[Path, ...]:
    """Every file of a tool that a plan may touch."""
    return tuple(find_paths(LocalMachine(host)).values())
