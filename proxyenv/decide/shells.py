"""Which shells source the env file by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.shells.rc import KIN, SHELLS, rc_files
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent


def choose_shells(intent: Intent) -> tuple[str, ...]:
    """The shells that were asked for, sorted; empty means those that the user has.

    Raises:
        UsageError: ``usage``, for a shell whose rc files are not known.
    """
    if not intent.is_ordered("shells"):
        return intent.shells
    shells = {KIN.get(shell, shell): shell for shell in intent.shells}
    for shell, given in shells.items():
        if shell not in SHELLS:
            names = ", ".join(SHELLS)
            raise UsageError("usage", f"`--shell {given}` is not known", hint=f"the shells are {names}")
    return tuple(sorted(shells))


def choose_rc_files(
    host: Host, findings: Findings, configuration: Configuration
) -> tuple[tuple[Path, str], ...]:
    """Each rc file to edit, symlinks resolved, with the shell that reads it."""
    if not (configuration.rc and configuration.uses_shell):
        return ()
    installation = findings.installation
    existing = frozenset(path for path, real in installation.links.items() if installation.exists(real))
    chosen: dict[Path, str] = {}
    for shell in configuration.shells or host.shells:
        for path in _rc_files(host, shell, existing):
            chosen.setdefault(installation.links.get(path, path), shell)
    return tuple(chosen.items())


def _rc_files(host: Host, shell: str, existing: frozenset[Path]) -> tuple[Path, ...]:
    return rc_files(shell, host.home, host.environment, platform=host.platform, existing=existing)
