"""VS Code: its own proxy settings, which it prefers to the variables of the shell that started it.

Source: VS Code's documentation, "Network connections".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools.tool import (
    BY_HAND,
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
    from proxyenv.catalog.tools.tool import Wanted


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
    ),
    keys=Keys(proxy=("http.proxy",), unverified=(("http.proxyStrictSSL", falsy("vscode")),)),
    configure=_configure,
    writes=(
        "`settings.json` of the user",
        "`http.proxy`, `http.noProxy`",
    ),
)
