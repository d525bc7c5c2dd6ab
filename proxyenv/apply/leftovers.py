"""The names under which a killed run may have left something. Pure.

Every temporary name follows from the name that it stands in for, so whoever looks for leftovers
finds all of them without a list, and never mistakes somebody else's file for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIX: Final = ".proxyenv-tmp"
"""What every temporary name ends with."""


def temporary_file(path: Path) -> Path:
    """Where the next content of *path* is prepared: ``.bashrc`` → ``..bashrc.proxyenv-tmp``."""
    return path.with_name(f".{path.name}{SUFFIX}")


def moved_aside(path: Path) -> Path:
    """Where a replaced directory waits to be deleted: ``certs`` → ``.certs.old.proxyenv-tmp``."""
    return temporary_file(path.with_name(f"{path.name}.old"))


def temporary_directory(directory: Path) -> Path:
    """Where the directory *directory* is built or taken down: ``.local`` → ``.local.proxyenv-tmp``."""
    return directory.with_name(f"{directory.name}{SUFFIX}")


def temporary_names(paths: Iterable[Path], directories: Iterable[Path]) -> tuple[Path, ...]:
    """Every name under which a killed run may have left a file or a directory.

    Args:
        paths: the files that a run may have been writing, the receipt among them; absolute, resolved.
        directories: the directories of the installation, existing or not. The killed run may have
            been creating any directory above them too, so those count as well.

    Returns:
        Each name once, existing or not.
    """
    above = (ancestor for directory in directories for ancestor in (directory, *directory.parents))
    names = [temporary_file(path) for path in paths]
    names.extend(temporary_directory(directory) for directory in above if directory.name)
    return tuple(dict.fromkeys(names))
