"""How one client reaches one URL."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxyenv.model.proxy_url import ProxyURL


class RouteKind(enum.Enum):
    """What the client does; the values are those of ``routes --output json``."""

    PROXIED = "proxied"
    DIRECT = "direct"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Route:
    """What a client does with a URL.

    Args:
        kind: through a proxy, direct, or not at all.
        reason: what decided, as a clause: the variable that names the proxy, the entry that matched,
            why there is no proxy, or the client's own error message.
        proxy: the proxy as the client understands its URL, when proxied.
        entry: the NO_PROXY entry that made it direct, as it was written.
    """

    kind: RouteKind
    reason: str
    proxy: ProxyURL | None = None
    entry: str | None = None

    @classmethod
    def proxied(cls, proxy: ProxyURL, variable: str) -> Route:
        """Through a proxy that a variable names."""
        return cls(RouteKind.PROXIED, f"`{variable}`", proxy)

    @classmethod
    def bypassed(cls, entry: str, variable: str) -> Route:
        """Direct, because of an entry of a variable."""
        return cls(RouteKind.DIRECT, f"`{entry}` in `{variable}`", entry=entry)

    @classmethod
    def direct(cls, reason: str) -> Route:
        """Direct, because there is no proxy for it."""
        return cls(RouteKind.DIRECT, reason)

    @classmethod
    def error(cls, reason: str) -> Route:
        """The client raises or exits; the reason is its own message."""
        return cls(RouteKind.ERROR, reason)
