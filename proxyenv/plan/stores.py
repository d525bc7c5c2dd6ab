"""Trust stores as changes: corporate CAs into those that lack them, and out of those where we put them.

What only root may write is refused before anything is done, files of the system too.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.stores import STORE_KINDS, get_trust_store, render_installation, render_removal
from proxyenv.catalog.tools.apt import DROP_IN
from proxyenv.errors import DiscoveryError, needs_root
from proxyenv.model.store import StoreEntry, find_our_places
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from proxyenv.model.change import Plan
    from proxyenv.model.host import Host
    from proxyenv.model.store import Store, StoreChange, StoredCertificate


_OF_THIS_PROGRAM: Final = ("PROXYENV_HOME", "PYTHONPATH")
"""What decides where an installation and this package are, beside what the catalogue asks for."""


class StorePlan(NamedTuple):
    """What will be done to trust stores.

    Args:
        changes: in order; a store that gets other certificates first loses the old ones.
        notes: what the user should know before agreeing, a sentence each.
    """

    changes: tuple[StoreChange, ...]
    notes: tuple[str, ...] = ()


def plan_installation(
    stores: Iterable[Store],
    certificates: tuple[StoredCertificate, ...],
    entries: Iterable[StoreEntry],
    *,
    has: Callable[[Store, StoredCertificate], bool],
) -> StorePlan:
    """Put *certificates* into every store that lacks one.

    Args:
        stores: where.
        certificates: the corporate CAs of today.
        entries: what earlier runs put where.
        has: asks a store's own tool whether it trusts a certificate.

    Raises:
        PlanError: ``needs-root``.
    """
    entries = tuple(entries)
    known = {entry.store.place: entry for entry in entries}
    ours = find_our_places(entries)
    changes: list[StoreChange] = []
    notes: list[str] = []
    for store in stores:
        if store.tool is None:
            notes.append(f"{store.title} is left unchanged: {store.lack}")
            continue
        entry = known.get(store.place)
        is_same = entry is not None and set(entry.certificates) == set(certificates)
        if is_same and all(has(store, each) for each in certificates):
            continue
        if entry is not None:
            changes.append(render_removal(_at(entry, store)))
            missing = certificates
        else:
            missing = tuple(each for each in certificates if not has(store, each))
        if missing:
            changes.append(render_installation(StoreEntry(store, missing)))
        elif store.place not in ours:
            notes.append(
                f"{store.title} already trusts the CA, which proxyenv did not add, and is left unchanged"
            )
    return StorePlan(tuple(changes), tuple(notes))


def plan_store_removal(
    entries: Iterable[StoreEntry],
    kinds: Collection[str],
    *,
    found: Iterable[Store],
    exists: Callable[[Path], bool],
) -> StorePlan:
    """Take out what was put in, in reverse order. A store that is gone is only forgotten.

    Args:
        entries: what the receipt knows.
        kinds: the kinds of store that are meant.
        found: the stores as they are today.
        exists: whether there is anything at a path.

    Raises:
        DiscoveryError: ``receipt-invalid``: the receipt names a store that is not known or not found, or a
            file that the store's tool does not rewrite.
    """
    today = {store.place: store for store in found}
    chosen = []
    for entry in entries:
        get_trust_store(entry.store)  # also of one that was not asked for: it must not be passed over
        if entry.store.kind in kinds:
            chosen.append(entry)
    return StorePlan(
        tuple(
            render_removal(_find_today(entry, today.get(entry.store.place), exists))
            for entry in reversed(chosen)
        )
    )


def _find_today(entry: StoreEntry, store: Store | None, exists: Callable[[Path], bool]) -> StoreEntry:
    """The entry with the store as the catalogue finds it today: the receipt does not say what is run."""
    place = entry.store.place
    if store is not None and (store.kind, store.family) == (entry.store.kind, entry.store.family):
        return _at(entry, store)
    if store is None and place.is_absolute() and not exists(place):
        gone = entry.store._replace(tool=None, openssl=None, keytool=None, needs_root=False)
        return entry._replace(store=gone, witnesses=())
    raise DiscoveryError(
        "receipt-invalid",
        f"the receipt names a trust store that is not found on this machine: `{place}`; nothing was changed",
        hint=get_trust_store(entry.store).find_again(place),
    )


def require_rights(host: Host, changes: Iterable[StoreChange], *, python: str, verb: str) -> None:
    """Refuse what only root may do before anything is done, and name the exact command.

    Args:
        host: the machine.
        changes: the plan.
        python: the interpreter, absolute.
        verb: what to run again, such as ``trust install``.

    Raises:
        PlanError: ``needs-root``.
    """
    stores = [change.entry.store for change in changes]
    closed = [] if host.is_root else [store for store in stores if store.needs_root]
    if not closed:
        return
    titles = " and ".join(dict.fromkeys(store.title for store in closed))
    command = f"{render_invocation(host, python=python)} {verb}{_options(closed)}{_prefix(host)}"
    rest = _options(store for store in stores if store.kind not in {each.kind for each in closed})
    others = f"; the others need no root: `proxyenv {verb}{rest}{_prefix(host)}`" if rest else ""
    raise needs_root(titles, "nothing was changed", hint=f"`{command}`{others}")


def _options(stores: Iterable[Store]) -> str:
    kinds = {store.kind for store in stores}
    return "".join(f" --store {kind}" for kind in STORE_KINDS if kind in kinds)


def render_invocation(host: Host, *, python: str) -> str:
    """How root runs this program for the same home and package."""
    return f"sudo {shlex.join([*_surroundings(host), python, '-P', '-m', 'proxyenv'])}"


def _surroundings(host: Host) -> Iterator[str]:
    """What ``sudo`` drops; an installation for all users does not depend on it, but for this package."""
    if not host.for_all:
        from proxyenv.catalog.locating import find_locating

        yield f"HOME={host.home}"
        yield from (f"{name}={value}" for name, value in find_locating(host).items())
    yield from (f"{name}={value}" for name in _OF_THIS_PROGRAM if (value := host.environment.get(name)))


def _prefix(host: Host) -> str:
    layout = host.layout
    return f" --prefix {shlex.quote(str(layout.state))}" if layout.config == layout.state else ""


def _at(entry: StoreEntry, store: Store) -> StoreEntry:
    """The entry with the store as it is today; the list of files that its installation rewrote is kept."""
    rewrites = get_trust_store(store).rewrites
    other = next((each.path for each in entry.witnesses if not rewrites(store, each.path)), None)
    if other is not None:
        raise DiscoveryError(
            "receipt-invalid",
            f"the receipt names `{other}`, which the tool of {store.title} does not rewrite; "
            "nothing was changed",
        )
    return entry._replace(store=store._replace(witnesses=entry.store.witnesses))


def require_root(host: Host, plan: Plan, *, python: str, arguments: tuple[str, ...]) -> None:
    """Refuse a plan that writes a file of the system, unless this is root, and say the exact command.

    Args:
        host: the machine.
        plan: what would be done.
        python: the interpreter, absolute.
        arguments: what root has to run, without the program's name.

    Raises:
        PlanError: ``needs-root``.
    """
    if host.is_root or all(change.path != DROP_IN for change in plan.pending):
        return
    others = any(change.path != DROP_IN for change in plan.pending)
    first = "first without `--configure apt`, then " if others and "--configure" in arguments else ""
    prefix = ("--prefix", str(host.layout.state)) if host.layout.config == host.layout.state else ()
    command = f"{render_invocation(host, python=python)} {shlex.join((*arguments, *prefix))}"
    raise needs_root(f"`{DROP_IN}`", "nothing was changed", hint=f"{first}`{command}`")
