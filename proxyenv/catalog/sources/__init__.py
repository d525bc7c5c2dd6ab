"""Where a machine may say which proxy to use: one module per source.

To add one, write a module that defines ``SOURCE`` and list it here by its rank: environment, policy of the
operating system, desktop, PAC, files of the system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources import environment

if TYPE_CHECKING:
    from proxyenv.catalog.sources.source import Source

SOURCES: Final[tuple[Source, ...]] = (environment.SOURCE,)
"""The strongest first: the first that names a proxy decides."""
