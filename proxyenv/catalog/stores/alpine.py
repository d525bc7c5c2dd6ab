"""Alpine: ``update-ca-certificates`` of its own package, a program in C that is not Debian's script.

It links each certificate by name and by hash, and writes the bundle.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.stores.linux import Distribution

DISTRIBUTION: Final = Distribution(
    "alpine",
    "Alpine",
    marker="/etc/alpine-release",
    place="/usr/local/share/ca-certificates",
    tool="update-ca-certificates",
    # The smallest image has the bundle without the program; the program writes the bundle afresh later.
    install=("cat {corporate} >> /etc/ssl/certs/ca-certificates.crt && apk add --no-cache ca-certificates"),
)

STORE: Final = DISTRIBUTION.make_store("Alpine")
