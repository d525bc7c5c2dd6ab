"""What may be copied into the files of somebody else's home: nothing that its owner could not read.

A user's own ``proxyenv.toml`` says what is read, and root can read everything. What root typed counts as
meant, where nobody else can have made it lead elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.bounded import resolve_path
from proxyenv.machine.config_directory import find_user_directory
from proxyenv.machine.ownership import find_foreign, find_owners

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.host import Host


def is_somebody_elses(host: Host) -> bool:
    """Whether the home is neither root's nor of who runs this, or called ``sudo``."""
    owners = find_owners(host, is_system=True)
    owner = _find_home_owner(host)
    return bool(owners) and owner is not None and owner not in owners


def may_reach_home(path: Path, status: os.stat_result, host: Host, *, is_given: bool) -> bool:
    """Whether what a file holds may be copied into the home.

    Args:
        path: as it was named, absolute.
        status: of the file that was opened: something else may lie there by now.
        host: the machine.
        is_given: whether the command line names it.
    """
    owner = _find_home_owner(host)
    if not host.is_root or owner in {None, 0, status.st_uid}:
        return True
    if is_given and find_foreign((path,), find_owners(host, is_system=True)) is None:
        return True
    return _is_open_to_all(path, status)


def find_led_away(host: Host, files: Iterable[Path]) -> tuple[Path, Path] | None:
    """What a link of the home's owner leads to places that are not theirs: its name, and where it leads.

    Args:
        host: the machine.
        files: of the installation, in its directories with every symlink followed.
    """
    owner = _find_home_owner(host)
    if not host.is_root or owner is None or owner == 0:
        return None
    named = (Path(find_user_directory(kind)) for kind in ("config", "data", "state"))
    used = {host.layout.config, host.layout.data, host.layout.state}
    for path in (*(each for each in named if Path(os.path.realpath(each)) in used), *files):
        real = Path(os.path.realpath(path))
        if _lies_with(owner, path) and not _lies_with(owner, real):
            return path, real
    return None


def _lies_with(owner: int, path: Path) -> bool:
    """Whether a directory above is a user's."""
    for parent in path.parents:
        with contextlib.suppress(OSError):
            if parent.stat().st_uid == owner:
                return True
    return False


def _find_home_owner(host: Host) -> int | None:
    """The user whose home it is; ``None`` where there is none, as with ``--system``."""
    try:
        return host.home.stat().st_uid
    except OSError:
        return None


def _is_open_to_all(path: Path, status: os.stat_result) -> bool:
    """Whether everybody can read a file, and get to it."""
    real = Path(resolve_path(path))
    try:
        is_same = os.path.samestat(real.stat(), status)
        modes = [parent.stat().st_mode for parent in real.parents]
    except OSError:
        return False
    return is_same and bool(status.st_mode & stat.S_IROTH) and all(mode & stat.S_IXOTH for mode in modes)
