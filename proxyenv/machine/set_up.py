"""What is set up on this machine, for judging the clients."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import CLIENTS, roots_variables
from proxyenv.catalog.tools import load_tools
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.machine.drift import judge_file, read_overrides
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.tools import find_path, read_conflicts
from proxyenv.machine.truststore import find_python_store
from proxyenv.model.configuration import Configuration
from proxyenv.model.coverage import SetUp
from proxyenv.model.tools import PREFECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.tools import Aspect


def read_set_up(host: Host, installation: Installation, written: Mapping[str, str]) -> SetUp:
    """What the receipt, the files and this process's environment say.

    Args:
        host: the machine.
        installation: the receipt and the files.
        written: the variables of ``env.sh``: name to value.
    """
    saved = installation.configuration or Configuration()
    receipt = installation.receipt
    anchors = frozenset(anchor.fingerprint for anchor in receipt.anchors) if receipt else frozenset()
    conflicts = read_conflicts(
        LocalMachine(host),
        filter(None, (saved.http_proxy, saved.https_proxy, saved.proxy_there)),
        anchors,
        truststore=saved.uses_truststore,
    )
    return SetUp(
        written=written,
        lacking=frozenset(_lacking(host.layout, written)),
        environment=host.environment,
        env_file=str(host.layout.env_file("sh")),
        configured=frozenset(_find_configured(host, installation)),
        store=receipt is not None and _has_store(receipt),
        truststore=saved.uses_truststore,
        hooked=tuple(_hooked(receipt)) if receipt else (),
        conflicts=(
            *(each for each in conflicts if each.tool != PREFECT),
            *read_overrides(host, installation),
        ),
        plugin=saved.uses_plugin,
    )


def _lacking(layout: Layout, written: Mapping[str, str]) -> Iterator[str]:
    """The variables that name a file that is gone; Java's says more than a path."""
    yield from (name for name, _ in roots_variables() if name in written and not _is_file(written[name]))
    store = str(layout.pkcs12)
    asked = {name for client in CLIENTS for name in client.opt_in if store in written.get(name, "")}
    yield from (name for name in asked if not _is_file(store))


def _is_file(path: str | Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - a path that cannot be is none, and raises nothing


def _find_configured(host: Host, installation: Installation) -> Iterator[tuple[str, Aspect]]:
    """The tools whose files still hold what was written, while what they name is there; and what they say."""
    if installation.receipt is None:
        return
    named = (host.layout.bundle, host.layout.pkcs12) if installation.receipt.anchors else ()
    if not all(map(_is_file, named)):
        return
    entries = {entry.path: entry for entry in installation.receipt.entries}
    machine = LocalMachine(host)
    for tool in load_tools():
        for file in tool.files:
            path = find_path(machine, file) if file.says else None
            entry = entries.get(Path(os.path.realpath(path))) if path else None
            if entry and judge_file(entry, installation, host.layout).status == "ok":
                yield from ((tool.name, aspect) for aspect in file.says)


def _has_store(receipt: Receipt) -> bool:
    """Whether the operating system's store has the CAs, whoever put them there."""
    if any(entry.store.kind == "system" for entry in receipt.stores):
        return True
    store = find_python_store()
    return store is not None and {anchor.fingerprint for anchor in receipt.anchors} <= store.fingerprints


def _hooked(receipt: Receipt) -> Iterator[str]:
    """Where the hook finds truststore: without it, it does nothing."""
    for entry in receipt.entries:
        if entry.path.name == HOOK_FILE and (entry.path.parent / "truststore").is_dir():
            yield str(entry.path.parent)
