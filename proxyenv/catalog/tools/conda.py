"""conda and mamba: ``ssl_verify`` and ``proxy_servers`` in ``.condarc``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.formats.format import require_single_line
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """The bundle, and a proxy for each scheme, as quoted YAML."""
    settings = [(f"proxy_servers/{scheme}", _quote(proxy.reveal())) for scheme, proxy in wanted.proxies]
    if wanted.has_anchors:
        settings.insert(0, ("ssl_verify", _quote(str(wanted.layout.bundle))))
    file = ToolFile("conda", wanted.places["conda"], "condarc", tuple(settings), sensitive=wanted.sensitive)
    return (file,)


def _quote(value: str) -> str:
    doubled = require_single_line(value, what="a setting of conda").replace("'", "''")
    return f"'{doubled}'"
