"""The roots that the operating system trusts: those that it ships, and what an administrator added."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.stores.linux import BUNDLES
from proxyenv.certificates.bundle import merge
from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import DiscoveryError
from proxyenv.machine.content import read_content, render_reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.certificate import Certificate

_KEYCHAINS: Final = (
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)
_SECONDS: Final = 30.0
_SERVER_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.1"


class SystemRoots(NamedTuple):
    """The operating system's store, not yet parsed.

    Args:
        source: where it is, for messages.
        data: PEM.
    """

    source: str
    data: bytes

    @property
    def digest(self) -> str:
        """Of the set of certificates, whatever their order: SHA-256 over the sorted fingerprints, hex."""
        blocks = parse_blocks(self.data, source=self.source)
        fingerprints = sorted({hashlib.sha256(block.der).hexdigest() for block in blocks})
        return hashlib.sha256("".join(fingerprints).encode("ascii")).hexdigest()


def read_system_roots(bundles: Iterable[Path] = BUNDLES) -> SystemRoots:
    """The store of this machine.

    Args:
        bundles: on Linux, where to look.

    Raises:
        DiscoveryError: ``system-store``: there is none, or it cannot be read.
    """
    return _read(tuple(bundles))


def parse_system_roots(roots: SystemRoots, known: Iterable[Certificate] = ()) -> tuple[Certificate, ...]:
    """Its certificates, sorted by fingerprint; those in *known* are not parsed a second time.

    Raises:
        TrustError: it holds something that is no certificate.
    """
    from proxyenv.certificates.certificate import parse_certificates

    parsed = {each.fingerprint: each for each in known}
    return merge(parse_certificates(roots.data, source=roots.source, known=parsed))


def find_system_bundle(bundles: Iterable[Path] = BUNDLES) -> Path | None:
    """The file that holds the store of a Linux machine, or ``None``."""
    return next((path for path in bundles if path.is_file()), None)


if sys.platform == "win32":

    def _read(bundles: tuple[Path, ...]) -> SystemRoots:  # noqa: ARG001 - the other platforms look there
        import ssl

        trusted = (
            certificate
            for certificate, encoding, uses in ssl.enum_certificates("ROOT")
            if encoding == "x509_asn" and (uses is True or (uses and _SERVER_AUTHENTICATION in uses))
        )
        pem = "".join(map(ssl.DER_cert_to_PEM_cert, trusted))
        return SystemRoots("the store `ROOT` of Windows", pem.encode("ascii"))

elif sys.platform == "darwin":

    def _read(bundles: tuple[Path, ...]) -> SystemRoots:  # noqa: ARG001 - the other platform needs it
        import subprocess

        command = ("/usr/bin/security", "find-certificate", "-a", "-p", *_KEYCHAINS)
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DiscoveryError("system-store", f"`{' '.join(command)}` failed: {error}") from error
        return SystemRoots("the system keychains", done.stdout)

else:

    def _read(bundles: tuple[Path, ...]) -> SystemRoots:
        path = find_system_bundle(bundles)
        if path is None:
            raise DiscoveryError(
                "system-store",
                f"none of {', '.join(f'`{bundle}`' for bundle in bundles)} exists",
                hint="install the package `ca-certificates`, or start from certifi: `--base certifi`",
            )
        try:
            return SystemRoots(f"{path}", read_content(path))
        except OSError as error:
            reason = render_reason(error)
            raise DiscoveryError("system-store", f"`{path}` cannot be read: {reason}") from error
