"""Fedora, RHEL and their derivatives: ``update-ca-trust extract`` of the package ``ca-certificates``.

It writes everything below ``/etc/pki/ca-trust/extracted``: the bundle for OpenSSL, and the store for Java.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution

DISTRIBUTION: Final = Distribution(
    "fedora",
    "Fedora family",
    marker="/etc/pki/ca-trust/source",
    place="/etc/pki/ca-trust/source/anchors",
    tool="update-ca-trust",
    refresh=("extract",),
)

STORE: Final = DISTRIBUTION.make_store("Fedora, RHEL, CentOS, Amazon Linux")
