"""What was written to this machine, and what is needed to undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.change import Kind
    from proxyenv.model.pool import PoolEntry
    from proxyenv.model.store import StoreEntry


class Hunk(NamedTuple):
    """Lines of a file that were replaced.

    Args:
        start: the index of the first replaced line in the file as we wrote it, from 0; for ``settings``
            of the first replaced character.
        length: how many lines, or characters, of that file the hunk covers.
        lines: what stood there before, with its line ends.
    """

    start: int
    length: int
    lines: tuple[str, ...]


class KeyChange(NamedTuple):
    """One key in ``profiles.toml``, or in a file of a tool, that was written.

    Args:
        key: ``active``, or a name in the profile; for ``settings`` as its grammar spells it.
        earlier: the value before, as the file's own text, or ``None`` when the key was absent.
        written: the value that was written; for ``settings`` its SHA-256, since it may be a password.
    """

    key: str
    earlier: str | None
    written: str


class FileEntry(NamedTuple):
    """One file that we wrote.

    Args:
        path: absolute, symlinks resolved.
        kind: how it was written, and so how to undo it.
        digest: SHA-256 of the whole content that we wrote, lower-case hex.
        created: whether the file did not exist before.
        mode: for ``owned``: the permission bits that we gave it.
        profile: for ``keys``: the profile that they are in.
        keys: for ``keys`` and ``settings``: what was written.
        hunks: for ``keys`` and ``settings``: the exact inverse, valid while the digest still holds.
        grammar: for ``settings``: how the file is written.
    """

    path: Path
    kind: Kind
    digest: str
    created: bool
    mode: int | None = None
    profile: str | None = None
    keys: tuple[KeyChange, ...] = ()
    hunks: tuple[Hunk, ...] = ()
    grammar: str | None = None


class AnchorRecord(NamedTuple):
    """A corporate CA that was put into the bundle.

    Args:
        fingerprint: SHA-256 of the DER, lower-case hex.
        subject: RFC 4514 text.
        not_after: ISO 8601, UTC.
        verdicts: version of Python, such as ``3.13`` → the lint for which it refuses the CA, or nothing; in
            the order of the versions.
        issuer: RFC 4514 text; empty in receipts of earlier versions.
    """

    fingerprint: str
    subject: str
    not_after: str
    verdicts: tuple[tuple[str, str], ...] = ()
    issuer: str = ""


class EarlierFile(NamedTuple):
    """A file as it was before a run changed it.

    Args:
        path: absolute, symlinks resolved.
        kind: how the run wrote it.
        digest: SHA-256 of the content, lower-case hex, under which a copy of it lies; ``None`` when there was
            no file.
        mode: the permission bits; ``None`` when there was no file.
        owner: user and group id, where they are known.
        left: SHA-256 of what the run made of it; ``None`` where the run deleted it.
    """

    path: Path
    kind: Kind
    digest: str | None
    mode: int | None
    owner: tuple[int, int] | None
    left: str | None


class EarlierSetup(NamedTuple):
    """What the last run replaced.

    Args:
        receipt: as it was before that run.
        files: every file that the run changed, in the order in which it was written.
    """

    receipt: Receipt
    files: tuple[EarlierFile, ...]


class Receipt(NamedTuple):
    """Everything that ``uninstall`` and ``status`` need, and no secret.

    Args:
        version: the version of proxyenv that wrote it.
        state: ``applying`` from before the first file is touched until all are written
            (then it is a journal), ``done`` after that.
        entries: in the order in which the files were written.
        directories: directories that did not exist before, outermost first.
        anchors: the corporate CAs.
        certifi: the version of certifi that the bundle was made from, if it was.
        system: the digest of the operating system's roots that it was made from, if it was.
        profile: the Prefect profile that was written.
        variables: the names of the variables that the env files set.
        stores: the trust stores that got the corporate CAs, in the order in which they did.
        previous: in a journal, the receipt that it supersedes: until the new files are written, the
            old ones are on the machine, and only it knows how to undo them.
        replaced: what ``rollback`` restores, where there is something.
        pools: the work pools whose templates were written.
        off: while `proxyenv off` holds, what it switched off.
        network: where the machine was then, see :func:`proxyenv.machine.resolver.find_network`.
    """

    version: str
    state: Literal["applying", "done"]
    entries: tuple[FileEntry, ...]
    directories: tuple[Path, ...] = ()
    anchors: tuple[AnchorRecord, ...] = ()
    certifi: str | None = None
    system: str | None = None
    profile: str | None = None
    variables: tuple[str, ...] = ()
    stores: tuple[StoreEntry, ...] = ()
    previous: Receipt | None = None
    replaced: EarlierSetup | None = None
    pools: tuple[PoolEntry, ...] = ()
    off: EarlierSetup | None = None
    network: tuple[str, ...] = ()

    @property
    def profiles(self) -> Path | None:
        """The ``profiles.toml`` that was written; ``None`` in a damaged receipt."""
        return next((entry.path for entry in self.entries if entry.profile is not None), None)

    @property
    def restorable(self) -> EarlierSetup | None:
        """What the last run replaced, or one that was killed was about to replace or to restore."""
        if self.replaced is not None:
            return self.replaced
        return self.previous.replaced if self.state == "applying" and self.previous else None


def list_receipts(receipt: Receipt | None) -> Iterator[Receipt]:
    """A receipt, those that it supersedes, and those that ``rollback`` and ``on`` would restore."""
    if receipt is not None:
        yield receipt
        yield from list_receipts(receipt.previous)
        for earlier in (receipt.replaced, receipt.off):
            yield from list_receipts(earlier.receipt if earlier else None)
