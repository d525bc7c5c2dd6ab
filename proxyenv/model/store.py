"""Trust stores of others: the operating system's, NSS databases of browsers, and Java's."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Store(NamedTuple):
    """A trust store on this machine.

    Args:
        kind: what ``--store`` calls it.
        family: the name of the ``TrustStore`` in the catalogue that says how it is written.
        place: the file or directory that it is; on Windows the name of the store.
        title: for people.
        tool: the program that writes it, absolute; ``None`` when this machine lacks it.
        lack: what to install then, as a clause.
        openssl: for Linux: ``openssl``, absolute, if there is one.
        bundle: for Linux: the file in which the whole store is.
        keytool: for Debian with Java: the program whose keystore a hook keeps in step.
        witnesses: files that the tool rewrites as a whole, so that undoing with the tool alone would
            not give back the bytes that were there.
        needs_root: whether this process may not write it.
        in_use: whether a program has it open, as far as one can see.
    """

    kind: str
    family: str
    place: Path
    title: str
    tool: str | None
    lack: str | None = None
    openssl: str | None = None
    bundle: Path | None = None
    keytool: str | None = None
    witnesses: tuple[Path, ...] = ()
    needs_root: bool = False
    in_use: bool = False


class StoredCertificate(NamedTuple):
    """A corporate CA in a store.

    Args:
        fingerprint: SHA-256 of the DER, lower-case hex.
        pem: the certificate; kept, since the tools want it again when it goes.
        path: a file that holds it, for the tools that read no standard input.
    """

    fingerprint: str
    pem: str
    path: Path | None = None

    def __repr__(self) -> str:
        return f"StoredCertificate(fingerprint={self.fingerprint!r}, path={self.path!r})"

    @property
    def alias(self) -> str:
        """Its name in the store: unique, and in lower case, since Java folds it."""
        return f"proxyenv-{self.fingerprint[:16]}"


class Witness(NamedTuple):
    """A file that the store's tool rewrites.

    Args:
        path: absolute.
        before: SHA-256 of what was there, lower-case hex; a copy lies beside the receipt.
        after: SHA-256 of what the tool made of it; ``None`` until that is known. While it still
            holds, the copy may be put back.
        link: the target of the symlink that the tool put in its place, if it did.
        mode: its permission bits, where the copy has others: files with the same bytes share one.
    """

    path: Path
    before: str
    after: str | None = None
    link: str | None = None
    mode: int | None = None


class StoreEntry(NamedTuple):
    """What a receipt knows of a store: whatever it takes to undo the installation.

    Args:
        store: as it was found.
        certificates: what was put there.
        witnesses: see there.
    """

    store: Store
    certificates: tuple[StoredCertificate, ...]
    witnesses: tuple[Witness, ...] = ()


def find_our_places(entries: Iterable[StoreEntry]) -> frozenset[Path]:
    """The stores that got something from us: by name, or because another's tool filled them too."""
    return frozenset(
        path
        for entry in entries
        for path in (entry.store.place, *(witness.path for witness in entry.witnesses))
    )


class StoreCommand(NamedTuple):
    """One command, without a shell.

    Args:
        argv: the program, absolute, and its arguments.
        stdin: what it reads.
        source: for people: the file that holds *stdin*.
        tolerated: whether it may fail, as when it deletes what may not be there.
        hints: what it says when it fails, and the next step then.
    """

    argv: tuple[str, ...]
    stdin: str = ""
    source: Path | None = None
    tolerated: bool = False
    hints: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """As one would type it."""
        return shlex.join(self.argv) + (f" < {shlex.quote(str(self.source))}" if self.source else "")


class Check(NamedTuple):
    """Asks the store's own tool whether it trusts a certificate.

    Args:
        command: what to run.
        certificate: the one in question.
        expects: ``status``: it is trusted if the command succeeds; ``pem``: if what it prints holds it.
    """

    command: StoreCommand
    certificate: StoredCertificate
    expects: Literal["status", "pem"] = "status"


class StoreChange(NamedTuple):
    """One store, with or without our certificates.

    Args:
        action: what happens.
        entry: what the receipt will say, or says.
        put: files to write first, with their content.
        delete: files to delete first.
        commands: then run these, in order.
        checks: then all of these say yes (``install``) or no (``remove``).
    """

    action: Literal["install", "remove"]
    entry: StoreEntry
    commands: tuple[StoreCommand, ...]
    checks: tuple[Check, ...]
    put: tuple[tuple[Path, bytes], ...] = ()
    delete: tuple[Path, ...] = ()
