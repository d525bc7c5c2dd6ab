"""npm and yarn: where they hold a ``cafile`` that is gone, it names the bundle; else the variables do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted

_GRAMMARS: Final = {"npm": "npmrc", "yarn": "yarnrc", "yarn 2": "yaml"}


def render_files(tool: str, wanted: Wanted) -> tuple[ToolFile, ...]:
    """The files of *tool* that name a CA file that is missing."""
    if not wanted.has_anchors:
        return ()
    bundle = require_single_line(str(wanted.layout.bundle), what="the bundle's path")
    return tuple(
        ToolFile(tool, wanted.places[place], _GRAMMARS[place], ((key, _spell(bundle, place)),))
        for place, key in wanted.tools.stale_ca_files
        if place.partition(" ")[0] == tool
    )


def _spell(path: str, place: str) -> str:
    """The rest of the line for npm, a quoted text for both yarns.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if place != "yarn" and "${" in path:
        tool = place.partition(" ")[0]
        raise PlanError("value-unrepresentable", f"{tool} would take a part of `{path}` for a variable")
    if place != "npm":
        return json.dumps(path, ensure_ascii=False)
    return re.sub(r"([\\;#])", r"\\\1", path)  # they would begin a comment
