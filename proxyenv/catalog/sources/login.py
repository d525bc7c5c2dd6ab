"""What a login gets: ``/etc/environment`` by ``pam_env``, and ``environment.d`` by systemd.

A shell that was started otherwise, by ``su``, cron or the server of an editor, may have none of it.
Source: pam_env(8), environment.d(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.sources.variables import sort_out
from proxyenv.catalog.tools.tool import config_home
from proxyenv.formats.assignments import expand, read_pam, read_systemd
from proxyenv.model.findings import Found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.findings import SourceSettings
    from proxyenv.model.machine import Machine

_NAME: Final = "login"
_MOST: Final = 4_000_000
"""Characters of all values of ``environment.d`` together: each may hold those before it."""

_SYSTEM: Final = ("etc", "run", "usr/local/lib", "usr/lib")


def read(machine: Machine) -> SourceSettings:
    """The variables of a login; those of ``environment.d`` come later, and so count."""
    variables: dict[str, Found[str]] = {}
    plain = machine.root / "etc/environment"
    for each in read_pam(machine.read(plain) or ""):
        variables[each.name] = Found(each.value, f"`{plain}`, line {each.line}")
    known = {**machine.nameable, **{name: found.value for name, found in variables.items()}}
    left = _MOST
    for path in _find_files(machine):
        if machine.resolve(path) != machine.resolve(plain):  # distributions link the one into the other
            for each in read_systemd(machine.read(path) or ""):
                value = expand(each.value, known)
                left -= len(value)
                if left < 0:
                    break
                known[each.name] = value
                variables[each.name] = Found(value, f"`{path}`, line {each.line}")
    return sort_out(_NAME, variables)


def _find_files(machine: Machine) -> Iterator[Path]:
    """By name; of several with one name the strongest directory's, where an empty one hides the others."""
    strongest = (config_home(machine), *(machine.root / name for name in _SYSTEM))
    found: dict[str, Path] = {}
    for directory in strongest:
        for path in machine.files(directory / "environment.d"):
            if path.suffix == ".conf":
                found.setdefault(path.name, path)
    yield from (found[name] for name in sorted(found))


SOURCE: Final = Source(_NAME, read, "pam_env(8); environment.d(5), driven by tests/clients/test_sources.py")
