"""What proxyenv knows of each tool that has settings of its own: one module per tool, which owns every fact.

To add a tool, write its module with a value ``TOOL`` and add the module's name to the list below;
then run ``scripts/tables``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Tool

MODULES: Final = (
    "pip",
    "uv",
    "poetry",
    "conda",
    "gcloud",
    "curl",
    "wget",
    "git",
    "apt",
    "bundler",
    "composer",
    "npm",
    "yarn",
    "pnpm",
    "cargo",
    "docker",
    "java",
    "maven",
    "gradle",
    "snap",
    "vscode",
)
"""The modules, in the order in which ``clients`` shows their rows."""


@cache
def load_tools() -> tuple[Tool, ...]:
    """Every tool, in the order of the list; the modules are imported at the first call."""
    tools: tuple[Tool, ...] = tuple(import_module(f"{__name__}.{name}").TOOL for name in MODULES)
    return tools


@cache
def configurable() -> dict[str, Tool]:
    """The tools that ``--configure`` takes, by name, sorted."""
    return {
        tool.name: tool
        for tool in sorted(load_tools(), key=lambda tool: tool.name)
        if tool.configure is not None
    }
