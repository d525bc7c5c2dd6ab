"""The shells that proxyenv knows. Each is a ``Shell`` value in a module of this package, and is listed here.

Importing this package loads no shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Home, Shell


def load_shells() -> tuple[Shell, ...]:
    """Every shell, in the order in which their env files are written."""
    from proxyenv.catalog.shells import cmd, csh, elvish, fish, nushell, posix, powershell, xonsh

    return (
        *posix.SHELLS,
        fish.FISH,
        csh.TCSH,
        powershell.POWERSHELL,
        cmd.CMD,
        nushell.NUSHELL,
        xonsh.XONSH,
        elvish.ELVISH,
    )


def find_shell(name: str) -> Shell | None:
    """The shell that has this name, its own or another one."""
    return next((shell for shell in load_shells() if name in shell.names), None)


def get_shell(name: str) -> Shell:
    """The shell that has this name.

    Raises:
        KeyError: there is none.
    """
    shell = find_shell(name)
    if shell is None:
        raise KeyError(name)
    return shell


def names_with_rc_files() -> tuple[str, ...]:
    """The shells whose rc files `setup` edits, sorted."""
    return tuple(sorted(shell.name for shell in load_shells() if shell.reads_rc_files))


def rc_candidates(home: Home) -> tuple[Path, ...]:
    """Every rc file that may be edited, each once."""
    return tuple(dict.fromkeys(path for shell in load_shells() for path in shell.rc_candidates(home)))
