"""What proxyenv knows of each shell: one module per language, which owns every fact about its shells.

To add a shell, write its module with a value ``SHELLS`` and add the module's name to the list below; then run
`scripts/tables`, which adds its names to the command line and to docs/shells.md.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.catalog.shells.shell import Home, Shell

MODULES: Final = ("posix", "fish", "csh", "powershell", "cmd", "nushell", "xonsh", "elvish")
"""The modules, in the order in which the env files are written."""


@cache
def load_shells() -> tuple[Shell, ...]:
    """Every shell, in the order of the list; the modules are imported at the first call."""
    return tuple(shell for name in MODULES for shell in import_module(f"{__name__}.{name}").SHELLS)


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


def find_files_for_all(exists: Callable[[Path], bool]) -> tuple[tuple[str, Path], ...]:
    """Each shell that reads a file for every user of this machine, with the file.

    Args:
        exists: whether something is there.
    """
    found = ((shell.name, shell.find_file_for_all(exists)) for shell in load_shells())
    return tuple((name, path) for name, path in found if path is not None)


def list_files_for_all() -> tuple[Path, ...]:
    """Every file that some shell reads for every user of some system."""
    return tuple(dict.fromkeys(Path(file) for shell in load_shells() for _, file in shell.for_all))


def rc_candidates(home: Home) -> tuple[Path, ...]:
    """Every rc file that may be edited, each once."""
    return tuple(dict.fromkeys(path for shell in load_shells() for path in shell.rc_candidates(home)))
