"""With whose rights a file is written: in the home of another user root acts as that user.

Root may write everywhere. So a directory that its owner replaces by a link, between a look and a write, would
lead root's files to wherever the link does. With the owner's rights the operating system itself refuses that,
at each operation, and what is created is the owner's.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_OVERFLOW: Final = 65534
"""Whom a file seems to belong to whose owner has no number in this user namespace (`user_namespaces(7)`)."""

_MOST_GROUPS: Final = 16
"""Of macOS; what lies in a home seldom needs the seventeenth."""


class User(NamedTuple):
    """Whose rights count.

    Args:
        number: of the user.
        group: the main one.
        groups: all.
    """

    number: int
    group: int
    groups: tuple[int, ...]


class RightsRefused(PermissionError):  # noqa: N818 - as `Fault` is called
    """Root may not take another user's rights here.

    Args:
        user: whose.
        error: what the operating system said.

    Attributes:
        user: whose.
    """

    def __init__(self, user: int, error: OSError) -> None:
        super().__init__(
            error.errno,
            f"root here may not take the rights of the user {user}, which needs the capabilities SETUID and "
            "SETGID",
        )
        self.user = user


class _Rights:
    """What this process acts with. There is one: the rights are those of the whole process."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.own_group, self.own_groups = 0, list[int]()
        self.holders: dict[str, User] = {}
        """By place. One that was another user's once counts as that user's for good."""


_RIGHTS: Final = _Rights()


def find_acting_user() -> User | None:
    """The user whose rights root has at this moment; ``None``: those of whoever runs this."""
    return _RIGHTS.user


@contextmanager
def acting_for(path: Path) -> Iterator[None]:
    """Run the body with the rights of whoever holds the directory of *path*, where root runs this.

    Whoever owns a directory decides what all names below it lead to, so it is the outermost one that counts.
    Within another such body nothing changes. No program may be started in the body: see :func:`acting_as`.

    Raises:
        RightsRefused: root may not take another user's rights here.
    """
    user = None if _RIGHTS.user else find_holder(path.parent)
    with acting_as(user or _RIGHTS.user):
        yield


def find_user(places: Iterable[Path], trusted: Collection[int]) -> User | None:
    """The user in whose hands an installation is, where root trusts that user with no other place.

    Args:
        places: the directories of the installation, links in them not followed.
        trusted: the users whose files may say what root writes elsewhere.

    Returns:
        The user whose rights everything is written with; ``None``: each place has rights of its own.
    """
    found = filter(None, map(find_holder, places))
    return next((user for user in found if user.number not in trusted), None)


if sys.platform == "win32":

    def find_holder(directory: Path) -> User | None:  # noqa: ARG001 - rights are no modes there
        """There is nobody to act for."""
        return None

    @contextmanager
    def acting_as(user: User | None) -> Iterator[None]:  # noqa: ARG001 - as above
        """Run the body; there nobody acts as another user."""
        yield

else:

    def find_holder(directory: Path) -> User | None:
        """The owner of the outermost directory that is not root's; ``None`` where root does not run this."""
        if os.geteuid() != 0:
            return None
        text = os.path.abspath(directory)  # noqa: PTH100 - the links in it stay
        user, has_links = _find_first(text)
        return _find_first(os.path.realpath(text))[0] if has_links else user

    def _find_first(path: str) -> tuple[User | None, bool]:
        """Whose the first place on the way is that is not root's, and whether links of root's lead on."""
        place, has_links = "", False
        for part in path.split(os.sep)[1:]:  # noqa: PTH206 - quick; it is asked before each operation
            place += os.sep + part
            if place in _RIGHTS.holders:
                return _RIGHTS.holders[place], False
            try:
                status = os.lstat(place)
            except OSError:
                break
            if status.st_uid != 0 and _has_number(status.st_uid):
                return _RIGHTS.holders.setdefault(place, _find_groups(status)), False
            has_links = has_links or stat.S_ISLNK(status.st_mode)
        return None, has_links

    def _has_number(user: int) -> bool:
        """Whether the number is a user's, and not one that stands for all who have none here."""
        if user != _OVERFLOW:
            return True
        try:
            os.seteuid(user)
        except OSError as error:
            return error.errno != errno.EINVAL
        finally:
            os.seteuid(0)
        return True

    def _find_groups(status: os.stat_result) -> User:
        import pwd

        number = status.st_uid
        try:
            account = pwd.getpwuid(number)
        except KeyError:
            # Without an account nobody is in root's group: OpenShift's homes have it, and so has what only
            # root may read. The files that are there keep it, since they are written in place.
            group = status.st_gid or number
            return User(number, group, (group,))
        groups = os.getgrouplist(account.pw_name, account.pw_gid)
        return User(
            number, account.pw_gid, tuple(groups[:_MOST_GROUPS] if sys.platform == "darwin" else groups)
        )

    @contextmanager
    def acting_as(user: User | None) -> Iterator[None]:
        """Run the body with the rights of *user*; ``None``: with those that this process began with.

        A program that is started in it would have half of the rights of each; so it is started with those of
        this process, and takes the user's by itself.

        Raises:
            RightsRefused: root may not take another user's rights here.
        """
        earlier = _RIGHTS.user
        if user == earlier:
            yield
            return
        try:
            _switch(user)
            yield
        finally:
            _switch_whole(earlier)

    def _switch(user: User | None) -> None:
        if _RIGHTS.user is not None:
            os.seteuid(0)
            os.setegid(_RIGHTS.own_group)
            if os.getgroups() != _RIGHTS.own_groups:  # where that is forbidden they have not changed
                os.setgroups(_RIGHTS.own_groups)
            _RIGHTS.user = None
        if user is not None:
            _load_all()
            _RIGHTS.own_group, _RIGHTS.own_groups = os.getegid(), os.getgroups()
            _RIGHTS.user = user  # first: whatever ends this early, all of it is given back
            try:
                os.setgroups(user.groups)
                os.setegid(user.group)
                os.seteuid(user.number)
            except OSError as error:
                raise RightsRefused(user.number, error) from error

    def _switch_whole(user: User | None) -> None:
        """Nothing ends this half-way."""
        interrupt: KeyboardInterrupt | None = None
        while True:
            try:
                _switch(user)
                break
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def _load_all() -> None:
        """Import what is imported late: another user may be unable to read where Python and proxyenv lie."""
        import ctypes  # noqa: F401
        import threading  # noqa: F401

        from proxyenv.apply import exchange, hints, in_place, stores  # noqa: F401
        from proxyenv.formats import overwrite  # noqa: F401
