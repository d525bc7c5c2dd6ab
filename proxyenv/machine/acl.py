"""POSIX ACLs, as Linux keeps them in extended attributes: who may write by them."""

from __future__ import annotations

from struct import Struct
from typing import Final

from proxyenv.record import NamedTuple

_HEADER: Final = Struct("<I")
_VERSION: Final = 2
_ENTRY: Final = Struct("<HHI")

_USER: Final = 0x02
_OWN_GROUP: Final = 0x04
_GROUP: Final = 0x08
_MASK: Final = 0x10

_WRITE: Final = 2


class Writers(NamedTuple):
    """Whom an ACL lets write, besides the owner of the file and everybody.

    Args:
        users: those that it names, by their numbers.
        groups: those that it names, by their numbers.
        own_group: whether the group of the file may.
    """

    users: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    own_group: bool = False


def find_writers(acl: bytes) -> Writers:
    """Whom an ACL lets write; what Linux would refuse as one lets nobody.

    Args:
        acl: the content of the attribute (``linux/posix_acl_xattr.h``).
    """
    entries = acl[_HEADER.size :]
    if acl[: _HEADER.size] != _HEADER.pack(_VERSION) or len(entries) % _ENTRY.size:
        return Writers()
    writing = [(tag, number) for tag, rights, number in _ENTRY.iter_unpack(entries) if rights & _WRITE]
    tags = {tag for tag, _ in writing}
    if _MASK not in tags:  # the most that groups and named users may
        return Writers()
    return Writers(
        users=tuple(number for tag, number in writing if tag == _USER),
        groups=tuple(number for tag, number in writing if tag == _GROUP),
        own_group=_OWN_GROUP in tags,
    )
