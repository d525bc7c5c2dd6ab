"""What lies beside a file while it is written in place: what stood there, and what is to stand there.

A process that is killed may leave the file half written. Then this is what tells how it was.
"""

from __future__ import annotations

import hashlib

from proxyenv.record import NamedTuple

_BLOCK = 512
"""A disk writes at least as much at once."""


class Overwrite(NamedTuple):
    """One file, before and after.

    Args:
        before: every byte that stood there.
        after: every byte that is to stand there.
    """

    before: bytes
    after: bytes

    def __repr__(self) -> str:
        """Without the content, which may hold a password."""
        return f"Overwrite({len(self.before)}, {len(self.after)})"

    def settle(self, found: bytes) -> bytes:
        """What the file counts as: as it was where it is half written, and else what it holds."""
        return self.before if self._is_half(found) else found

    def _is_half(self, found: bytes) -> bool:
        """Whether each byte is the old one or the new one, and not all are of one kind."""
        old, new = self.before, self.after
        if found in {old, new} or not min(len(old), len(new)) <= len(found) <= max(len(old), len(new)):
            return False
        return all(
            _is_mixed(*(each[start : start + _BLOCK] for each in (found, old, new)))
            for start in range(0, len(found), _BLOCK)
        )


def _is_mixed(found: bytes, old: bytes, new: bytes) -> bool:
    return found in {old, new} or all(
        found[at] in (*old[at : at + 1], *new[at : at + 1]) for at in range(len(found))
    )


def render_overwrite(overwrite: Overwrite) -> bytes:
    """One line that says whether the rest is whole, then both contents."""
    rest = overwrite.before + overwrite.after
    return b"%d %s\n" % (len(overwrite.before), hashlib.sha256(rest).hexdigest().encode()) + rest


def find_overwrite(data: bytes) -> Overwrite | None:
    """The inverse of :func:`render_overwrite`; ``None`` for what is not whole: then nothing was written."""
    line, _, rest = data.partition(b"\n")
    size, _, digest = line.partition(b" ")
    if not size.isdigit() or digest.decode("latin-1") != hashlib.sha256(rest).hexdigest():
        return None
    return Overwrite(rest[: int(size[:20])], rest[int(size[:20]) :])
