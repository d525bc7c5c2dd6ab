"""What to do where the operating system refuses to write: one next step, from what is there. Reads only."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from typing import TYPE_CHECKING, Final

from proxyenv.apply.identity import RightsRefused, acting_as

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.apply.identity import User

_AGAIN: Final = "then run the command again"
_NO_RIGHT: Final = f"give yourself the right to write in `{{}}`, {_AGAIN}"
_HINTS: Final = {
    errno.EROFS: f"`{{}}` is on a read-only file system: mount it writable, {_AGAIN}",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EFBIG: f"raise the limit on the size of files (`ulimit -f` shows it), {_AGAIN}",
    errno.EDQUOT: "your quota on the file system of `{}` is used up: delete something there",
    errno.ENOSPC: f"free some space on the file system of `{{}}`, {_AGAIN}",
}
"""By what the operating system says, with the innermost directory that is there."""


def find_hint(path: Path, error: OSError, user: User | None) -> str | None:
    """The next step; ``None``: none is known.

    Args:
        path: what could not be written.
        error: what the operating system said.
        user: the user whose rights root had taken; ``None``: nobody's.
    """
    if isinstance(error, RightsRefused):
        return f"run it as the user {error.user}, or give root here the capabilities SETUID and SETGID"
    if user is not None and error.errno in {errno.EACCES, errno.EPERM}:
        return _find_for_root(path, user)
    text = _HINTS.get(error.errno or 0)
    return None if text is None else text.format(nearest_directory(path))


def find_hint_for_file(path: Path, status: os.stat_result, user: int) -> str:
    """The next step where a file of somebody's can be neither replaced nor written in place.

    Args:
        path: the file.
        status: of the file.
        user: whose rights it was tried with.
    """
    quoted = shlex.quote(str(path))
    if status.st_uid == user:
        return f"`chmod u+rw {quoted}`, {_AGAIN}"
    if status.st_nlink > 1:  # its other name may be anywhere, so it cannot be given away
        return (
            f"look at its other names (`find / -xdev -samefile {quoted}`), put a copy in its place that "
            f"belongs to the user {user}, {_AGAIN}"
        )
    return f"look at what is there, then, as root, `chown -h {user} {quoted}`, {_AGAIN}"


def nearest_directory(path: Path) -> Path:
    """The innermost directory above *path* that exists."""
    return next(each for each in path.parents if os.path.isdir(each))  # noqa: PTH112 - never raises


def _find_for_root(path: Path, user: User) -> str:
    start = f"root writes there with the rights of the user {user.number} alone"
    with acting_as(None):
        way = tuple(_find_way(path))
    outside = next((at for at, (_, status) in enumerate(way) if status.st_uid == user.number), len(way))
    of_root = [str(place) for place, status in way[outside:] if _is_of_root(status)]
    if of_root:
        command = shlex.join(["chown", "-h", str(user.number), *of_root])
        return f"{start}, and this is root's: look at what is there, then `{command}`, {_AGAIN}"
    closed = _find_closed((place for place, _ in way[:outside]), user)
    if closed is not None:
        return (
            f"{start}, who cannot enter `{closed}`: let that user in, or name a place that the user can reach"
        )
    return (
        f"{start}, in whose hands the place is: what is written, and what leads to it, has to be that user's"
    )


def _find_way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What is there of the directories above *path* and of itself, outermost first."""
    for place in (*reversed(path.parents), path):
        try:
            yield place, place.lstat()
        except OSError:
            return


def _is_of_root(status: os.stat_result) -> bool:
    """Whether it is root's and nothing else: the other name of a file may be anywhere."""
    is_one = stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)
    return status.st_uid == 0 and is_one


def _find_closed(places: Iterator[Path], user: User) -> Path | None:
    """The outermost directory that the user cannot enter."""
    try:
        with acting_as(user):
            return next((each for each in places if not _may_enter(each)), None)
    except OSError:
        return None


def _may_enter(place: Path) -> bool:
    return os.access(place, os.X_OK, effective_ids=os.access in os.supports_effective_ids)
