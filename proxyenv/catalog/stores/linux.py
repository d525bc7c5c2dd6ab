"""What the stores of Linux distributions have in common.

An administrator puts a file into a directory, and a command rebuilds the store from it. The whole store is
also one file, which OpenSSL, curl and Python read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.trust_store import TrustStore, render_fed
from proxyenv.model.store import Check, Store, StoreCommand
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import StoredCertificate

SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the tools of the operating system are; a user's ``PATH`` often lacks half of it."""

BUNDLES: Final = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Arch, Alpine, Gentoo
    Path("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),  # Fedora, RHEL
    Path("/var/lib/ca-certificates/ca-bundle.pem"),  # SUSE
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # older Fedora, Amazon Linux
    Path("/etc/ssl/ca-bundle.pem"),  # older SUSE
    Path("/etc/ssl/cert.pem"),  # Alpine without the package ca-certificates
)
"""Where distributions keep the whole store as one file; the first that exists is used."""


class Distribution(NamedTuple):
    """Where a distribution, and those made from it, keep their store.

    Args:
        name: what receipts call it.
        title: for people.
        marker: a file or directory that only these distributions have.
        place: where an administrator puts certificates.
        tool: the program that rebuilds the store.
        refresh: its arguments for that.
        package: what the tool is in.
        install: the command that installs the package in an image, where images often lack it; `{bundle}` and
            `{corporate}` stand for the files of those names.
    """

    name: str
    title: str
    marker: str
    place: str
    tool: str
    refresh: tuple[str, ...] = ()
    package: str = "ca-certificates"
    install: str = ""

    def make_store(self, title: str) -> TrustStore:
        """The store that is a directory of files and the command that rebuilds it.

        Args:
            title: the distributions that have it, for people.
        """
        return TrustStore(
            name=self.name,
            kind="system",
            find=self.find,
            check=check_bundle,
            refresh=self.refresh,
            rewrites=rewrites_bundle,
            has_files=True,
            title=title,
            means=f"a file in `{self.place}`; `{' '.join((self.tool, *self.refresh))}`",
        )

    def find(self, machine: Machine) -> Iterator[Store]:
        """Its store, if this machine runs it."""
        if machine.platform in {"darwin", "win32"} or not machine.exists(below(machine, self.marker)):
            return
        program = machine.which(self.tool, directories=SYSTEM_PATH)
        openssl = machine.which("openssl", directories=SYSTEM_PATH)
        bundles = (below(machine, path) for path in BUNDLES)
        bundle = next((path for path in bundles if machine.is_file(path)), None)
        yield Store(
            "system",
            self.name,
            below(machine, self.place),
            f"system store ({self.title})",
            None if program is None else str(program),
            lack=None if program else f"`{self.tool}` is missing: install the package `{self.package}`",
            openssl=None if openssl is None else str(openssl),
            bundle=bundle,
            witnesses=() if bundle is None else (machine.resolve(bundle),),
            needs_root=not machine.is_root,
        )


def below(machine: Machine, path: Path | str) -> Path:
    """A path of the system, below the machine's root."""
    return machine.root / Path(path).relative_to("/")


def check_bundle(store: Store, certificate: StoredCertificate) -> Check:
    """Whether the one file with the whole store trusts the certificate."""
    bundle = str(store.bundle or "")
    if store.openssl is None:
        return Check(StoreCommand(("/bin/cat", bundle)), certificate, "pem")
    alone = ("-no-CApath", "-no-CAstore", "-partial_chain", "-CAfile", bundle)
    return Check(render_fed((store.openssl, "verify", *alone), certificate), certificate)


def rewrites_bundle(store: Store, path: Path) -> bool:
    """Whether a file is the whole store, in whichever place a release of the distribution has it."""
    return path in {*store.witnesses, *BUNDLES}
