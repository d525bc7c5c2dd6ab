"""SUSE: ``update-ca-certificates`` of its own package ``ca-certificates``, which is not Debian's.

It runs the scripts of ``update.d``, which write the bundle for OpenSSL and the store for Java.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution, check_bundle, rewrites_bundle
from proxyenv.catalog.stores.trust_store import TrustStore

DISTRIBUTION: Final = Distribution(
    "suse",
    "SUSE",
    marker="/etc/pki/trust",
    place="/etc/pki/trust/anchors",
    tool="update-ca-certificates",
)

STORE: Final = TrustStore(
    name="suse",
    kind="system",
    find=DISTRIBUTION.find,
    check=check_bundle,
    refresh=DISTRIBUTION.refresh,
    rewrites=rewrites_bundle,
    has_files=True,
    title="SUSE, openSUSE",
    means="a file in `/etc/pki/trust/anchors`; `update-ca-certificates`",
)
