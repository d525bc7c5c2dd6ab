"""macOS: the system's keychain, by ``security``, which every macOS has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores.trust_store import TrustStore, compute_sha1, get_tool, needs_root
from proxyenv.model.store import Check, Store, StoreCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine
    from proxyenv.model.store import StoredCertificate

_KEYCHAIN: Final = Path("/Library/Keychains/System.keychain")


def _find(machine: Machine) -> Iterator[Store]:
    if machine.platform == "darwin":
        root = needs_root(machine, _KEYCHAIN)
        yield Store(
            "system", "macos", _KEYCHAIN, "system store (macOS)", "/usr/bin/security", needs_root=root
        )


def _add(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    trust = ("add-trusted-cert", "-d", "-r", "trustRoot", "-k", str(store.place))
    return (StoreCommand((get_tool(store), *trust, str(certificate.path))),)


def _drop(store: Store, certificate: StoredCertificate) -> tuple[StoreCommand, ...]:
    command = (get_tool(store), "delete-certificate", "-t", "-Z", compute_sha1(certificate), str(store.place))
    return (StoreCommand(command),)


def _check(store: Store, certificate: StoredCertificate) -> Check:
    command = StoreCommand((get_tool(store), "find-certificate", "-a", "-p", str(store.place)))
    return Check(command, certificate, "pem")


STORE: Final = TrustStore(
    name="macos",
    kind="system",
    find=_find,
    check=_check,
    add=_add,
    drop=_drop,
    title="macOS",
    means=f"`{_KEYCHAIN}`; `security add-trusted-cert`",
)
