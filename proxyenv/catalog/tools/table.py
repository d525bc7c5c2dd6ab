"""Each tool by its name: the renderer of its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools import apt, conda, docker, gcloud, gradle, maven, node_packages, vscode, wget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.catalog.tools.wanted import Wanted
    from proxyenv.model.tool_config import ToolFile

RENDERERS: Final[Mapping[str, Callable[[Wanted], tuple[ToolFile, ...]]]] = {
    "apt": apt.render_files,
    "conda": conda.render_files,
    "docker": docker.render_files,
    "gcloud": gcloud.render_files,
    "gradle": gradle.render_files,
    "maven": maven.render_files,
    "npm": partial(node_packages.render_files, "npm"),
    "vscode": vscode.render_files,
    "wget": wget.render_files,
    "yarn": partial(node_packages.render_files, "yarn"),
}
"""java is a variable, and snap can only be told by a command of root's."""
