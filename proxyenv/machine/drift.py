"""Compares the machine with the receipt."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import read_content
from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.distributions import find_integrations, find_version
from proxyenv.machine.installation import digest_written, find_written, missing_receipt
from proxyenv.machine.prefect import has_settings_here
from proxyenv.machine.pythons import find_pythons
from proxyenv.machine.verdicts import judge_anchors
from proxyenv.model.host import find_local_path
from proxyenv.model.installation import describe_unsourced, find_lacking
from proxyenv.model.report import Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.pool import PoolEntry
    from proxyenv.model.receipt import FileEntry, Receipt
    from proxyenv.model.store import StoreEntry
    from proxyenv.model.tools import Conflict

_ROOTS: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_REFRESH: Final = "`proxyenv refresh` writes it again"


def find_drift(
    host: Host, installation: Installation, *, now: datetime, targets: tuple[str, ...] | None = None
) -> Report:
    """One outcome for each file, CA and variable that the receipt knows of.

    Args:
        host: the machine; its environment is compared with the env files.
        installation: the receipt and the files.
        now: aware, UTC.
        targets: versions of Python to judge the CAs for too; ``None`` for those of the configuration.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    files = judge_files(host, installation, now=now, targets=targets)
    return Report((*files, *(() if host.for_all else _variables(host, installation))))


def judge_files(
    host: Host,
    installation: Installation,
    *,
    now: datetime,
    pythons: tuple[str, ...] = (),
    targets: tuple[str, ...] | None = None,
) -> tuple[Outcome, ...]:
    """What was written, against the receipt and what it was made from; this shell plays no part.

    Args:
        host: the machine.
        installation: the receipt and the files.
        now: aware, UTC.
        pythons: the interpreters that run the user's flows; none: the one that most probably does.
        targets: versions of Python to judge the CAs for too; ``None`` for those of the configuration.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    receipt = installation.receipt
    if receipt is None:
        raise missing_receipt(host, installation)
    return (
        *judge_run(receipt),
        *(
            judge_file(entry, installation, host.layout)
            for entry in receipt.entries
            if not _is_closed(entry, host)
        ),
        *judge_certifi(receipt),
        *judge_system(receipt),
        *judge_anchors(host, installation, now=now, pythons=pythons, targets=targets),
        *judge_sources(host, installation, receipt, now),
        *judge_policy(host, installation),
        *(_store(entry, receipt) for entry in receipt.stores),
        *_pools(host, installation, receipt),
        *_jobs(host, installation, receipt, pythons),
    )


def _is_closed(entry: FileEntry, host: Host) -> bool:
    """Whether it is for root alone to compare: the copies of what the last run replaced."""
    return host.for_all and not host.is_root and entry.path.name == host.layout.copies.name


def judge_run(receipt: Receipt) -> Iterator[Outcome]:
    """Whether the last run ended."""
    if receipt.state == "applying":
        back = "rollback" if receipt.restorable else "uninstall"
        hint = f"`proxyenv setup` finishes it, `proxyenv {back}` takes it back"
        yield Outcome("run", "failed", "interrupted", "the last run did not end", hint)


def judge_standing(installation: Installation) -> Outcome | None:
    """That it is off, by `proxyenv off`; ``None`` where it is on."""
    if installation.receipt is None or installation.receipt.off is None:
        return None
    detail = "proxyenv is off: new shells and Prefect have neither its proxy nor its CA"
    return Outcome("standing", "warning", "switched-off", detail, "`proxyenv on` brings them back")


def judge_file(entry: FileEntry, installation: Installation, layout: Layout) -> Outcome:
    """Whether one file is as it was written, or our part of it is."""
    check = f"file [{entry.path}]"
    if _is_as_written(entry, installation):
        return Outcome(check, "ok", detail="as written")
    from proxyenv.machine.damage import find_damage

    damage = find_damage(entry, installation, layout)
    if damage is None:
        return Outcome(check, "ok", detail="others changed it since; our part is as written")
    if entry.path == installation.links.get(layout.copies):
        detail = f"{damage.detail}; `rollback` cannot restore it, and nothing else reads it"
        return Outcome(check, "warning", damage.cause, detail, "`proxyenv refresh` forgets it")
    return Outcome(check, "failed", *damage)


def _is_as_written(entry: FileEntry, installation: Installation) -> bool:
    try:
        state = installation.state(entry.path)
    except DiscoveryError:
        return False
    is_same = state is not None and state.digest == entry.digest and entry.mode in {None, state.mode}
    return is_same and not os.path.islink(entry.path)  # noqa: PTH114 - never raises


def judge_certifi(receipt: Receipt) -> Iterator[Outcome]:
    """Whether the bundle was made from the certifi that is installed."""
    if receipt.certifi is None:
        return
    installed = find_version("certifi") or ""
    if _numbers(installed) == _numbers(receipt.certifi):
        yield Outcome("bundle", "ok", detail=f"made from certifi {receipt.certifi}")
    else:
        detail = f"made from certifi {receipt.certifi}; {installed} is installed"
        yield Outcome("bundle", "failed", "bundle-stale", detail, _REFRESH)


def judge_system(receipt: Receipt) -> Iterator[Outcome]:
    """Whether the operating system's roots are those that the bundle was made from."""
    if receipt.system is None:
        return
    from proxyenv.machine.roots import read_system_roots

    try:
        store = read_system_roots()
        is_same, detail = store.digest == receipt.system, f"made from {store.source}"
    except (DiscoveryError, TrustError) as error:
        is_same, detail = False, error.message
    if is_same:
        yield Outcome("bundle", "ok", detail=detail)
    else:
        detail = f"{detail}, which has changed since"
        yield Outcome("bundle", "failed", "system-store-changed", detail, _REFRESH)


def judge_sources(
    host: Host, installation: Installation, receipt: Receipt, now: datetime
) -> Iterator[Outcome]:
    """Whether the files that ``--ca`` named still hold the CAs that were taken from them."""
    paths = installation.configuration.ca if installation.configuration else ()
    known = {anchor.fingerprint: anchor.subject for anchor in receipt.anchors}
    files = {path: _find_file(path, host) for path in paths}
    if not paths or _find_fingerprints(files) == known.keys():
        return
    found = _find_given(files, host, now)
    if not found or found.keys() == known.keys():
        return
    from proxyenv.machine.ownership import find_foreign_ca

    with contextlib.suppress(PermissionError):  # of a file that only root can look at, for all users
        if find_foreign_ca(paths, host):  # which no `refresh` reads again
            return
    yield describe_rotation(known, found)


def describe_rotation(known: Mapping[str, str], found: Mapping[str, str]) -> Outcome:
    """Which CAs came and which went; each fingerprint leads to the subject, set up and now."""
    came = [f"`{found[each]}` ({each[:16]}…) came" for each in sorted(found.keys() - known.keys())]
    went = [f"`{known[each]}` ({each[:16]}…) went" for each in sorted(known.keys() - found.keys())]
    return Outcome("ca", "failed", "ca-changed", ", ".join((*came, *went)), _REFRESH)


def judge_policy(host: Host, installation: Installation) -> Iterator[Outcome]:
    """Whether a fleet's policy that is not pinned is as it was followed; where it is gone, its copy is."""
    saved = installation.configuration
    if saved is None or saved.policy is None or saved.policy_digest is not None:
        return
    try:
        content, copy = read_content(Path(saved.policy)), installation.state(host.layout.policy)
    except (OSError, DiscoveryError):
        return
    if copy is None or copy.content != content:
        detail = f"`{saved.policy}` changed since it was followed"
        yield Outcome("policy", "failed", "policy-changed", detail, "`proxyenv refresh` follows it")


def _find_file(text: str, host: Host) -> Path | None:
    """The file that a saved ``--ca`` names; ``None`` for the system's store and what is not here."""
    path = None if text == "system" else find_local_path(text, host.platform)
    return host.absolute(path) if path else None


def _find_fingerprints(files: Mapping[str, Path | None]) -> set[str] | None:
    """What plain files of certificates hold; ``None`` when it takes more than a glance to tell."""
    try:
        contents = {name: read_content(file) for name, file in files.items() if file}
        blocks = [each for path, data in contents.items() for each in parse_blocks(data, source=path)]
    except (OSError, TrustError):
        return None
    if len(contents) < len(files):
        return None
    return {block.fingerprint for block in blocks}


def _find_given(files: Mapping[str, Path | None], host: Host, now: datetime) -> dict[str, str]:
    """The subjects in what was named, by fingerprint; nothing when some of it cannot be read today."""
    if not all(name == "system" or (file and os.path.exists(file)) for name, file in files.items()):  # noqa: PTH110 - never raises
        return {}  # a URL among them
    from proxyenv.machine.ca_sources import read_given

    try:
        found = read_given(tuple(files), host=host, now=now)
    except (DiscoveryError, TrustError):
        return {}  # `refresh` says what is wrong with it; what was written from it still serves
    return {each.value.fingerprint: each.value.subject for each in found}


def _store(entry: StoreEntry, receipt: Receipt) -> Outcome:
    """What the receipt alone can say; the stores' own tools take seconds to ask."""
    check = f"store [{entry.store.title}]"
    wanted = {anchor.fingerprint for anchor in receipt.anchors}
    if {each.fingerprint for each in entry.certificates} <= wanted:
        return Outcome(check, "ok", detail="got the CA; `proxyenv trust status` asks its own tool")
    hint = f"`proxyenv trust install --store {entry.store.kind}` replaces it"
    return Outcome(check, "failed", "ca-changed", "holds a CA that is no longer set up", hint)


def _jobs(
    host: Host, installation: Installation, receipt: Receipt, pythons: tuple[str, ...]
) -> Iterator[Outcome]:
    """What is wrong in the jobs of workers here; a machine whose pools were patched has been told."""
    if receipt.pools:
        return
    saved = installation.configuration
    paths = pythons or (find_pythons(host, (), saved.venvs if saved else ()).chosen[0].path,)
    concerned = dict.fromkeys(filter(None, map(find_integrations, paths)))
    if not concerned:
        return
    from proxyenv.machine.integrations import read_job_sources
    from proxyenv.model.jobs import API_ROOTS, find_job_faults

    named = any(API_ROOTS in key.key for entry in receipt.entries for key in entry.keys)
    bundle = str(host.layout.bundle) if named else None
    faults = (each for found in concerned for each in find_job_faults(read_job_sources(host, found), bundle))
    for each in dict.fromkeys(faults):
        yield Outcome("jobs", "warning", each.cause, each.detail, each.hint)


def _pools(host: Host, installation: Installation, receipt: Receipt) -> Iterator[Outcome]:
    """What the receipt alone can say; only the API knows what the templates are now."""
    if not receipt.pools:
        return
    with contextlib.suppress(DiscoveryError):  # damage, which is said of the file
        made_from = digest_written(installation, host.layout)
        yield from (_pool(entry, made_from) for entry in receipt.pools)


def _pool(entry: PoolEntry, made_from: str | None) -> Outcome:
    check = f"pool [{entry.pool}]"
    if entry.is_outdated(made_from):
        detail = f"its template at `{entry.api}` has what was set up here before"
        return Outcome(check, "failed", "jobs-get-old-settings", detail, f"`{entry.command}`")
    detail = f"has our variables in its template at `{entry.api}`; `pool show` compares"
    return Outcome(check, "ok", detail=detail)


def _numbers(version: str) -> tuple[int, ...]:
    """Certifi writes `2026.02.01`, its metadata say `2026.2.1`."""
    return tuple(int(part) for part in version.split(".") if re.fullmatch(r"[0-9]{1,9}", part))


def _variables(host: Host, installation: Installation) -> Iterator[Outcome]:
    """Whether this shell has sourced the env file. Not sourced at all is not a fault."""
    receipt, written = installation.receipt, find_written(installation, host.layout)
    if receipt is None or not written:  # damage, which is said of the file
        return
    lacking = find_lacking(written, host.environment)
    others = tuple(name for name in written if name not in host.environment)
    if not lacking and not others:
        yield Outcome("environment", "ok", detail="this shell has the written variables")
        return
    said = describe_unsourced(lacking or others, host.layout)
    yield Outcome("environment", "warning", "not-sourced", *said)


def read_overrides(
    host: Host, installation: Installation, environment: Mapping[str, str] | None = None
) -> tuple[Conflict, ...]:
    """Everything that beats a written value in a process, and whether flows fail by it.

    A process that has not sourced the env file is another matter: of its variables nothing is said, as
    sourcing settles them.

    Args:
        host: the machine; the process is in its directory.
        installation: the receipt, the configuration and the files; nothing is said of damaged ones.
        environment: of the process; by default that of this one.
    """
    receipt, saved = installation.receipt, installation.configuration
    process = host.environment if environment is None else environment
    if receipt is None or saved is None or not _may_override(host, installation, receipt, process):
        return ()
    from proxyenv.machine.overrides import judge_process

    return judge_process(host, installation, saved, receipt, process)


def _may_override(
    host: Host, installation: Installation, receipt: Receipt, environment: Mapping[str, str]
) -> bool:
    """Whether there is anything to judge: on most machines there is not, and judging costs time."""
    written = find_written(installation, host.layout) or {}
    for name, value in environment.items():
        is_read = name in receipt.variables or name.lower().endswith("_proxy") or name in _ROOTS
        if (is_read or name.upper().startswith("PREFECT_")) and written.get(name) != value:
            return True
    return has_settings_here(host)
