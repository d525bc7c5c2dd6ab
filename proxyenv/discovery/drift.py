"""Compares the machine with the receipt."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.report import Outcome, Report
from proxyenv.targets.block import has_block
from proxyenv.targets.env_list import parse_env_list
from proxyenv.targets.profile_keys import find_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.file_state import FileState
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import AnchorRecord, Entry, Receipt

_WARN_BEFORE: Final = timedelta(days=30)
_REFRESH: Final = "`proxyenv refresh` writes it anew"


def find_drift(host: Host, installation: Installation, *, now: datetime) -> Report:
    """One outcome for each file, CA and variable that the receipt knows of.

    Args:
        host: the machine; its environment is compared with the env files.
        installation: the receipt and the files.
        now: aware, UTC.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    receipt = installation.receipt
    if receipt is None:
        raise DiscoveryError("not-installed", "nothing is set up here", hint="`proxyenv setup` comes first")
    return Report(
        (
            *_state(receipt),
            *(_file(entry, installation.files.get(entry.path)) for entry in receipt.entries),
            *_certifi(receipt),
            *(_expiry(anchor, now) for anchor in receipt.anchors),
            *_variables(host, installation),
        )
    )


def _state(receipt: Receipt) -> Iterator[Outcome]:
    if receipt.state == "applying":
        hint = "`proxyenv setup` finishes it, `proxyenv uninstall` takes it back"
        yield Outcome("run", "failed", "interrupted", "the last run did not end", hint)


def _file(entry: Entry, state: FileState | None) -> Outcome:
    check = f"file [{entry.path}]"
    if state is None:
        return Outcome(check, "failed", "missing", "the file is gone", _REFRESH)
    if hashlib.sha256(state.content).hexdigest() == entry.digest:
        return Outcome(check, "ok", detail="as written")
    if entry.kind == "owned":
        return Outcome(check, "failed", "modified", "it was changed after it was written", _REFRESH)
    lost = _lost_part(entry, state.content.decode("utf-8", "surrogateescape"))
    if lost:
        return Outcome(check, "failed", "modified", lost, _REFRESH)
    return Outcome(check, "ok", detail="others changed it since; our part is as written")


def _lost_part(entry: Entry, text: str) -> str | None:
    if entry.kind == "block":
        return None if has_block(text) else "the block is gone"
    try:
        found = find_profile(text, entry.profile or "")
    except PlanError as error:
        return error.message
    changed = [change.key for change in entry.keys if found.get(change.key) != change.written]
    return f"changed since: {', '.join(f'`{key}`' for key in changed)}" if changed else None


def _certifi(receipt: Receipt) -> Iterator[Outcome]:
    if receipt.certifi is None:
        return
    installed = metadata.version("certifi")
    if _numbers(installed) == _numbers(receipt.certifi):
        yield Outcome("bundle", "ok", detail=f"made from certifi {receipt.certifi}")
    else:
        detail = f"made from certifi {receipt.certifi}; {installed} is installed"
        yield Outcome("bundle", "failed", "bundle-stale", detail, _REFRESH)


def _numbers(version: str) -> tuple[int, ...]:
    """Certifi writes `2026.02.01`, its metadata say `2026.2.1`."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _expiry(anchor: AnchorRecord, now: datetime) -> Outcome:
    check = f"ca [{anchor.fingerprint[:16]}]"
    not_after = datetime.fromisoformat(anchor.not_after)
    detail = f"{anchor.subject}, valid until {not_after:%Y-%m-%d}"
    hint = "ask for its successor, and set up with `--ca FILE`"
    if not_after < now:
        return Outcome(check, "failed", "ca-has-expired", detail, hint)
    if not_after < now + _WARN_BEFORE:
        return Outcome(check, "warning", "ca-expires", detail, hint)
    return Outcome(check, "ok", detail=detail)


def _variables(host: Host, installation: Installation) -> Iterator[Outcome]:
    """What this shell's environment has, against the env file. Not sourced at all is not a fault."""
    path = host.layout.env_file("list")
    state = installation.files.get(installation.links.get(path, path))
    if state is None:
        return
    written = parse_env_list(state.content.decode("utf-8", "surrogateescape"))
    shadowed = sorted(_shadowed(host.environment, written))
    if shadowed:
        names = ", ".join(f"`{name}`" for name in shadowed)
        hint = f"source `{host.layout.env_file('sh')}` in this shell, or open a new one"
        yield Outcome("environment", "warning", "shadowed", f"this shell has other values for {names}", hint)
    elif all(name in host.environment for name in written):
        yield Outcome("environment", "ok", detail="this shell has the written values")
    else:
        hint = f"source `{host.layout.env_file('sh')}` in this shell, or open a new one"
        yield Outcome(
            "environment", "warning", "not-sourced", "this shell has not sourced the env file", hint
        )


def _shadowed(environment: Mapping[str, str], written: Mapping[str, str]) -> Iterator[str]:
    return (name for name, value in written.items() if environment.get(name, value) != value)
