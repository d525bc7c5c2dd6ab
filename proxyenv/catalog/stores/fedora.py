"""Fedora, RHEL and their derivatives: ``update-ca-trust extract`` of the package ``ca-certificates``.

It writes everything below ``/etc/pki/ca-trust/extracted``: the bundle for OpenSSL, and the store for Java.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution, check_bundle, rewrites_bundle
from proxyenv.catalog.stores.trust_store import TrustStore

DISTRIBUTION: Final = Distribution(
    "fedora",
    "Fedora family",
    marker="/etc/pki/ca-trust/source",
    place="/etc/pki/ca-trust/source/anchors",
    tool="update-ca-trust",
    refresh=("extract",),
)

STORE: Final = TrustStore(
    name="fedora",
    kind="system",
    find=DISTRIBUTION.find,
    check=check_bundle,
    refresh=DISTRIBUTION.refresh,
    rewrites=rewrites_bundle,
    has_files=True,
    title="Fedora, RHEL, CentOS, Amazon Linux",
    means="a file in `/etc/pki/ca-trust/source/anchors`; `update-ca-trust extract`",
)
