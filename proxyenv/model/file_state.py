"""A file as it is at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FileState:
    """Content, mode and owner of a file that exists. ``None`` stands for one that does not.

    Args:
        content: every byte.
        mode: the permission bits, such as ``0o644``.
        owner: user and group id, or ``None`` to leave the owner to the operating system.
    """

    content: bytes = field(repr=False)
    mode: int
    owner: tuple[int, int] | None = None
