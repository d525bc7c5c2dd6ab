"""Put a prepared file in the place of another without losing what somebody saved in between.

Two files change places in one step, so whatever stood there at that moment is kept, can be looked at, and
goes back. Linux has ``renameat2``, macOS ``renamex_np``; Python has neither.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Swap = Callable[[bytes, bytes], int]

_UNSUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV})

_HERE: Final = -100
"""``AT_FDCWD`` of Linux: paths count from the current directory."""

_SWAP: Final = 2
"""``RENAME_EXCHANGE`` of Linux and ``RENAME_SWAP`` of macOS."""


def exchange(one: Path, other: Path) -> bool:
    """Let two files change places.

    Returns:
        Whether they did; not where the system or the file system has no such operation.

    Raises:
        OSError: the operating system refused.
    """
    swap = _find_swap()
    if swap is None:
        return False
    sys.audit("os.rename", one, other, -1, -1)
    if swap(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = _find_error()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


if sys.platform == "win32":

    def _find_swap() -> Swap | None:
        return None

    def _find_error() -> int:
        return 0

else:

    def _find_swap() -> Swap | None:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        on_macos = getattr(library, "renamex_np", None)
        if on_macos is not None:
            return lambda one, other: on_macos(one, other, _SWAP)
        on_linux = getattr(library, "renameat2", None)  # an old C library lacks it
        return on_linux and (lambda one, other: on_linux(_HERE, one, _HERE, other, _SWAP))

    def _find_error() -> int:
        import ctypes

        return ctypes.get_errno()
