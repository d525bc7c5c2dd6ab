"""Standing aside: a receipt becomes a plan that switches off, and one that brings back what it switched off.

What is switched off is kept in one directory, byte for byte, as for ``rollback``; roots, rc files and
`proxyenv.toml` stay. A file of somebody else's that changed meanwhile gets back our part of it alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.model.change import Change, Leaf, Plan, pack_tree
from proxyenv.model.receipt import EarlierSetup, FileEntry, Receipt
from proxyenv.plan.kinds.kind import Existing
from proxyenv.plan.kinds.owned import OWNED, TREE
from proxyenv.plan.kinds.settings import SETTINGS
from proxyenv.plan.links import require_no_links
from proxyenv.plan.removal import find_anchors, known_entries, undo_all
from proxyenv.plan.rollback import Restorer, describe_earlier, drop_tree, leave, read_copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.plan.kinds.kind import Entries

_DIRECTORY: Final = 0o700
_COPY: Final = 0o600
_SAID: Final = "Written by proxyenv; it is off: `proxyenv on` brings back what this file held."


def plan_off(host: Host, installation: Installation, receipt: Receipt) -> Plan:
    """The changes after which new shells and Prefect know nothing of what was set up.

    Args:
        host: the machine.
        installation: what is there.
        receipt: what was written.

    Raises:
        PlanError: ``interrupted-run``: the last run did not end; ``block-damaged``; ``foreign-file``: a link
            took the place of what only proxyenv writes.
        DiscoveryError: ``file-unreadable``.
    """
    if receipt.state != "done":
        raise PlanError(
            "interrupted-run",
            "the last run did not end",
            hint="`proxyenv setup` finishes it; then `proxyenv off`",
        )
    require_no_links(installation, receipt.entries)
    known = known_entries(receipt)
    emptied = tuple(_empty(host, installation, known))
    edited = [entry for entry in receipt.entries if entry.kind == SETTINGS.name]
    undone = undo_all(installation, (known[entry.path] for entry in edited))
    changes = (*(change for change, _ in emptied), *undone.changes)
    files = tuple(describe_earlier(each, each.before) for each in changes if each.before != each.after)
    copies = {each.before.digest: each.before.content for each in changes if each.before is not None}
    place = _find_place(host, installation)
    leaves = (Leaf(each.digest, _COPY, copies[each.digest]) for each in files if each.digest)
    tree = TREE.write(
        Existing(place, installation.state(place), known.get(place, ())),
        pack_tree(dict.fromkeys(leaves)),
        _DIRECTORY,
    )
    rewritten = {entry.path: entry for _, entry in emptied}
    gone = {change.path for change in undone.changes}
    stays = tuple(rewritten.get(entry.path, entry) for entry in receipt.entries if entry.path not in gone)
    done = {change.path for change in changes}
    same = (leave(installation, entry) for entry in stays if entry.path not in done)
    return Plan(
        (tree.change, *same, *changes),
        host.layout.receipt,
        receipt._replace(
            entries=(tree.entry, *stays), off=EarlierSetup(receipt._replace(replaced=None, off=None), files)
        ),
        kept=undone.kept,
        earlier_anchors=find_anchors(installation),
        notes=(*undone.notes, *_stay(host, installation, stays)),
    )


def _find_place(host: Host, installation: Installation) -> Path:
    return installation.links.get(host.layout.standby, host.layout.standby)


def _empty(
    host: Host, installation: Installation, known: Mapping[Path, Entries]
) -> Iterator[tuple[Change, FileEntry]]:
    """Each env file, with a comment alone."""
    for path, entries in known.items():
        state = installation.state(path)
        if entries[0].kind != OWNED.name or not _is_env_file(host, installation, path) or state is None:
            continue
        mark = "@rem" if path.suffix == ".bat" else "#"
        written = OWNED.write(Existing(path, state, entries), f"{mark} {_SAID}\n".encode(), state.mode)
        yield written.change, written.entry


def _is_env_file(host: Host, installation: Installation, path: Path) -> bool:
    directory = host.layout.config
    return path.name.startswith("env.") and any(
        real == path and named.parent == directory for named, real in installation.links.items()
    )


def _stay(host: Host, installation: Installation, entries: tuple[FileEntry, ...]) -> Iterator[str]:
    """Files of tools that only we wrote: they are not switched."""
    ours = (host.layout.config, host.layout.data, host.layout.state)
    named = {real: path for path, real in installation.links.items()}
    for entry in entries:
        path = named.get(entry.path, entry.path)
        if entry.kind == OWNED.name and not any(path.is_relative_to(each) for each in ours):
            yield f"`{path}` stays as it is"


def plan_on(host: Host, installation: Installation, receipt: Receipt) -> Plan:
    """The changes that bring back what :func:`plan_off` switched off.

    Args:
        host: the machine.
        installation: what is there.
        receipt: what says that it is off.

    Raises:
        PlanError: ``copy-damaged``; ``block-damaged`` or ``settings-invalid``; ``foreign-file``: see there.
        DiscoveryError: ``file-unreadable``.
    """
    if receipt.off is None:
        raise PlanError("nothing-to-restore", "proxyenv is not off here")
    require_no_links(installation, (*receipt.entries, *receipt.off.receipt.entries))
    place, known = _find_place(host, installation), known_entries(receipt)
    restorer = Restorer(installation, known, receipt.off, read_copies(installation, place))
    steps = tuple(map(restorer.restore, receipt.off.receipt.entries))
    return Plan(
        (
            *(step.change for step in steps),
            *drop_tree(Existing(place, installation.state(place), known.get(place, ()))),
        ),
        host.layout.receipt,
        receipt.off.receipt._replace(
            entries=tuple(step.entry for step in steps),
            stores=receipt.stores,
            pools=receipt.pools,
            replaced=receipt.replaced,
            previous=None,
        ),
        earlier_anchors=find_anchors(installation),
        notes=tuple(restorer.notes),
    )
