"""URLs as the URL standard (url.spec.whatwg.org) takes them apart: Node, npm, and Rust's `url`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from proxyenv.no_proxy.dialects.dialect import lower_ascii, repair
from proxyenv.no_proxy.dialects.hosts import find_ipv6, find_loose_ipv4, render_ipv4, render_ipv6, to_ascii

_SPECIAL: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_ENDS: Final = "".join(map(chr, range(0x21)))
_DROPPED: Final = re.compile(r"[\t\n\r]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SPECIAL_AUTHORITY: Final = re.compile(r"[/\\]*([^/\\?#]*)")
_AUTHORITY: Final = re.compile(r"//([^/?#]*)")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|\ufffd]")
_FORBIDDEN_OPAQUE: Final = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_DOTTED_IPV6: Final = re.compile(r".*:(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}|[0-9A-Fa-f:]*")
_PORT: Final = re.compile(r"[0-9]*")
_NUMBER: Final = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LARGEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class WebURL:
    """A parsed URL.

    Args:
        scheme: lower case.
        username: still encoded, perhaps empty.
        password: still encoded.
        host: in ASCII, IPv6 in brackets; empty where an opaque URL has none.
        port: unless it is the scheme's own.
        tail: path, query and fragment.
    """

    scheme: str
    username: str
    password: str
    host: str
    port: int | None
    tail: str

    @property
    def bare_host(self) -> str:
        """The host without brackets."""
        return self.host[1:-1] if self.host.startswith("[") else self.host

    @property
    def effective_port(self) -> int:
        """The port that is connected to; 0 where the scheme has none."""
        return self.port if self.port is not None else _SPECIAL.get(self.scheme, 0)

    @property
    def has_path(self) -> bool:
        """Whether it says more than where the server is."""
        path, query, _ = self.tail.partition("?")
        before, fragment, _ = self.tail.partition("#")
        return self.tail not in {"", "/"} and not (
            (path in {"", "/"} and self.tail == f"{path}{query}")
            or (before in {"", "/"} and self.tail == f"{before}{fragment}")
        )


def find_web_url(text: str) -> WebURL | None:
    """Parse a URL without a base; ``None`` where the standard's parser fails."""
    cleaned = _DROPPED.sub("", repair(text).strip(_ENDS))
    found = _SCHEME.match(cleaned)
    if found is None:
        return None
    scheme, rest = lower_ascii(found[1]), cleaned[found.end() :]
    special = scheme in _SPECIAL
    authority = (_SPECIAL_AUTHORITY if special else _AUTHORITY).match(rest)
    if authority is None:
        return WebURL(scheme, "", "", "", None, rest)
    login, at, location = authority[1].rpartition("@")
    username, _, password = login.partition(":")
    host, port = _split_port(location)
    if port is None or (not host and (special or at or port)):
        return None
    read = _read_host(host) if special else _read_opaque_host(host)
    if read is None:
        return None
    number = int(port) if port else None
    if number == _SPECIAL.get(scheme):
        number = None
    return WebURL(scheme, username, password, read, number, rest[authority.end() :])


def find_decoded(text: str) -> str | None:
    """What `decodeURIComponent` makes of a part, or ``None`` where it throws."""
    if _BAD_ESCAPE.search(text):
        return None
    try:
        unquote_to_bytes(text).decode("utf-8")
    except UnicodeError:
        return None
    return unquote(text)


def _split_port(location: str) -> tuple[str, str | None]:
    """The host and the digits of the port, or ``None`` for a port that is none."""
    end = location.rfind("]") + 1 if location.startswith("[") else 0
    colon = location.find(":", end)
    host, port = (location, "") if colon < 0 else (location[:colon], location[colon + 1 :])
    digits = port.lstrip("0")
    usable = (
        _PORT.fullmatch(port)
        and len(digits) <= len(str(_LARGEST_PORT))
        and int(digits or "0") <= _LARGEST_PORT
    )
    return host, (digits or "0" if port else "") if usable else None


def _read_host(text: str) -> str | None:
    if text.startswith("["):
        return _read_ipv6(text)
    name = to_ascii(unquote(text))
    if not name or _FORBIDDEN.search(name):
        return None
    name = lower_ascii(name)
    return _read_ipv4(name) if _ends_in_number(name) else name


def _read_opaque_host(text: str) -> str | None:
    if text.startswith("["):
        return _read_ipv6(text)
    return None if _FORBIDDEN_OPAQUE.search(text) else text


def _read_ipv6(text: str) -> str | None:
    inside = text[1:-1]
    address = find_ipv6(inside) if text.endswith("]") and _DOTTED_IPV6.fullmatch(inside) else None
    return None if address is None else f"[{render_ipv6(address, dotted=False)}]"


def _ends_in_number(name: str) -> bool:
    last = name.removesuffix(".").rpartition(".")[2]
    return _NUMBER.fullmatch(last) is not None


def _read_ipv4(name: str) -> str | None:
    address = find_loose_ipv4(name.removesuffix("."), bare_prefix=True)
    return None if address is None else render_ipv4(address)
