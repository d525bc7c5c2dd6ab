"""Arch and its derivatives: ``trust extract-compat`` of p11-kit.

Programs that ask p11-kit see the anchors at once; the command writes the files that the others read.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution, check_bundle, rewrites_bundle
from proxyenv.catalog.stores.trust_store import TrustStore

DISTRIBUTION: Final = Distribution(
    "arch",
    "Arch",
    marker="/etc/ca-certificates/trust-source",
    place="/etc/ca-certificates/trust-source/anchors",
    tool="trust",
    refresh=("extract-compat",),
    package="p11-kit",
)

STORE: Final = TrustStore(
    name="arch",
    kind="system",
    find=DISTRIBUTION.find,
    check=check_bundle,
    refresh=DISTRIBUTION.refresh,
    rewrites=rewrites_bundle,
    has_files=True,
    title="Arch, Manjaro",
    means="a file in `/etc/ca-certificates/trust-source/anchors`; `trust extract-compat`",
)
