"""Who else could have written what lies in a place: ownership and mode, up to the root.

What gives authority (a receipt, the copies that it names, env files that an rc file sources, the tool of a
trust store) belongs to root or to whoever runs this, and nobody else may write it or replace it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import resolve_path
from proxyenv.errors import DiscoveryError
from proxyenv.machine.content import find_text, render_reason
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from proxyenv.machine.acl import Writers
    from proxyenv.model.host import Host

_HAS_OTHER_RIGHTS: Final = sys.platform == "win32"

_OVERFLOW: Final = 65534
"""Whom a file seems to belong to whose owner has no number in this user namespace (`user_namespaces(7)`)."""

_NO_USER: Final = 2**32 - 1
"""The first number that is none of a user: for `chown(2)` it stands for no change."""

_AS_OWNER: Final = (
    "run it as that user, or by `sudo` from their account; `proxyenv setup --system` is for all users"
)

_NO_SHELLS: Final = frozenset({"nologin", "false", "sync", "halt", "shutdown"})
"""What ends at once, in place of a shell."""

_SERVICES: Final = re.compile(r"^[ \t]*(?:passwd|group|initgroups)[ \t]*:([^#\n]*)", re.MULTILINE)
_ACTION: Final = re.compile(r"\[[^][]*]")
_LOCAL: Final = frozenset({"files", "compat", "db", "systemd", "altfiles", "extrausers", "mymachines"})
"""Of `nsswitch.conf(5)`: what lists the accounts of this machine."""

_ACL: Final = "system.posix_acl_access"


class Foreign(NamedTuple):
    """A place that others could have written.

    Args:
        path: a file, or a directory above one.
        reason: why, as a clause.
        hint: the next step.
        is_of_others: whether it is somebody else's, and not only open to others.
    """

    path: Path
    reason: str
    hint: str
    is_of_others: bool = False

    def __str__(self) -> str:
        """As a clause."""
        return f"`{self.path}` {self.reason}"


def find_owners(host: Host, *, is_system: bool = False) -> frozenset[int]:
    """The users whose files may say what is done here.

    Args:
        host: the machine.
        is_system: whether something outside the home is at stake: then the owner of a home that is not
            root's own decides nothing for root, unless it is who called ``sudo``, ``doas`` or ``pkexec``.
    """
    if sys.platform == "win32":
        return frozenset()
    else:  # noqa: RET505 - spares the type checker code that Windows never reaches
        own = {0, os.geteuid(), *_find_callers(host)}
        if not is_system:
            with contextlib.suppress(OSError):
                own.add(host.home.stat().st_uid)
        return frozenset(own)


if sys.platform == "win32":

    def _find_callers(_host: Host) -> Iterator[int]:
        """None: it has no such programs."""
        yield from ()

else:

    def _find_callers(host: Host) -> Iterator[int]:
        """Who called ``sudo``, ``pkexec`` or ``doas``, where root runs this; what is no user says nothing."""
        if not host.is_root:
            return
        for name in ("SUDO_UID", "PKEXEC_UID"):
            caller = host.environment.get(name, "")
            is_number = caller.isascii() and caller.isdecimal() and len(caller) <= len(str(_NO_USER))
            if is_number and int(caller) < _NO_USER:
                yield int(caller)
        import pwd

        with contextlib.suppress(KeyError, ValueError):  # no account, or no name that one can have
            yield pwd.getpwnam(host.environment.get("DOAS_USER", "")).pw_uid


def require_own(paths: Iterable[Path], owners: Collection[int], *, home: Path) -> None:
    """Refuse what somebody else could have written: the files, and the directories above them.

    Args:
        paths: absolute; those that are not there count by the directories above them.
        owners: see :func:`find_owners`.
        home: whose owner has to run this where it is the home that is somebody else's.

    Raises:
        DiscoveryError: ``foreign-receipt``.
    """
    found = find_foreign(paths, owners)
    if found is not None:
        message = f"{found}, so what lies there cannot be relied on; nothing was changed"
        is_home = any(each.is_relative_to(found.path) for each in (home, Path(os.path.realpath(home))))
        hint = _AS_OWNER if is_home and found.is_of_others and _is_root() else found.hint
        raise DiscoveryError("foreign-receipt", message, hint=hint)


def find_foreign(paths: Iterable[Path], owners: Collection[int]) -> Foreign | None:
    """The first place, from the root on, that others could have written; ``None``: there is none.

    A sticky directory lets nobody replace what others have in it, and a group of one is its member. The POSIX
    ACLs of Linux count as modes do; no other kind of ACL is looked at. What cannot be looked at counts as
    somebody else's.
    """
    if _HAS_OTHER_RIGHTS:
        return None
    try:
        for place in sorted(map(Path, _list_places(paths)), key=lambda each: len(each.parts)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found = _judge(place, place.lstat(), owners)  # what a link points to is a place of its own
                if found is not None:
                    return found
    except OSError as error:
        reason = f"cannot be looked at: {render_reason(error)}"
        return Foreign(Path(os.fsdecode(error.filename)), reason, "name a place that you can enter")
    return None


def is_own(path: Path) -> bool:
    """Whether only root and whoever runs this could have written what lies there, or where it leads."""
    if sys.platform == "win32":
        return True
    else:  # noqa: RET505 - spares the type checker code that Windows never reaches
        return find_foreign((path,), {0, os.geteuid()}) is None


def find_foreign_ca(named: Iterable[str], host: Host) -> Foreign | None:
    """The first file, or directory above one, by which others could choose what the next ``refresh`` trusts.

    Args:
        named: as ``--ca`` takes them; the system's store and a URL are no files of this machine's users.
        host: the machine.
    """
    from proxyenv.decide.trust import find_ca_file

    files = (find_ca_file(each, host) for each in named)
    return find_foreign(filter(None, files), find_owners(host))


def find_writer(program: str) -> str | None:
    """Who besides root could replace what root is about to run, as a clause; ``None``: nobody."""
    found = find_foreign((Path(program),), {0})
    return None if found is None else str(found)


def _list_places(paths: Iterable[str | Path]) -> Iterator[str]:
    """The paths, all above them, and the same for what each link on the way points to; each place once."""
    seen = set[str]()
    for path in paths:
        waiting = [resolve_path(path), os.path.abspath(path)]  # noqa: PTH100 - both
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            yield place
            parent = os.path.dirname(place)  # noqa: PTH120 - strings
            waiting.append(parent)
            if os.path.islink(place):  # noqa: PTH114 - strings
                target = os.path.join(parent, os.readlink(place))  # noqa: PTH115, PTH118 - strings
                waiting.append(os.path.normpath(target))


def _judge(path: Path, status: os.stat_result, owners: Collection[int]) -> Foreign | None:
    is_directory, is_link = stat.S_ISDIR(status.st_mode), stat.S_ISLNK(status.st_mode)
    if status.st_uid not in owners and not ((is_directory or is_link) and _is_outside(status.st_uid)):
        reason, quoted = f"belongs to the user {status.st_uid}", shlex.quote(str(path))
        hint = "choose a directory of your own with `--prefix`"
        if _is_root():
            is_home = _leads_home(path, status.st_uid)
            hint = _AS_OWNER if is_home else f"look at what is there, then `chown 0 {quoted}`"
        return Foreign(path, reason, hint, is_of_others=True)
    if is_link:  # whoever may write its directory replaces it; its own mode says nothing
        return None
    found = next(_find_rights(path, status, owners), None)
    if found is None:
        return None
    reason, command = found
    if not (is_directory or stat.S_ISREG(status.st_mode)):
        return Foreign(path, reason, "it is a device or a pipe: put a file in place of what leads there")
    task = f"look at what is there, then `{command} {shlex.quote(str(path))}`"
    if not (_is_root() or _is_mine(status.st_uid)):
        who = f"the user {status.st_uid}, or root," if status.st_uid else "root"
        task = f"{who} has to {task}"
    return Foreign(path, reason, task)


def _find_rights(path: Path, status: os.stat_result, owners: Collection[int]) -> Iterator[tuple[str, str]]:
    """What lets others write, as a clause, and the command that takes it away."""
    mode = status.st_mode
    if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:
        return
    acl = _find_acl(path) if mode & stat.S_IWGRP else None  # where there is one, that is its mask
    by_group = mode & stat.S_IWGRP if acl is None else acl.own_group
    if mode & stat.S_IWOTH or (by_group and not _is_private(status.st_gid, owners)):
        yield f"can be written by others, its mode is {stat.S_IMODE(mode):04o}", "chmod go-w"
    for named in _find_named(acl, owners):
        yield f"can be written by {named}, as its ACL says", "setfacl -b"


if sys.platform == "linux":

    def _find_acl(path: Path) -> Writers | None:
        try:
            content = os.getxattr(path, _ACL, follow_symlinks=False)
        except OSError:  # there is none; one that the kernel cannot read lets nobody in
            return None
        from proxyenv.machine.acl import find_writers

        return find_writers(content)

else:

    def _find_acl(path: Path) -> Writers | None:
        """Python has no access to them there."""


def _find_named(acl: Writers | None, owners: Collection[int]) -> Iterator[str]:
    """The users and groups that an ACL lets write and that are not the owners."""
    if acl is not None:
        yield from (f"the user {each}" for each in acl.users if each not in owners)
        yield from (f"the group {each}" for each in acl.groups if not _is_private(each, owners))


if sys.platform == "win32":

    def _is_mine(_user: int) -> bool:
        """Whether a user is who runs this."""
        return False

    def _leads_home(_path: Path, _user: int) -> bool:
        """Whether it is the home of a user, above it or below it."""
        return False

else:

    def _is_mine(user: int) -> bool:
        """Whether a user is who runs this."""
        return user == os.geteuid()

    def _leads_home(path: Path, user: int) -> bool:
        """Whether it is the home of a user, above it or below it; links to it, and to the place, followed."""
        import pwd

        with contextlib.suppress(KeyError):
            named = pwd.getpwuid(user).pw_dir
            homes = {Path(named), Path(resolve_path(named))} if named.startswith("/") else set[Path]()
            places = {path, Path(resolve_path(path))}
            return any(
                home.is_relative_to(place) or (place.is_relative_to(home) and home != home.parent)
                for home in homes
                for place in places
            )
        return False


def _is_root() -> bool:
    return _is_mine(0)


def _is_outside(user: int) -> bool:
    """Whether a directory may be root's, in a user namespace that has no number for the real root."""
    if sys.platform == "linux" and user == _OVERFLOW:
        with contextlib.suppress(OSError, ValueError, IndexError):
            rows = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
            return sum(int(row.split()[2]) for row in rows) <= _OVERFLOW
    return False


def _is_private(group: int, owners: Collection[int]) -> bool:
    """Whether every account that has a group is an owner's; of the group of no account nobody else is known.

    An account without a shell counts too: services run as such. In root's own group it does not, since root
    decides who is in it: Red Hat and Alpine put `operator` and `halt` there, and OpenShift its arbitrary
    users, which are no accounts.
    """
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - spares the type checker code that Windows never reaches
        import grp
        import pwd

        accounts = [each for each in pwd.getpwall() if each.pw_gid == group]
        with contextlib.suppress(KeyError):
            entry = grp.getgrgid(group)
            try:
                accounts += map(pwd.getpwnam, entry.gr_mem)
                if group != 0 and not _lists_all():
                    namesake = pwd.getpwnam(entry.gr_name)
                    if namesake.pw_gid != group:
                        return False
                    accounts.append(namesake)
            except KeyError:  # a member that is not known here, or nobody's own group
                return False
        if group == 0:
            accounts = [each for each in accounts if Path(each.pw_shell).name not in _NO_SHELLS]
        return {each.pw_uid for each in accounts} <= set(owners)


def _lists_all() -> bool:
    """Whether all accounts are listed, as no directory service is asked for them, which may list none.

    There only the group of one user, of the same name, is known to be private.
    """
    text = "" if sys.platform == "darwin" else find_text(Path("/etc/nsswitch.conf")) or ""
    asked = {word for words in _SERVICES.findall(text) for word in _ACTION.sub(" ", words).split()}
    return sys.platform != "darwin" and asked <= _LOCAL
