"""URLs as Go's ``net/url`` takes them apart (1.19 to 1.27)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from proxyenv.no_proxy.dialects.address_literals import find_ipv6
from proxyenv.no_proxy.dialects.proxy_texts import lower_ascii

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_OPTIONAL_PORT: Final = re.compile(r"(?::[0-9]*)?")
_NOT_IN_HOSTS: Final = re.compile(r"[\x00-\x20\x7f#/?@\\^`{|}]|%(?![89A-Fa-f][0-9A-Fa-f]|25)")
_USERINFO: Final = re.compile(r"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class GoURL:
    """A URL's beginning; the host may be empty, and the port the empty text."""

    scheme: str
    host: str
    port: str
    username: str | None
    password: str | None


class GoURLError(ValueError):
    """``url.Parse`` fails; the text is its own."""


def parse_go_url(text: str) -> GoURL:
    """Take a URL apart.

    Raises:
        GoURLError: with Go's own words.
    """
    text, _, fragment = text.partition("#")
    if _CONTROL.search(text):
        raise GoURLError("net/url: invalid control character in URL")
    if text.startswith(":"):
        raise GoURLError("missing protocol scheme")
    found = _SCHEME.match(text)
    scheme, rest = (lower_ascii(found[1]), text[found.end() :]) if found else ("", text)
    rest, _, _ = rest.partition("?")
    if not rest.startswith("/"):
        if not scheme and ":" in rest.partition("/")[0]:
            raise GoURLError("first path segment in URL cannot contain colon")
        if scheme:
            return GoURL(scheme, "", "", None, None)
    authority, path = "", rest
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, after = rest[2:].partition("/")
        path = slash + after
    parsed = _parse_authority(scheme, authority)
    for part in (path, fragment):
        _check_escapes(part)
    return parsed


def _parse_authority(scheme: str, authority: str) -> GoURL:
    userinfo, at, location = authority.rpartition("@")
    host, port = _parse_host(scheme, location)
    if not at:
        return GoURL(scheme, host, port, None, None)
    if not _USERINFO.fullmatch(userinfo):
        raise GoURLError("net/url: invalid userinfo")
    username, colon, password = userinfo.partition(":")
    _check_escapes(userinfo)
    return GoURL(scheme, host, port, unquote(username), unquote(password) if colon else None)


def _parse_host(scheme: str, location: str) -> tuple[str, str]:
    if location.startswith("["):
        inside, bracket, port = location[1:].rpartition("]")
        if not bracket:
            raise GoURLError("missing ']' in host")
        host = _check_host(inside, ipv6=True)
    else:
        strict = scheme in {"http", "https"}
        host, colon, after = location.partition(":") if strict else location.rpartition(":")
        if not colon:
            host = location
        port = colon + after
        _check_host(host, ipv6=False)
    if not _OPTIONAL_PORT.fullmatch(port):
        raise GoURLError(f'invalid port "{port}" after host')
    return unquote(host), port[1:]


def _check_host(host: str, *, ipv6: bool) -> str:
    if "[" in host:
        raise GoURLError("invalid IP-literal")
    wrong = _NOT_IN_HOSTS.search(host)
    if wrong:
        raise GoURLError(f'invalid character "{wrong[0]}" in host name')
    if ipv6 and find_ipv6(host.partition("%")[0]) is None:
        raise GoURLError(f'invalid host: ParseAddr("{host}"): unable to parse IP')
    return host


def _check_escapes(text: str) -> None:
    wrong = _BAD_ESCAPE.search(text)
    if wrong:
        raise GoURLError(f'invalid URL escape "{text[wrong.start() : wrong.start() + 3]}"')
