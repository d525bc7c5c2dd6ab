"""The dialects as the clients of this machine have them: the version that is here chooses the reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv.catalog.clients.client import split_version
from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.machine.clients import ask_versions, find_installed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Dialect


def choose_readings(
    environment: Mapping[str, str], dialects: tuple[Dialect, ...]
) -> tuple[tuple[Dialect, ...], tuple[str, ...]]:
    """The dialects, and for each program of an earlier version what that version does otherwise.

    A program that may be older is asked for its version; without an answer the newer reading stays.

    Args:
        environment: where programs are looked for, and what they get.
        dialects: as the newest versions read.
    """
    versions = _find_versions(environment, {each.older.program for each in dialects if each.older})
    chosen: list[Dialect] = []
    names: dict[tuple[str, str], list[str]] = {}
    for each in dialects:
        older = each.older
        version = versions.get(older.program) if older else None
        if older is None or version is None or not older.holds_for(split_version(version)):
            chosen.append(each)
            continue
        chosen.append(replace(each, prepare=older.prepare, verified=older.verified))
        names.setdefault((f"{older.program} {version}", older.difference), []).append(f"`{each.name}`")
    return tuple(chosen), tuple(
        f"{program} is here: {difference}; shown so: {', '.join(columns)}"
        for (program, difference), columns in names.items()
    )


def _find_versions(environment: Mapping[str, str], programs: set[str]) -> dict[str, str | None]:
    rows = tuple(client for client in CLIENTS if client.name in programs)
    found = find_installed(rows, environment, ask_versions(rows, environment))
    return {name: here.version for name, here in found.items()}
