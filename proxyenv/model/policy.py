"""What the administrator of a fleet has decided for its machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.model.configuration import Configuration


class Policy(NamedTuple):
    """A policy as it was read.

    Args:
        source: the URL, or the absolute path.
        content: every byte of it.
        digest: the SHA-256 of *content*, lower-case hex.
        pinned: whether it was held to a digest.
        configuration: what it decides.
        note: what the user should know of how it was read, a sentence; or nothing.
    """

    source: str
    content: bytes
    digest: str
    pinned: bool
    configuration: Configuration
    note: str = ""

    def __repr__(self) -> str:
        """Without the content, which may hold a password."""
        return f"Policy(source={self.source!r}, digest={self.digest!r})"

    @property
    def is_sensitive(self) -> bool:
        """Whether one of its URLs may hold a password."""
        values = (getattr(self.configuration, name) for name, each in SETUP_OPTIONS.items() if each.sensitive)
        return self.configuration.holds_token or any(value and "@" in value for value in values)
