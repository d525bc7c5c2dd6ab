"""What a PAC file answers, and what it asked meanwhile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.model.proxy_url import ProxyURL, find_proxy_url
from proxyenv.model.url import bracket, join_authority
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PORTS: Final = {"PROXY": 80, "HTTP": 80, "HTTPS": 443, "SOCKS": 1080, "SOCKS4": 1080, "SOCKS5": 1080}
"""What an entry may begin with beside ``DIRECT``, and the port that is meant without one."""

CLOCK: Final = "clock"
CHANCE: Final = "chance"
OWN_ADDRESS: Final = "own-address"
DNS: Final = "dns"

UNLISTED: Final = "a-host-that-no-list-names.example"
"""Stands for all hosts that nobody thought of."""

_DIRECT: Final = "DIRECT"
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]@/?#]+)(?::(?P<port>[0-9]{1,5}))?")


class PacEntry(NamedTuple):
    """One way that a PAC file offers.

    Args:
        kind: ``DIRECT``, or a key of :data:`PORTS`.
        host: a name or an address, lower case, IPv6 without brackets; empty for ``DIRECT``.
        port: 0 for ``DIRECT``.
    """

    kind: str
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        return self.kind if self.is_direct else f"{self.kind} {join_authority(self.host, self.port)}"

    @property
    def is_direct(self) -> bool:
        """Whether there is no proxy."""
        return self.kind == _DIRECT

    @property
    def proxy(self) -> ProxyURL | None:
        """The proxy as variables name it; ``None`` where they cannot."""
        if self.kind not in {"PROXY", "HTTP", "HTTPS"}:
            return None
        scheme = "https" if self.kind == "HTTPS" else "http"
        return find_proxy_url(f"{scheme}://{join_authority(self.host, self.port)}")


class PacAnswer(NamedTuple):
    """What a PAC file answers for one URL.

    Args:
        url: with scheme, host and port alone, as browsers hand it over.
        host: of the URL, lower case.
        text: what the file returned, as it is; empty where it returned no text.
        entries: the ways in their order; the next is for where the one before does not answer.
        asked: what it asked for: :data:`CLOCK`, :data:`OWN_ADDRESS`, :data:`CHANCE`, or ``dns NAME``.
        error: what it failed by; browsers then go direct.
    """

    url: str
    host: str
    text: str
    entries: tuple[PacEntry, ...]
    asked: tuple[str, ...] = ()
    error: str | None = None

    @property
    def first(self) -> PacEntry:
        """The way that is taken as long as it answers."""
        return self.entries[0]


def parse_entries(text: str) -> tuple[PacEntry, ...]:
    """The ways that a PAC file returns.

    As in Chromium's ``ProxyList::SetFromPacString``: what cannot be read is passed over, and where nothing is
    left there is no proxy.
    """
    found = tuple(entry for part in text.split(";") if (entry := _parse_entry(part.strip())))
    return found or (PacEntry(_DIRECT),)


def list_variants(urls: Iterable[str]) -> tuple[str, ...]:
    """What is asked about each host, :data:`UNLISTED` included: both schemes, and the URL's own port."""
    return tuple(
        dict.fromkeys(each for url in (*urls, f"https://{UNLISTED}/") for each in _list_schemes(url))
    )


def _list_schemes(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    shown = bracket(host)
    yield from (f"{scheme}://{shown}/" for scheme in ("http", "https"))
    if parts.port and parts.scheme in {"http", "https"}:
        yield f"{parts.scheme}://{shown}:{parts.port}/"


def _parse_entry(text: str) -> PacEntry | None:
    word, _, rest = text.replace("\t", " ").partition(" ")
    kind = word.upper()
    if kind == _DIRECT:
        return PacEntry(_DIRECT)
    match = _AUTHORITY.fullmatch(rest.strip())
    if kind not in PORTS or match is None:
        return None
    port = int(match["port"]) if match["port"] else PORTS[kind]
    host = match["host"].strip("[]").lower()
    return PacEntry(kind, host, port) if 0 < port < 1 << 16 else None
