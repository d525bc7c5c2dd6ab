"""What a trust store is: a :class:`TrustStore` holds every fact; other rooms walk over such values.

Pure: what it does to a store is commands and files, as :class:`~proxyenv.model.store.StoreChange`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from proxyenv.model.store import Check, StoreChange, StoreCommand
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import Store, StoredCertificate, StoreEntry

    Render = Callable[[Store, StoredCertificate], tuple[StoreCommand, ...]]


def _render_nothing(_store: Store, _certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    return ()


def _rewrites_known(store: Store, path: Path) -> bool:
    return path in store.witnesses


def _suggest_nothing(_place: Path) -> str | None:
    return None


class TrustStore(NamedTuple):
    """Everything that proxyenv knows of one kind of trust store.

    Args:
        name: what receipts call it.
        kind: what ``--store`` calls it.
        find: the stores of this kind that a machine has.
        check: what asks the store's own tool whether it trusts a certificate.
        prove: what asks whether a certificate stands there under our name; ``None``: names are not known.
        add: the commands for each certificate to put in.
        drop: the commands for each certificate to take out.
        refresh: the arguments with which the tool rebuilds the store, after either; ``None``: it need not.
        rewrites: whether a file is one that the tool rewrites as a whole, today or at another time.
        find_again: what to type where a receipt names a place in which *find* looks no more.
        has_files: whether each certificate is a file of its own in the store's place.
        has_path: whether the store's place is a path; on Windows it is a name.
        title: whose store it is, for docs/trust-stores.md.
        means: what is written and run, for the documentation.
        tested: how we know that it works, for the documentation.
    """

    name: str
    kind: str
    find: Callable[[Machine], Iterable[Store]]
    check: Callable[[Store, StoredCertificate], Check]
    prove: Callable[[Store, StoredCertificate], Check] | None = None
    add: Render = _render_nothing
    drop: Render = _render_nothing
    refresh: tuple[str, ...] | None = None
    rewrites: Callable[[Store, Path], bool] = _rewrites_known
    find_again: Callable[[Path], str | None] = _suggest_nothing
    has_files: bool = False
    has_path: bool = True
    title: str = ""
    means: str = ""
    tested: str = "the commands are tested as text only"

    def render_installation(self, entry: StoreEntry) -> StoreChange:
        """What puts the certificates of *entry* into its store.

        Raises:
            ValueError: this machine lacks the store's tool.
        """
        put = tuple((path, each.pem.encode("ascii")) for path, each in self._files(entry))
        return StoreChange("install", entry, self._commands(self.add, entry), self._checks(entry), put=put)

    def render_removal(self, entry: StoreEntry) -> StoreChange:
        """What takes the certificates of *entry* out of its store again; nothing to run without a tool."""
        delete = tuple(path for path, _ in self._files(entry))
        if entry.store.tool is None:
            return StoreChange("remove", entry, (), (), delete=delete)
        return StoreChange(
            "remove", entry, self._commands(self.drop, entry), self._checks(entry), delete=delete
        )

    def _files(self, entry: StoreEntry) -> Iterator[tuple[Path, StoredCertificate]]:
        if self.has_files:
            yield from ((entry.store.place / f"{each.alias}.crt", each) for each in entry.certificates)

    def _commands(self, render: Render, entry: StoreEntry) -> tuple[StoreCommand, ...]:
        each = tuple(
            command for certificate in entry.certificates for command in render(entry.store, certificate)
        )
        return each if self.refresh is None else (*each, StoreCommand((get_tool(entry.store), *self.refresh)))

    def _checks(self, entry: StoreEntry) -> tuple[Check, ...]:
        return tuple(self.check(entry.store, each) for each in entry.certificates)


def get_tool(store: Store) -> str:
    """The program that writes a store.

    Raises:
        ValueError: this machine lacks it.
    """
    if store.tool is None:
        raise ValueError(f"no tool for {store.title}")
    return store.tool


def needs_root(machine: Machine, path: Path) -> bool:
    """Whether this process may not replace *path*: its directory counts, since a rename does it."""
    return not (machine.may_write(path) and machine.may_write(path.parent))


def render_fed(argv: tuple[str, ...], certificate: StoredCertificate) -> StoreCommand:
    """A command that reads the certificate from standard input."""
    return StoreCommand(argv, stdin=certificate.pem, source=certificate.path)


def compute_sha1(certificate: StoredCertificate) -> str:
    """The name by which macOS and Windows find a certificate, upper-case hex. It decides nothing."""
    body = "".join(line for line in certificate.pem.splitlines() if not line.startswith("-"))
    return hashlib.sha1(base64.b64decode(body), usedforsecurity=False).hexdigest().upper()
