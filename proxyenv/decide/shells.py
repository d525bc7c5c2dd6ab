"""Which shells source the env file by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.shells import find_shell, names_with_rc_files
from proxyenv.catalog.shells.shell import Home
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Shell
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
    return tuple(sorted({_require_known(name, where=f"`--shell {name}`").name for name in intent.shells}))


def _require_known(name: str, *, where: str) -> Shell:
    shell = find_shell(name)
    if shell is None or not shell.reads_rc_files:
        names = ", ".join(names_with_rc_files())
        raise UsageError("usage", f"{where} is not known", hint=f"the shells are {names}")
    return shell


def choose_rc_files(
    host: Host, findings: Findings, configuration: Configuration
) -> tuple[tuple[Path, str], ...]:
    """Each rc file to edit, symlinks resolved, with the shell that reads it.

    Raises:
        UsageError: ``usage``: `proxyenv.toml` names a shell that is not known.
    """
    if not (configuration.rc and configuration.uses_shell):
        return ()
    installation = findings.installation
    existing = frozenset(path for path, real in installation.links.items() if installation.exists(real))
    home = Home(host.home, host.environment, host.platform)
    chosen: dict[Path, str] = {}
    for name in configuration.shells or host.shells:
        shell = _require_known(name, where=f"the shell `{name}` in `proxyenv.toml`")
        for path in shell.choose_rc_files(home, existing):
            chosen.setdefault(installation.links.get(path, path), shell.name)
    return tuple(chosen.items())
