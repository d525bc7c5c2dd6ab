"""The roots that are trusted here already: the public ones, the system's, and those of the installation."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import list_directory, read_content, run_program
from proxyenv.catalog.stores.linux import BUNDLES
from proxyenv.certificates.bundle import merge
from proxyenv.certificates.pem import read_blocks
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.content import render_reason
from proxyenv.machine.distributions import find_certifi
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.certificates.anchors import KnownRoots
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host

SHIPPED: Final = (
    Path("/usr/share/ca-certificates/mozilla"),  # Debian, Alpine; what an administrator adds is beside it
    Path("/usr/share/pki/ca-trust-source"),  # Fedora, RHEL; an administrator's are in `anchors` below it
    Path("/usr/share/pki/trust"),  # openSUSE
    Path("/usr/share/ca-certificates/trust-source"),  # Arch
)
"""Where distributions of Linux keep the public roots that they ship, trusted or not."""

_SHIPPED_SUFFIXES: Final = frozenset({".crt", ".p11-kit", ".pem"})

_KEYCHAINS: Final = (
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)
_SECONDS: Final = 30.0
_SERVER_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.1"


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
    public = Path(find_certifi()[0])
    return RootsFiles(public, host.layout.bundle if host.layout.bundle.is_file() else public)


def read_public_roots() -> tuple[tuple[Certificate, ...], str]:
    """The public roots and the version of certifi that holds them.

    Returns:
        The roots, sorted by fingerprint, and the version.

    Raises:
        DiscoveryError: ``ca-unreadable``: certifi's installation is damaged.
        TrustError: its file holds no certificate.
    """
    from proxyenv.certificates.certificate import parse_certificates

    file, version = find_certifi()
    path = Path(file)
    try:
        data = read_content(path)
    except OSError as error:
        reason = f"`{path}` cannot be read: {render_reason(error)}"
        raise DiscoveryError(
            "ca-unreadable", reason, hint="`pip install --force-reinstall certifi`"
        ) from error
    return merge(parse_certificates(data, source=file)), version


def read_known_roots(host: Host) -> tuple[bytes, ...]:
    """The public roots and the corporate CAs, DER. A damaged file of proxyenv holds none."""
    return tuple(each.der for each in (*read_public_roots()[0], *read_corporate_cas(host)))


def read_corporate_cas(host: Host) -> tuple[Certificate, ...]:
    """The corporate CAs that are installed. A damaged file of proxyenv holds none."""
    from proxyenv.certificates.certificate import parse_certificates

    path = host.layout.corporate
    with contextlib.suppress(OSError, TrustError):  # `status` says what is wrong with it
        return parse_certificates(read_content(path), source=str(path))
    return ()


def find_loaded(path: Path) -> frozenset[str]:
    """The fingerprints of the CAs that OpenSSL loads from a file, as curl and Python do by it.

    It is stricter than we are: it knows PEM alone, and one damaged block spoils the whole file.

    Args:
        path: a file that :func:`read_content` reads.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ValueError):  # of which SSLError is one
        return frozenset()
    return frozenset(hashlib.sha256(der).hexdigest() for der in context.get_ca_certs(binary_form=True))


def find_misspelling(path: Path, wanted: frozenset[str], *, gnutls: bool = False) -> str | None:
    """Why OpenSSL does not load CAs that are in a file, as a clause; ``None`` where it does.

    Args:
        path: the file.
        wanted: the fingerprints of the CAs.
        gnutls: whether it is enough that GnuTLS does.

    Raises:
        OSError: it cannot be read.
    """
    if wanted <= find_loaded(path):
        return None
    from proxyenv.certificates.foreign import describe_spelling
    from proxyenv.certificates.gnutls import find_loaded_by_gnutls

    data = read_content(path)
    return None if gnutls and wanted <= find_loaded_by_gnutls(data) else describe_spelling(data)


def find_known(public: Iterable[Certificate], shipped: tuple[Path, ...] = SHIPPED) -> KnownRoots:
    """What tells the public roots from a corporate CA; what the system ships is read when it is asked for.

    Args:
        public: what certifi holds.
        shipped: directories of public roots that the operating system ships.
    """
    from proxyenv.certificates.anchors import KnownRoots

    certifi = frozenset(each.fingerprint for each in public)
    return KnownRoots(certifi, functools.cache(lambda: _read_shipped(shipped)))


def _read_shipped(directories: tuple[Path, ...]) -> frozenset[str]:
    """The fingerprints of what the system ships; what cannot be read has none.

    Args:
        directories: of Linux; the certificates directly in them.
    """
    found = set()
    with contextlib.suppress(DiscoveryError, TrustError):
        found |= find_fingerprints(_read_vendor(), "the system's own roots")
    for directory in directories:
        with contextlib.suppress(OSError):
            for path in list_directory(directory):
                if path.suffix in _SHIPPED_SUFFIXES:
                    found |= _read_fingerprints(path)
    return frozenset(found)


def _read_fingerprints(path: Path) -> set[str]:
    try:
        return find_fingerprints(read_content(path), str(path))
    except (OSError, TrustError):
        return set()


def find_fingerprints(data: bytes, source: str) -> set[str]:
    """Of every block in a file, SHA-256 in lower-case hex.

    Raises:
        TrustError: it has a private key, or more blocks than any file of CAs.
    """
    return {block.fingerprint for block in read_blocks(data, source=source).blocks}


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
        fingerprints = sorted(find_fingerprints(self.data, self.source))
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
        TrustError: it holds no certificate, or a private key.
    """
    from proxyenv.certificates.certificate import parse_certificates

    parsed = {each.fingerprint: each for each in known}
    return merge(parse_certificates(roots.data, source=roots.source, known=parsed))


def find_system_bundle(bundles: Iterable[Path] = BUNDLES) -> Path | None:
    """The file that holds the store of a Linux machine, or ``None``."""
    return next((path for path in bundles if path.is_file()), None)


if sys.platform == "win32":

    def _read(bundles: tuple[Path, ...]) -> SystemRoots:  # noqa: ARG001 - the other platforms look there
        return SystemRoots("the store `ROOT` of Windows", _read_store("ROOT"))

    def _read_vendor() -> bytes:
        """What Microsoft's programme distributes: the store "Third-Party Root Certification Authorities"."""
        return _read_store("AuthRoot")

    def _read_store(name: str) -> bytes:
        import ssl

        trusted = (
            certificate
            for certificate, encoding, uses in ssl.enum_certificates(name)
            if encoding == "x509_asn" and (uses is True or (uses and _SERVER_AUTHENTICATION in uses))
        )
        return "".join(map(ssl.DER_cert_to_PEM_cert, trusted)).encode("ascii")

elif sys.platform == "darwin":

    def _read(bundles: tuple[Path, ...]) -> SystemRoots:  # noqa: ARG001 - the other platform needs it
        return SystemRoots("the system keychains", _read_keychains(*_KEYCHAINS))

    def _read_vendor() -> bytes:
        """What Apple ships: the keychain of "System Roots"."""
        return _read_keychains(_KEYCHAINS[0])

    def _read_keychains(*keychains: str) -> bytes:
        command = ("/usr/bin/security", "find-certificate", "-a", "-p", *keychains)
        try:
            done = run_program(command, environment=os.environ, seconds=_SECONDS)
        except OSError as error:
            reason = render_reason(error)
            raise DiscoveryError("system-store", f"`{' '.join(command)}` failed: {reason}") from error
        if done.status:
            raise DiscoveryError("system-store", f"`{' '.join(command)}` failed: {done.said}")
        return done.stdout

else:

    def _read_vendor() -> bytes:
        """Nothing: distributions of Linux keep it in files."""
        return b""

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
