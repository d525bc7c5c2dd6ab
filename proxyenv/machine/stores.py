"""The trust stores of this machine, and whether they trust the corporate CAs that are set up."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.stores import STORE_KINDS, render_check
from proxyenv.catalog.stores import find_stores as find_stores_of
from proxyenv.certificates.bundle import render_pem
from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import DiscoveryError, not_installed
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.ownership import find_foreign, find_owners
from proxyenv.model.change import unpack_tree
from proxyenv.model.report import Outcome, Report
from proxyenv.model.store import StoredCertificate, find_our_places

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.report import Status
    from proxyenv.model.store import Check, Store


def find_stores(host: Host, kinds: Collection[str] = STORE_KINDS) -> tuple[Store, ...]:
    """Every store of the kinds that were asked for, each once.

    Where its tool is missing, or others could have written the tool or the store, it has none and says why.
    """
    owners = find_owners(host, is_system=True)
    return tuple(_without_foreign(store, owners) for store in find_stores_of(LocalMachine(host), kinds))


def _without_foreign(store: Store, owners: Collection[int]) -> Store:
    """A store whose programs are root's or the caller's; root runs nobody else's."""
    openssl, keytool = (_unless_foreign(path, owners) for path in (store.openssl, store.keytool))
    store = store._replace(openssl=openssl, keytool=keytool)
    named = [Path(store.tool)] if store.tool else []
    found = find_foreign([*named, *([store.place] if store.place.is_absolute() else [])], owners)
    return store if found is None else store._replace(tool=None, lack=f"{found}: {found.hint}")


def _unless_foreign(program: str | None, owners: Collection[int]) -> str | None:
    return None if program is None or find_foreign([Path(program)], owners) else program


def read_stored_certificates(installation: Installation, layout: Layout) -> tuple[StoredCertificate, ...]:
    """The corporate CAs of an installation, each with the file in ``certs`` that holds it alone.

    Raises:
        DiscoveryError: ``no-corporate-ca``, or ``file-unreadable``.
        TrustError: somebody put something into ``corporate-ca.pem`` that is no certificate.
    """
    state, tree = installation.state(layout.corporate), installation.state(layout.certs)
    if state is None:
        raise DiscoveryError(
            "no-corporate-ca", "no corporate CA is set up", hint="`proxyenv setup --ca FILE` comes first"
        )
    files = {leaf.content: layout.certs / leaf.name for leaf in unpack_tree(tree.content)} if tree else {}
    ders = (block.der for block in parse_blocks(state.content, source=str(layout.corporate)))
    return tuple(
        StoredCertificate(hashlib.sha256(der).hexdigest(), pem.decode("ascii"), files.get(pem))
        for der in ders
        for pem in (render_pem(der),)
    )


def judge_stores(
    installation: Installation, layout: Layout, stores: Iterable[Store], *, passes: Callable[[Check], bool]
) -> Report:
    """One outcome for each store and corporate CA.

    Args:
        installation: what is set up.
        layout: where.
        stores: those to look at.
        passes: asks a store's own tool.

    Raises:
        DiscoveryError: ``not-installed`` or ``no-corporate-ca``.
    """
    if installation.receipt is None:
        raise not_installed()
    names = {anchor.fingerprint: anchor.subject for anchor in installation.receipt.anchors}
    ours = find_our_places(installation.receipt.stores)
    certificates = read_stored_certificates(installation, layout)
    return Report(
        tuple(
            _judge(store, each, names.get(each.fingerprint, each.alias), ours, passes)
            for store in stores
            for each in certificates
        )
    )


def _judge(
    store: Store,
    certificate: StoredCertificate,
    name: str,
    ours: Collection[Path],
    passes: Callable[[Check], bool],
) -> Outcome:
    check = f"store [{store.title}]"
    if store.tool is None:
        return Outcome(check, "skipped", "store-tool-missing", store.lack or "")
    question = render_check(store, certificate)
    if passes(question):
        by = "which proxyenv added" if store.place in ours else "which proxyenv did not add"
        return Outcome(check, "ok", detail=f"trusts `{name}`, {by}")
    detail, hint = f"does not trust `{name}`", f"`proxyenv trust install --store {store.kind}`"
    status: Status = "failed" if store.place in ours else "warning"
    return Outcome(check, status, "store-lacks-ca", detail, hint)
