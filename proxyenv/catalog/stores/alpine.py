"""Alpine: ``update-ca-certificates`` of its own package, a program in C that is not Debian's script.

It links each certificate by name and by hash, and writes the bundle.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution, check_bundle
from proxyenv.catalog.stores.trust_store import TrustStore

_DISTRIBUTION: Final = Distribution(
    "alpine",
    "Alpine",
    marker="/etc/alpine-release",
    place="/usr/local/share/ca-certificates",
    tool="update-ca-certificates",
)

STORE: Final = TrustStore(
    name="alpine",
    kind="system",
    find=_DISTRIBUTION.find,
    check=check_bundle,
    refresh=(),
    has_files=True,
    title="Alpine",
    means="a file in `/usr/local/share/ca-certificates`; `update-ca-certificates`",
)
