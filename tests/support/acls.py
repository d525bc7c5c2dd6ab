"""POSIX ACLs, set as the kernel takes them: few machines have `setfacl`."""

from __future__ import annotations

import os
import struct
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NOBODY: Final[Mapping[int, int]] = MappingProxyType({})
_NO_NUMBER: Final = 0xFFFFFFFF


def pack_acl(
    *,
    owner: int = 7,
    users: Mapping[int, int] = _NOBODY,
    groups: Mapping[int, int] = _NOBODY,
    group: int = 4,
    mask: int = 7,
    others: int = 0,
) -> bytes:
    """An ACL; what each may is three bits, as of a mode.

    Args:
        owner: what the file's owner may.
        users: by their numbers.
        groups: by their numbers.
        group: what the file's own group may.
        mask: the most that all these may.
        others: what everybody else may.
    """
    entries = (
        (0x01, owner, _NO_NUMBER),
        *((0x02, rights, each) for each, rights in sorted(users.items())),
        (0x04, group, _NO_NUMBER),
        *((0x08, rights, each) for each, rights in sorted(groups.items())),
        (0x10, mask, _NO_NUMBER),
        (0x20, others, _NO_NUMBER),
    )
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)


if sys.platform == "linux":

    def set_acl(path: Path, acl: bytes) -> None:
        os.setxattr(path, "system.posix_acl_access", acl)

    def set_default_acl(directory: Path, acl: bytes) -> None:
        """What is created in the directory from now on gets this one."""
        os.setxattr(directory, "system.posix_acl_default", acl)

else:

    def set_acl(path: Path, acl: bytes) -> None:
        raise NotImplementedError

    def set_default_acl(directory: Path, acl: bytes) -> None:
        raise NotImplementedError
