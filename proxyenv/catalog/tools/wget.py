"""wget: it takes the proxy from the variables, and the CA only from ``wgetrc``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.formats.format import require_single_line
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """``ca_certificate`` in the user's ``wgetrc``; nothing without a corporate CA."""
    if not wanted.has_anchors:
        return ()
    bundle = require_single_line(str(wanted.layout.bundle), what="the bundle's path")
    return (ToolFile("wget", wanted.places["wget"], "wgetrc", (("ca_certificate", bundle),)),)
