"""Which shells source the env file by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import UsageError
from proxyenv.targets.rc import SHELLS, rc_files

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.request import Request


def choose_shells(request: Request, saved: Configuration) -> tuple[str, ...]:
    """The shells that were asked for, sorted; empty means those that the user has.

    Raises:
        UsageError: ``usage``, for a shell whose rc files are not known.
    """
    for shell in request.shells:
        if shell not in SHELLS:
            names = ", ".join(SHELLS)
            raise UsageError("usage", f"`--shell {shell}` is not known", hint=f"the shells are {names}")
    return tuple(sorted(set(request.shells))) or saved.shells


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
        for path in rc_files(shell, host.home, host.environment, existing=existing):
            chosen.setdefault(installation.links.get(path, path), shell)
    return tuple(chosen.items())
