"""The CAs that are trusted here already: the public ones, and the corporate ones of the installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.errors import ProxyenvError
from proxyenv.machine.ca_sources import read_given
from proxyenv.machine.certificates import read_public_roots

if TYPE_CHECKING:
    from datetime import datetime

    from proxyenv.model.host import Host


class RootsFiles(NamedTuple):
    """Files of roots to connect with.

    Args:
        public: the public roots alone.
        known: the bundle; where there is none, the public roots.
    """

    public: Path
    known: Path


def find_roots_files(host: Host) -> RootsFiles:
    """Where the roots are that a connection is tried with."""
    import certifi

    public = Path(certifi.where())
    return RootsFiles(public, host.layout.bundle if host.layout.bundle.is_file() else public)


def read_known_roots(host: Host, now: datetime) -> tuple[bytes, ...]:
    """The public roots and the corporate CAs, DER. A damaged file of proxyenv holds none."""
    public, _ = read_public_roots()
    known = [each.der for each in public]
    if host.layout.corporate.is_file():
        try:
            given = read_given((str(host.layout.corporate),), host=host, now=now)
        except ProxyenvError:  # `status` says what is wrong with it
            given = ()
        known += [found.value.der for found in given]
    return tuple(known)
