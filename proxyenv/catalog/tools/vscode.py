"""VS Code: its own proxy settings, which it prefers to the variables of the shell that started it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proxyenv.catalog.tools.wanted import refuse_password
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """``http.proxy`` and ``http.noProxy``.

    Raises:
        PlanError: ``password-refused``: settings are synchronised to other machines.
    """
    proxy = wanted.https or wanted.http
    if proxy is None:
        return ()
    if wanted.sensitive:
        raise refuse_password("vscode", "it would be in a file that VS Code synchronises")
    settings = (
        ("http.proxy", json.dumps(str(proxy))),
        ("http.noProxy", json.dumps(list(wanted.no_proxy))),
    )
    return (ToolFile("vscode", wanted.places["vscode"], "jsonc", settings),)
