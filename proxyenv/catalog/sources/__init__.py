"""Where a machine may say which proxy to use: one module per source.

To add one, write a module that defines ``SOURCE`` and list it here by its rank: environment, policy of the
operating system, desktop, PAC, files of the system, tools.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources import environment

if TYPE_CHECKING:
    from proxyenv.catalog.sources.source import Source

SOURCES: Final[tuple[Source, ...]] = (environment.SOURCE,)
"""What every process has, the strongest first: the first that names a proxy decides."""

MODULES: Final = (
    ("login", "SOURCE", "linux"),
    ("zypper", "SOURCE", "linux"),
    ("dnf", "SOURCE", "linux"),
    ("apt", "SOURCE", "linux"),
    ("tools", "SOURCE", ""),
    ("tools", "PROJECT", ""),
)
"""The weaker ones, in their order: the module of each, its name there, and its platform, if it has one."""


@cache
def load_weaker_sources(platform: str) -> tuple[Source, ...]:
    """The sources after :data:`SOURCES`, the strongest first; the modules are imported at the first call.

    Args:
        platform: as ``sys.platform`` says it; what other platforms have is not imported.
    """
    return tuple(
        getattr(import_module(f"{__name__}.{module}"), name)
        for module, name, only in MODULES
        if only in {"", platform}
    )
