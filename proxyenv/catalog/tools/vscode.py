"""VS Code: its own proxy settings, which it prefers to the variables of the shell that started it.

Source: VS Code's documentation, "Network connections"; where each edition has its settings:
``userDataPath.js`` of VS Code, code-server's FAQ, and the identifiers of the Flatpaks. None was driven.

A workspace's ``.vscode/settings.json`` cannot say it: the settings are of the application or the machine
(``registerProxyConfigurations`` in VS Code's ``request.ts``).
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
    given,
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


_EDITIONS: Final = (
    *("Code - Insiders", "Code - OSS", "VSCodium", "VSCodium - Insiders", "Cursor", "Windsurf"),
    *("Windsurf - Next", "Positron"),
)
_FLATPAKS: Final = (
    *(("com.visualstudio.code", "Code"), ("com.visualstudio.code.insiders", "Code - Insiders")),
    *(("com.visualstudio.code-oss", "Code - OSS"), ("com.vscodium.codium", "VSCodium")),
)
_SERVERS: Final = (
    *(".vscode-server", ".vscode-server-insiders", ".vscode-remote", ".openvscode-server"),
    *(".vscodium-server", ".cursor-server", ".windsurf-server", ".positron-server"),
)


def _editor(machine: Machine) -> Path:
    """Of the editor itself, which may be portable or have its settings elsewhere."""
    portable, data = given(machine, "VSCODE_PORTABLE"), given(machine, "VSCODE_APPDATA")
    if portable:
        return portable / "user-data/User/settings.json"
    return (data or application_data(machine)) / "Code/User/settings.json"


def _others(machine: Machine) -> Iterator[Path]:
    """Of the other editions, and of the servers that run here for an editor elsewhere or a browser."""
    data = given(machine, "VSCODE_APPDATA") or application_data(machine)
    yield from (data / edition / "User/settings.json" for edition in _EDITIONS)
    for identifier, edition in _FLATPAKS:
        yield machine.home / ".var/app" / identifier / "config" / edition / "User/settings.json"
    yield from (machine.home / server / "data/Machine/settings.json" for server in _SERVERS)
    shared = given(machine, "XDG_DATA_HOME") or machine.home / ".local/share"
    yield from (shared / "code-server" / kind / "settings.json" for kind in ("Machine", "User"))


TOOL: Final = Tool(
    name="vscode",
    programs=("code",),
    files=(
        ConfigFile(
            lambda m: (_editor(m),),
            "jsonc",
            BY_HAND,
            name="vscode",
            apart=True,
        ),
        ConfigFile(_others, "jsonc", BY_HAND, apart=True),
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
