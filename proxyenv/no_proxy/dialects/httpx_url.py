"""URLs as httpx reads them: its grammar for proxies, for requests and for the entries of NO_PROXY.

Follows ``httpx._urlparse.urlparse`` of httpx 0.28.1, which httpx2 2.16 shares. It takes far more than
RFC 3986 has, and what it refuses it refuses with the messages that :class:`ClientRefusedError` carries.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from proxyenv.no_proxy.dialects.dialect import ClientRefusedError

_LONGEST: Final = 65536
_URL: Final = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.-]*)?:)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.ASCII
)
_AUTHORITY: Final = re.compile(r"(?:(.*)@)?(\[.*\]|[^:@]*):?(.*)")
_OCTETS: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE: Final = re.compile(r"(%[A-Fa-f0-9]{2})")
_DEFAULT_PORTS: Final = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443}
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST_SAFE: Final = _UNRESERVED | frozenset("!$&'()*+,;=\"`{}%|\\")
_PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))
_FRAGMENT_SAFE: Final = _PRINTABLE - frozenset(' "<>`')
_QUERY_SAFE: Final = _PRINTABLE - frozenset(' "<>#')
_PATH_SAFE: Final = _QUERY_SAFE - frozenset("?`{}")
_USERINFO_SAFE: Final = _PATH_SAFE - frozenset("/;=@[\\]^|")


@dataclass(frozen=True, slots=True)
class HttpxURL:
    """A URL in httpx's canonical form.

    Args:
        scheme: lower case, possibly empty.
        userinfo: percent-encoded.
        host: as it goes into a request: punycode, IPv6 without brackets; possibly empty.
        port: unless it is the scheme's own. Of any size, and possibly negative.
        path: percent-encoded.
        tail: query and fragment, each with its mark.
    """

    scheme: str
    userinfo: str
    host: str
    port: int | None
    path: str
    tail: str

    def decode_host(self, *, any_label: bool) -> str:
        """The host that patterns are compared with: without Punycode.

        Args:
            any_label: decode where any label is Punycode, and leave alone labels that cannot be
                decoded, as httpx2 does; else only where the first one is.

        Raises:
            ClientRefusedError: it cannot be decoded.
        """
        if any_label and "xn--" in self.host:
            return _decode(self.host, display=True)
        return _decode(self.host) if self.host.startswith("xn--") else self.host

    @property
    def credentials(self) -> tuple[str, str] | None:
        """Decoded user name and password, unless both are empty."""
        username, _, password = self.userinfo.partition(":")
        return (unquote(username), unquote(password)) if username or password else None

    def __repr__(self) -> str:
        """As httpx shows it, the password masked."""
        userinfo = f"{self.userinfo.split(':')[0]}:[secure]" if ":" in self.userinfo else self.userinfo
        authority = f"{userinfo}@" if userinfo else ""
        authority += f"[{self.host}]" if ":" in self.host else self.host
        authority += "" if self.port is None else f":{self.port}"
        scheme = f"{self.scheme}:" if self.scheme else ""
        return f"URL({scheme + (f'//{authority}' if authority else '') + self.path + self.tail!r})"


def parse_httpx_url(text: str) -> HttpxURL:
    """Read a URL as httpx does.

    Raises:
        ClientRefusedError: httpx raises.
    """
    if len(text) > _LONGEST:
        raise ClientRefusedError("InvalidURL", "URL too long")
    control = _CONTROL.search(text)
    if control:
        message = (
            f"Invalid non-printable ASCII character in URL, {control[0]!r} at position {control.start()}."
        )
        raise ClientRefusedError("InvalidURL", message)
    matched = _URL.match(text)
    groups = matched.groups() if matched else ()
    scheme, authority, path, query, fragment = (groups[0] or "", groups[1] or "", *groups[2:])
    parts = _AUTHORITY.match(authority)
    userinfo, host, port = parts.groups() if parts else ("", "", "")
    userinfo = _quote(userinfo or "", _USERINFO_SAFE)
    host = _encode_host(host)
    number = _read_port(port, scheme)
    absolute = bool(scheme)
    located = bool(userinfo or host or number is not None)
    if not absolute and not located:
        _check_relative(path)
    else:
        path = _without_dots(path)
    path = _quote(path, _PATH_SAFE)
    tail = "" if query is None else f"?{_quote(query, _QUERY_SAFE)}"
    tail += "" if fragment is None else f"#{_quote(fragment, _FRAGMENT_SAFE)}"
    return HttpxURL(scheme.lower(), userinfo, host, number, path, tail)


def _check_relative(path: str) -> None:
    if path.startswith("//"):
        raise ClientRefusedError("InvalidURL", "Relative URLs cannot have a path starting with '//'")
    if path.startswith(":"):
        raise ClientRefusedError("InvalidURL", "Relative URLs cannot have a path starting with ':'")


def _without_dots(path: str) -> str:
    if "." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept and kept != [""]:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _read_port(port: str, scheme: str) -> int | None:
    if not port:
        return None
    try:
        number = int(port)
    except ValueError:
        raise ClientRefusedError("InvalidURL", f"Invalid port: {port!r}") from None
    return None if number == _DEFAULT_PORTS.get(scheme) else number


def _encode_host(host: str) -> str:
    if _OCTETS.fullmatch(host):
        return _check_address(host, host, ipaddress.IPv4Address, "IPv4")
    if host.startswith("[") and host.endswith("]"):
        return _check_address(host, host[1:-1], ipaddress.IPv6Address, "IPv6")
    if host.isascii():
        return _quote(host.lower(), _HOST_SAFE)
    import idna

    try:
        return idna.encode(host.lower()).decode("ascii")
    except idna.IDNAError:
        raise ClientRefusedError("InvalidURL", f"Invalid IDNA hostname: {host!r}") from None
    except UnicodeError as error:
        raise ClientRefusedError(f"builtins.{type(error).__name__}", str(error)) from None


def _check_address(
    host: str, address: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address], name: str
) -> str:
    try:
        kind(address)
    except ValueError:
        raise ClientRefusedError("InvalidURL", f"Invalid {name} address: {host!r}") from None
    return address


def _decode(host: str, **options: bool) -> str:
    import idna

    try:
        return idna.decode(host, **options)
    except UnicodeError as error:
        raise ClientRefusedError(f"{type(error).__module__}.{type(error).__qualname__}", str(error)) from None


def _quote(text: str, safe: frozenset[str]) -> str:
    if safe.issuperset(text):
        return text
    return "".join(
        part if at % 2 else "".join(one if one in safe else _escape(one) for one in part)
        for at, part in enumerate(_ESCAPE.split(text))
    )


def _escape(character: str) -> str:
    try:
        return "".join(f"%{byte:02X}" for byte in character.encode())
    except UnicodeEncodeError as error:
        raise ClientRefusedError("builtins.UnicodeEncodeError", str(error)) from None
