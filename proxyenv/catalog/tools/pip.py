"""pip: an INI file on each level, the machine's, the user's and an environment's.

Source: pip's documentation, "Configuration"; pip 26.3, 24.2, 24.1.2, 23.0.1.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import ALL, REQUESTS
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, application_data, given, not_empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine


def _unless_off(find: Callable[[Machine], Path | None]) -> Callable[[Machine], tuple[Path | None]]:
    """The file, unless a variable says that pip is to read none of the user's files."""
    return lambda m: (None if m.environment.get("PIP_CONFIG_FILE") == os.devnull else find(m),)


def _user(machine: Machine) -> Path:
    name = "pip.ini" if machine.platform == "win32" else "pip.conf"
    return application_data(machine) / "pip" / name


def _environment(machine: Machine) -> Path | None:
    environment = given(machine, "VIRTUAL_ENV")
    return environment and environment / "pip.conf"


def _named(machine: Machine) -> Path | None:
    value = machine.environment.get("PIP_CONFIG_FILE")
    return machine.absolute(value) if value else None


def _unset(level: str) -> Callable[[Item], str | None]:
    """Pip's own command, which does not know a name that is spelled with ``_``."""
    return lambda item: None if "_" in item.name else f"pip config --{level} unset {{name}}"


TOOL: Final = Tool(
    name="pip",
    programs=("pip", "pip3"),
    files=(
        ConfigFile(lambda m: (m.root / "etc/xdg/pip/pip.conf",), "pip", system=True),
        ConfigFile(lambda m: (m.root / "etc/pip.conf",), "pip", _unset("global"), system=True),
        ConfigFile(_unless_off(lambda m: m.home / ".pip/pip.conf"), "pip"),
        ConfigFile(_unless_off(_user), "pip", _unset("user")),
        ConfigFile(_unless_off(_environment), "pip", _unset("site")),
        ConfigFile(_unless_off(_named), "pip"),
    ),
    keys=Keys(proxy=("*.proxy",), roots=("*.cert",), unverified=(("*.trusted-host", not_empty),)),
    variables=Keys(proxy=("PIP_PROXY",), unverified=(("PIP_TRUSTED_HOST", not_empty),)),
    beats_roots="PIP_CERT",
    family="Python tools",
    clients=(
        Client(
            "pip",
            "pip >= 24.2",
            (Roots("SSL_CERT_FILE", missing=Missing.IGNORED), Roots("PIP_CERT"), *REQUESTS),
            Proxy(
                ALL,
                (),
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("SSL_CERT_FILE",),
            ),
            "pip",
            since="24.2",
            store=True,
            probe=Probe(module="pip", distribution="pip", at_least=(24, 2)),
            verified=("26.3", "24.2"),
            note="adds to the system store; `PIP_CERT` wins over `pip.conf`",
        ),
        Client(
            "pip-legacy",
            "pip < 24.2",
            (Roots("PIP_CERT", holds=Holds.EITHER), *REQUESTS),
            Proxy(
                ALL,
                (),
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("PIP_CERT",),
            ),
            "pip",
            probe=Probe(module="pip", distribution="pip", below=(24, 2)),
            verified=("24.1.2", "23.0.1"),
        ),
    ),
)
