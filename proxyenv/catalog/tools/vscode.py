"""VS Code: its own proxy settings, which it prefers to the variables of the shell that started it.

Source: VS Code's documentation, "Network connections".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools.tool import (
    BY_HAND,
    NULL,
    ConfigFile,
    Configured,
    Keys,
    Tool,
    application_data,
    refuse_password,
)
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.model.machine import Machine


def _configure(wanted: Wanted) -> Configured:
    """``http.proxy`` and ``http.noProxy``.

    Raises:
        PlanError: ``password-refused``: settings are synchronised to other machines.
    """
    proxy = wanted.https or wanted.http
    if proxy is None:
        return Configured()
    if wanted.sensitive:
        raise refuse_password("vscode", "it would be in a file that VS Code synchronises")
    settings = (
        ("http.proxy", json.dumps(str(proxy))),
        ("http.noProxy", json.dumps(list(wanted.no_proxy))),
    )
    return Configured((ToolFile("vscode", wanted.path("vscode"), "jsonc", settings),))


_EDITIONS: Final = ("Code - Insiders", "VSCodium", "Cursor", "Windsurf")
_SERVERS: Final = (
    *(".vscode-server", ".vscode-server-insiders"),
    *(".vscodium-server", ".cursor-server", ".windsurf-server"),
)


def _others(machine: Machine) -> Iterator[Path]:
    """Of the other editions, and of the servers that run here for an editor elsewhere."""
    data = application_data(machine)
    yield from (data / edition / "User/settings.json" for edition in _EDITIONS)
    yield from (machine.home / server / "data/Machine/settings.json" for server in _SERVERS)


TOOL: Final = Tool(
    name="vscode",
    programs=("code",),
    files=(
        ConfigFile(
            lambda m: (application_data(m) / "Code/User/settings.json",),
            "jsonc",
            BY_HAND,
            name="vscode",
        ),
        ConfigFile(_others, "jsonc", BY_HAND),
        ConfigFile(lambda m: (m.absolute(".vscode/settings.json"),), "jsonc", BY_HAND, project=True),
    ),
    keys=Keys(
        proxy=("http.proxy",),
        unverified=(("http.proxyStrictSSL", falsy("vscode")),),
        direct=(("http.proxySupport", lambda value: value == "off"),),
        exceptions=("http.noProxy",),
        absent=NULL,
    ),
    configure=_configure,
    writes=(
        "`settings.json` of the user",
        "`http.proxy`, `http.noProxy`",
    ),
)
