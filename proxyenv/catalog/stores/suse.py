"""SUSE: ``update-ca-certificates`` of its own package ``ca-certificates``, which is not Debian's.

It runs the scripts of ``update.d``, which write the bundle for OpenSSL and the store for Java.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution

DISTRIBUTION: Final = Distribution(
    "suse",
    "SUSE",
    marker="/etc/pki/trust",
    place="/etc/pki/trust/anchors",
    tool="update-ca-certificates",
)

STORE: Final = DISTRIBUTION.make_store("SUSE, openSUSE")
