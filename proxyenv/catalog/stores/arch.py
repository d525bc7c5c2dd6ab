"""Arch and its derivatives: ``trust extract-compat`` of p11-kit.

Programs that ask p11-kit see the anchors at once; the command writes the files that the others read.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution

DISTRIBUTION: Final = Distribution(
    "arch",
    "Arch",
    marker="/etc/ca-certificates/trust-source",
    place="/etc/ca-certificates/trust-source/anchors",
    tool="trust",
    refresh=("extract-compat",),
    package="p11-kit",
)

STORE: Final = DISTRIBUTION.make_store("Arch, Manjaro")
