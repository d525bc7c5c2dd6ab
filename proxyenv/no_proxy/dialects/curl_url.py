"""URLs as libcurl takes them apart: hosts that are asked for, and proxies.

After ``parseurl`` in ``lib/urlapi.c`` of 7.88.1 and of 8.14.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from proxyenv.no_proxy.dialects.dialect import lower_ascii
from proxyenv.no_proxy.dialects.hosts import (
    find_ipv6,
    find_loose_ipv4,
    render_ipv4,
    render_ipv6,
)

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,39}):(?=/)")
_OLD_SCHEME: Final = re.compile(r"([A-Za-z0-9+.-]{1,40}):(?=/)")
_SLASHES: Final = re.compile(r"/{1,3}(?!/)")
_AUTHORITY: Final = re.compile(r"[^/?#]*")
_JUNK: Final = re.compile(r"[\x00-\x20\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_NAMES: Final = re.compile(r"[ \r\n\t/:#?!@{}\[\]\\$'\"^`*<>=;,+&()%]")
_NOT_IN_OLD_NAMES: Final = re.compile(r"[ \r\n\t/:#?!@{}\[\]\\$'\"^`*<>=;,+&()]")
_BRACKETED: Final = re.compile(r"\[([0-9a-fA-F:.]+)(%(?:25(?=[^\]]))?[^\]]{1,15})?\]")
_PORT: Final = re.compile(r"[0-9]+")
_GUESSED: Final = ("ftp", "dict", "ldap", "imap", "smtp", "pop3")
_LARGEST_PORT: Final = 65535
_LONGEST: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class CurlURL:
    """A URL's beginning.

    Args:
        scheme: lower case, guessed where there is none.
        host: decoded; IPv6 without brackets and zone; addresses in libcurl's own notation.
        port: as it is given, or ``None``.
        username: still encoded, or ``None``.
        password: still encoded.
    """

    scheme: str
    host: str
    port: int | None
    username: str | None
    password: str | None


class CurlURLError(ValueError):
    """libcurl refuses the URL; the text is its own."""


def parse_curl_url(text: str, *, modern: bool, dotted_ipv4: bool = False) -> CurlURL:
    """Take a URL apart, guessing its scheme.

    Args:
        text: the URL.
        modern: as libcurl 8 does it, else as 7.88.
        dotted_ipv4: whether an IPv4 address may end with a dot, which is dropped.

    Raises:
        CurlURLError: with libcurl's own words.
    """
    if len(text) > _LONGEST or _JUNK.search(text):
        raise CurlURLError("Malformed input to a URL function")
    found = (_SCHEME if modern else _OLD_SCHEME).match(text)
    rest = text[found.end() :] if found else text
    if found:
        slashes = _SLASHES.match(rest)
        if slashes is None:
            raise CurlURLError("Unsupported number of slashes following scheme")
        rest = rest[slashes.end() :]
    authority = rest[: _end_of(rest)]
    if not authority:
        raise CurlURLError("No host part in the URL")
    username, password, location = _split_login(authority)
    name, port = _split_port(location, has_scheme=found is not None)
    if dotted_ipv4 and name.endswith(".") and find_loose_ipv4(name[:-1], upper_case_prefix=False) is not None:
        name = name[:-1]
    host = _read_host(name, modern=modern)
    scheme = lower_ascii(found[1]) if found else _guess_scheme(host)
    return CurlURL(scheme, host, port, username, password)


def decode(text: str) -> str | None:
    """Percent-decode; ``None`` where that makes a control character, which libcurl refuses."""
    decoded = unquote(text)
    return None if _CONTROL.search(decoded) else decoded


def _end_of(text: str) -> int:
    found = _AUTHORITY.match(text)
    return found.end() if found else 0


def _split_login(authority: str) -> tuple[str | None, str | None, str]:
    login, at, location = authority.partition("@")
    if not at:
        return None, None, authority
    username, colon, password = login.partition(":")
    return username, password if colon else None, location


def _split_port(location: str, *, has_scheme: bool) -> tuple[str, int | None]:
    if location.startswith("["):
        inside, bracket, after = location.partition("]")
        if not bracket:
            raise CurlURLError("Bad IPv6 address")
        name, port = inside + bracket, after.removeprefix(":")
        if after and not after.startswith(":"):
            raise CurlURLError("Port number was not a decimal number between 0 and 65535")
        colon = after[:1]
    else:
        name, colon, port = location.partition(":")
    if not colon or (not port and has_scheme):
        return name, None
    if not _PORT.fullmatch(port) or len(port.lstrip("0")) > 5 or int(port) > _LARGEST_PORT:  # noqa: PLR2004 - digits of a port
        raise CurlURLError("Port number was not a decimal number between 0 and 65535")
    return name, int(port)


def _read_host(name: str, *, modern: bool) -> str:
    if name.startswith("["):
        return _read_ipv6(name)
    address = find_loose_ipv4(name, upper_case_prefix=not modern)
    if address is not None:
        return render_ipv4(address)
    host = decode(name)
    if not name:
        raise CurlURLError("No host part in the URL")
    if not host or (_NOT_IN_NAMES if modern else _NOT_IN_OLD_NAMES).search(host):
        raise CurlURLError("Bad hostname")
    return host


def _read_ipv6(name: str) -> str:
    found = _BRACKETED.fullmatch(name)
    address = find_ipv6(found[1]) if found else None
    if found is None or address is None:
        raise CurlURLError("Bad IPv6 address")
    short = render_ipv6(address, dotted=True)
    return short if len(short) < len(found[1]) else found[1]


def _guess_scheme(host: str) -> str:
    lowered = lower_ascii(host)
    return next((scheme for scheme in _GUESSED if lowered.startswith(f"{scheme}.")), "http")
