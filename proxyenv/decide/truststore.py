"""What truststore mode writes, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.formats.pth import HOOK_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings


def find_hooks(findings: Findings, configuration: Configuration) -> tuple[Path, ...]:
    """The file in each environment by which Python there goes through truststore."""
    if not configuration.uses_truststore:
        return ()
    return tuple(dict.fromkeys(site.packages / HOOK_FILE for site in findings.sites))


def truststore_notes(
    findings: Findings, configuration: Configuration, anchors: tuple[Certificate, ...]
) -> Iterator[str]:
    """What is missing for truststore to do its work."""
    if not configuration.uses_truststore:
        return
    store = findings.python_store
    place = f"the operating system's store ({store.place})" if store else "the operating system's store"
    known = store.fingerprints if store else frozenset()
    for anchor in anchors:
        if anchor.fingerprint not in known:
            yield f"{place} does not hold the CA `{anchor.subject}`: `proxyenv trust install` puts it there"
    if not anchors:
        yield f"no corporate CA is given; {place} has to hold it"
    for venv in findings.gone_venvs:
        yield f"the virtual environment `{venv}` is gone, and is passed over"
    for site in findings.sites:
        if not site.has_truststore:
            yield (
                f"`{site.packages}` has no truststore, and without it nothing changes there: "
                f"`{site.python} -m pip install truststore`"
            )
