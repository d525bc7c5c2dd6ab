"""Windows: the machine's store ``Root``, by its own ``certutil``, which is not the one of NSS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.trust_store import TrustStore, compute_sha1, get_tool
from proxyenv.model.store import Check, Store, StoreCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import StoredCertificate


def _find(machine: Machine) -> Iterator[Store]:
    if machine.platform == "win32":
        tool = machine.which("certutil")
        yield Store(
            "system",
            "windows",
            Path("Root"),
            "system store (Windows)",
            None if tool is None else str(tool),
            needs_root=not machine.is_root,
        )


def _add(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    return (StoreCommand((get_tool(store), "-addstore", "-f", store.place.name, str(certificate.path))),)


def _drop(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    return (StoreCommand((get_tool(store), "-delstore", store.place.name, compute_sha1(certificate))),)


def _check(store: Store, certificate: StoredCertificate) -> Check:
    command = (get_tool(store), "-verifystore", store.place.name, compute_sha1(certificate))
    return Check(StoreCommand(command), certificate)


STORE: Final = TrustStore(
    name="windows",
    kind="system",
    find=_find,
    check=_check,
    add=_add,
    drop=_drop,
    has_path=False,
    title="Windows",
    means="the machine's store `Root`; `certutil -addstore`",
)
