"""A proxy's address, with the password kept out of sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class ProxyURL:
    """A proxy that httpx, websockets and curl agree about: scheme, host, port, credentials.

    ``str()`` and ``repr()`` mask the password; :meth:`reveal` shows it, so that one can search for
    every place that does.

    Args:
        scheme: ``http`` or ``https``: how to speak *to* the proxy.
        host: a name or an address, lower case; IPv6 without brackets.
        port: 1 to 65535.
        username: decoded, or ``None`` when the proxy needs no credentials.
        password: decoded, or ``None``.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def authority(self) -> str:
        """``host:port``, with brackets around an IPv6 address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def sensitive(self) -> bool:
        """Whether revealing it reveals a password."""
        return bool(self.password)

    def reveal(self) -> str:
        """The URL with its credentials, percent-encoded but for RFC 3986's unreserved characters."""
        return self._render(quote(self.password or "", safe=""))

    def __str__(self) -> str:
        return self._render("****" if self.password else "")

    def _render(self, shown: str) -> str:
        userinfo = "" if self.username is None else f"{quote(self.username, safe='')}:{shown}@"
        return f"{self.scheme}://{userinfo}{self.authority}"
