"""pip: an INI file on each level, the machine's, the user's, an environment's, and one that a variable names.

Only ``cert`` is written: pip's own ``proxy`` ignores NO_PROXY.

Source: pip's documentation, "Configuration", and ``pip config debug``; pip 26.3, 24.2, 24.1.2, 23.0.1.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import ALL, REQUESTS
from proxyenv.catalog.tools.tool import (
    ConfigFile,
    Configured,
    Keys,
    Tool,
    application_data,
    config_home,
    given,
    not_empty,
)
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine


def _unless_off(paths: Callable[[Machine], Iterable[Path]]) -> Callable[[Machine], Iterable[Path]]:
    """The files, unless a variable says that pip is to read none at all."""
    return lambda m: () if m.environment.get("PIP_CONFIG_FILE") == os.devnull else paths(m)


def _machine(machine: Machine) -> Iterator[Path]:
    if machine.platform == "darwin":
        yield machine.root / "Library/Application Support/pip/pip.conf"
    for directory in (machine.environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        if directory.startswith("/"):
            yield machine.root / directory[1:] / "pip/pip.conf"


def _named(machine: Machine) -> Iterator[Path]:
    """The one that a variable names. Where it exists pip reads none of the user's."""
    value = machine.environment.get("PIP_CONFIG_FILE")
    if value:
        yield machine.absolute(value)


def _legacy(machine: Machine) -> Iterator[Path]:
    if not any(map(machine.exists, _named(machine))):
        yield machine.home / ("pip/pip.ini" if machine.platform == "win32" else ".pip/pip.conf")


def _user(machine: Machine) -> Iterator[Path]:
    if any(map(machine.exists, _named(machine))):
        return
    home = application_data(machine) / "pip"
    if machine.platform == "win32":
        yield home / "pip.ini"
    elif machine.platform == "darwin" and machine.exists(home):
        yield home / "pip.conf"
    else:
        yield config_home(machine) / "pip/pip.conf"


def _written(machine: Machine) -> Iterator[Path]:
    """The one that ``pip config --user`` edits."""
    yield from filter(machine.exists, _named(machine))
    yield from _user(machine)


def _environment(machine: Machine) -> Iterator[Path]:
    environment = given(machine, "VIRTUAL_ENV")
    if environment:
        yield environment / ("pip.ini" if machine.platform == "win32" else "pip.conf")


def _unset(level: str) -> Callable[[Item], str | None]:
    """Pip's own command, which does not know a name that is spelled with ``_``."""
    return lambda item: None if "_" in item.name else f"pip config --{level} unset {{name}}"


def _configure(wanted: Wanted) -> Configured:
    """``cert`` for every command; nothing without a corporate CA.

    Raises:
        PlanError: ``settings-invalid``: a variable says that pip is to read no file.
    """
    if not wanted.has_anchors:
        return Configured()
    path = wanted.found.paths.get("pip")
    if path is None:
        raise PlanError(
            "settings-invalid",
            f"pip reads no file here: `PIP_CONFIG_FILE` is `{os.devnull}`",
            hint="unset PIP_CONFIG_FILE",
        )
    bundle = require_single_line(str(wanted.layout.bundle), what="the bundle's path")
    return Configured((ToolFile("pip", path, "pip", (("global/cert", bundle),)),))


TOOL: Final = Tool(
    name="pip",
    programs=("pip", "pip3"),
    files=(
        ConfigFile(_unless_off(_machine), "pip", system=True),
        ConfigFile(_unless_off(lambda m: (m.root / "etc/pip.conf",)), "pip", _unset("global"), system=True),
        ConfigFile(_unless_off(_legacy), "pip"),
        ConfigFile(_unless_off(_written), "pip", _unset("user"), name="pip", says=("roots",)),
        ConfigFile(_unless_off(_environment), "pip", _unset("site")),
        ConfigFile(_unless_off(_named), "pip"),
    ),
    keys=Keys(proxy=("*.proxy",), roots=("*.cert",), unverified=(("*.trusted-host", not_empty),)),
    variables=Keys(proxy=("PIP_PROXY",), unverified=(("PIP_TRUSTED_HOST", not_empty),)),
    beats_roots="PIP_CERT",
    configure=_configure,
    writes=("`~/.config/pip/pip.conf`", "`cert`; its own `proxy` ignores NO_PROXY"),
    reroute="pip",
    dialects=("pip",),
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
