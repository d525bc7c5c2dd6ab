"""What is set up on this machine, for judging the clients."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import CLIENTS, roots_variables
from proxyenv.catalog.tools import load_tools
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.formats.truth import read_truth
from proxyenv.machine.conflicts import find_lack
from proxyenv.machine.drift import judge_file
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.prefect import find_shadows
from proxyenv.machine.tools import find_path, read_conflicts
from proxyenv.machine.truststore import find_python_store
from proxyenv.model.configuration import Configuration
from proxyenv.model.coverage import SetUp
from proxyenv.model.tools import Conflict

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
        host, filter(None, (saved.http_proxy, saved.https_proxy)), anchors, truststore=saved.uses_truststore
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
        conflicts=(*conflicts, *_shadows(host, anchors)),
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


def _shadows(host: Host, anchors: frozenset[str]) -> Iterator[Conflict]:
    """What names a CA file to Prefect that has not the corporate CA, or stops it from verifying at all."""
    for name, found in find_shadows(host):
        if name == "PREFECT_API_SSL_CERT_FILE" and found.value and not _has(found.value, anchors):
            cause, detail = "shadowed", f"it names `{found.value}` and wins over the profile"
        elif name == "PREFECT_API_TLS_INSECURE_SKIP_VERIFY" and read_truth("prefect", found.value):
            cause, detail = "verification-off", "with it Prefect does not verify certificates"
        else:
            continue
        yield Conflict("Prefect", cause, name, found.provenance, detail, f"remove `{name}`")


def _has(path: str, anchors: frozenset[str]) -> bool:
    return _is_file(path) and find_lack(Path(path), anchors) is None


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
