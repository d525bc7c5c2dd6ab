"""What proxyenv knows of each trust store: one module per store, which owns every fact.

To add a store, write its module with a value ``STORE`` and add the module's name to the list below;
then run ``scripts/tables``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from proxyenv.catalog.stores.trust_store import TrustStore
    from proxyenv.model.machine import Machine
    from proxyenv.model.store import Check, Store, StoreChange, StoredCertificate, StoreEntry

MODULES: Final = {
    "system": ("fedora", "arch", "suse", "alpine", "debian", "macos", "windows"),
    "nss": ("nss",),
    "java": ("java",),
}
"""What ``--store`` takes → the modules; the first of ``system`` that is found is the store of the machine."""

STORE_KINDS: Final = tuple(MODULES)
"""What ``--store`` takes, in the order in which stores are written."""


@cache
def load_stores() -> tuple[TrustStore, ...]:
    """Every store, in the order of the list; the modules are imported at the first call."""
    names = (name for modules in MODULES.values() for name in modules)
    stores: tuple[TrustStore, ...] = tuple(import_module(f"{__name__}.{name}").STORE for name in names)
    return stores


def get_trust_store(store: Store) -> TrustStore:
    """What is known of a store that was found, or that a receipt names.

    Raises:
        DiscoveryError: ``receipt-invalid``: a store that is not known here, or that is somewhere else.
    """
    known = next((each for each in load_stores() if each.name == store.family), None)
    if known is not None and store.kind in STORE_KINDS and known.has_path == store.place.is_absolute():
        return known
    raise DiscoveryError(
        "receipt-invalid",
        f"the receipt names a trust store that is not known: `{store.family}` in `{store.place}`",
        hint="upgrade proxyenv, if a newer version wrote the receipt",
    )


def find_stores(machine: Machine, kinds: Collection[str] = STORE_KINDS) -> Iterator[Store]:
    """Every store of the kinds that were asked for, each once; the value says if its tool is missing."""
    for kind in STORE_KINDS:
        if kind in kinds:
            found = (store for known in load_stores() if known.kind == kind for store in known.find(machine))
            yield from islice(found, 1) if kind == "system" else found


def render_installation(entry: StoreEntry) -> StoreChange:
    """What puts the certificates of *entry* into its store.

    Raises:
        ValueError: this machine lacks the store's tool.
    """
    return get_trust_store(entry.store).render_installation(entry)


def render_removal(entry: StoreEntry) -> StoreChange:
    """What takes the certificates of *entry* out of its store again.

    Raises:
        DiscoveryError: ``receipt-invalid``: the store is not known.
    """
    return get_trust_store(entry.store).render_removal(entry)


def render_check(store: Store, certificate: StoredCertificate) -> Check:
    """What asks the store's own tool for one certificate.

    Raises:
        ValueError: this machine lacks the store's tool.
    """
    return get_trust_store(store).check(store, certificate)
