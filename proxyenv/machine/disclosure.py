"""What may be copied into the files of somebody else's home: nothing that its owner could not read.

A user's own ``proxyenv.toml`` says what is read, and root can read everything. What root typed counts as
meant, where nobody else can have made it lead elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
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
    return _is_open_to(owner, path, status)


def may_be_taken(path: Path, status: os.stat_result, host: Host) -> bool:
    """Whether what the catalogue finds in a file may be copied into the home.

    A file in a place to which the home's owner cannot lead root, as of the system, is root's decision.

    Args:
        path: as the catalogue names it, absolute.
        status: of the file that was opened.
        host: the machine.
    """
    if may_reach_home(path, status, host, is_given=False):
        return True
    owners = find_owners(host, is_system=True) - {_find_home_owner(host)}
    return find_foreign((path,), owners) is None


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


def _is_open_to(user: int, path: Path, status: os.stat_result) -> bool:
    """Whether a user can read a file that is another's, and get to it, as modes say."""
    try:
        real = Path(resolve_path(path))
        is_same = os.path.samestat(real.stat(), status)
        above = [parent.stat() for parent in real.parents]
    except OSError:
        return False
    groups = _find_groups(user)
    return (
        is_same
        and _is_granted(status, stat.S_IROTH, user, groups)
        and all(_is_granted(each, stat.S_IXOTH, user, groups) for each in above)
    )


def _is_granted(status: os.stat_result, right: int, user: int, groups: frozenset[int]) -> bool:
    """Whether a mode grants a user a right of all others; who owns a place can take it."""
    if status.st_uid == user:
        return True
    return bool(status.st_mode & (right << 3 if status.st_gid in groups else right))


if sys.platform == "win32":

    def _find_groups(_user: int) -> frozenset[int]:
        """None: its rights are no modes."""
        return frozenset()

else:

    def _find_groups(user: int) -> frozenset[int]:
        """Those that a user is in; none where there is no such account."""
        import pwd

        with contextlib.suppress(KeyError):
            account = pwd.getpwuid(user)
            return frozenset(os.getgrouplist(account.pw_name, account.pw_gid))
        return frozenset()
