"""Composer: ``config`` in its global ``config.json``.

Source: Composer's documentation, "Config"; Composer 2.5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe, Proxy
from proxyenv.catalog.clients.libraries import OPENSSL
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, config_home, given
from proxyenv.formats.truth import truthy

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.machine import Machine


def _paths(machine: Machine) -> tuple[Path, ...]:
    home = given(machine, "COMPOSER_HOME")
    directories = (home,) if home else (machine.home / ".composer", config_home(machine) / "composer")
    return tuple(directory / "config.json" for directory in directories)


TOOL: Final = Tool(
    name="composer",
    programs=("composer",),
    files=(ConfigFile(_paths, "json", "composer config --global --unset {name}"),),
    keys=Keys(roots=("cafile",), unverified=(("disable-tls", truthy("composer")),)),
    spell=lambda item: item.name if item.section == "config" else f"{item.section}/{item.name}",
    family="System",
    clients=(
        Client(
            "composer",
            "Composer",
            OPENSSL,
            Proxy(),
            store=True,
            probe=Probe(program="composer", arguments=("--no-ansi", "--version")),
            verified=("2.5.5",),
        ),
    ),
)
