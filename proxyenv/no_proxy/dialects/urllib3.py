"""urllib3 2: its URLs, which requests, pip and botocore share; its `PoolManager` reads no variable.

Follows ``urllib3.util.url.parse_url`` of urllib3 2.8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import Dialect, Router, failure

if TYPE_CHECKING:
    from collections.abc import Mapping


_SCHEME: Final = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+-]*:|/)")
_PARTS: Final = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^\\/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_BRACKETED: Final = re.compile(
    r"\[(?=[^\[\]]*:)(?P<address>[0-9A-Fa-f:.]+)(?P<zone>(?:%25|%)(?:[\w.~-]|%[a-fA-F0-9]{2})+)?\]", re.ASCII
)
_NAME: Final = re.compile(r"(?:[^\[\]%:/?#]|%[a-fA-F0-9]{2})*")
_PORT: Final = re.compile(r":0*?(|0|[1-9][0-9]{0,4})", re.ASCII)
_NUMBERS: Final = re.compile(r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]+|[0-9]+)){0,3}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_ESCAPE: Final = re.compile(r"%[a-fA-F0-9]{2}")
_LOWER: Final = re.compile(r"%(?:[a-f][a-fA-F0-9]|[A-F0-9][a-f])")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~")
_USERINFO: Final = "!$&'()*+,;=:"
_PATH: Final = f"{_USERINFO}@/"
_QUERY: Final = f"{_PATH}?"
_NORMALISED: Final = frozenset({"http", "https", None})
_LARGEST_PORT: Final = 65535


class LocationError(Exception):
    """urllib3 raises its ``LocationParseError``; the argument is its message."""

    def __init__(self, location: str) -> None:
        super().__init__(f"Failed to parse: {location}")


@dataclass(frozen=True, slots=True)
class Urllib3URL:
    """The parts of a URL; what is missing is nothing, which is not the same as empty.

    Args:
        scheme: lower case.
        auth: user name and password, percent-encoded.
        host: IPv6 in brackets.
        port: up to 65535.
        path: percent-encoded.
        query: percent-encoded.
        fragment: percent-encoded.
    """

    scheme: str | None = None
    auth: str | None = None
    host: str | None = None
    port: int | None = None
    path: str | None = None
    query: str | None = None
    fragment: str | None = None


def parse_urllib3_url(text: str) -> Urllib3URL:
    """Read a URL as urllib3 does; what has no scheme begins with the host.

    Raises:
        LocationError: urllib3 raises.
    """
    if not text:
        return Urllib3URL()
    matched = _PARTS.fullmatch(text if _SCHEME.match(text) else f"//{text}")
    scheme, authority, path, query, fragment = matched.groups() if matched else (None,) * 5
    scheme = scheme and scheme.lower()
    normal = scheme in _NORMALISED
    auth, host, port = _split_authority(authority, text, normal=normal) if authority else (None, None, None)
    host = _read_host(host, scheme) if host else host
    if normal:
        path = _encode(_without_dots(path), _PATH) if path else path
        query = _encode(query, _QUERY) if query else query
        fragment = _encode(fragment, _QUERY) if fragment else fragment
    if not path:
        path = None if query is None and fragment is None else ""
    if path and not path.startswith("/"):
        path = f"/{path}"
    return Urllib3URL(scheme or None, auth, host, port, path, query, fragment)


def _split_authority(authority: str, text: str, *, normal: bool) -> tuple[str | None, str, int | None]:
    auth, _, location = authority.rpartition("@")
    matched = _BRACKETED.match(location)
    if matched is None or not _is_ipv6(matched["address"]):
        matched = _NAME.match(location)
    end = matched.end() if matched else 0
    port = _PORT.fullmatch(location, end)
    if port is None and end < len(location):
        control = _CONTROL.search(location)
        if control:
            raise LocationError(f"Host {location!r} contains invalid character {control[0]!r}")
        raise LocationError(f"{location!r} is not a valid host or port")
    number = int(port[1]) if port and port[1] else None
    if number is not None and number > _LARGEST_PORT:
        raise LocationError(text)
    return (_encode(auth, _USERINFO) if normal else auth) or None, location[:end], number


def _is_ipv6(text: str) -> bool:
    """Whether RFC 3986 has it as an IPv6 address; octets may be of any size, and zeros may lead."""
    groups = re.sub(r":\d{1,3}(\.\d{1,3}){3}\Z", ":0:0", text)
    if "." in groups or groups.count("::") > 1 or ":::" in groups:
        return False
    left, double, right = groups.partition("::")
    parts = [part for side in (left, right) if side for part in side.split(":")]
    if not all(re.fullmatch(r"[0-9A-Fa-f]{1,4}", part) for part in parts):
        return False
    return len(parts) <= 7 if double else len(parts) == 8  # noqa: PLR2004 - groups of 16 bits


def _read_host(host: str, scheme: str | None) -> str:
    control = _CONTROL.search(host)
    if control:
        raise LocationError(f"Host {host!r} contains invalid character {control[0]!r}")
    if scheme not in _NORMALISED:
        return host
    bracketed = _BRACKETED.fullmatch(host)
    if bracketed:
        zone = bracketed["zone"]
        address = bracketed["address"].lower()
        return f"[{address}]" if zone is None else f"[{address}%{zone[3 if zone.startswith('%25') else 1 :]}]"
    if _NUMBERS.fullmatch(host):
        return host
    decoded = _ESCAPE.sub(lambda found: _decode_escape(found[0], host), host)
    return ".".join(_encode_label(label) for label in decoded.split("."))


def _decode_escape(escape: str, host: str) -> str:
    character = chr(int(escape[1:], 16))
    if _CONTROL.match(character) and character != " ":
        raise LocationError(f"Host {host!r} contains invalid percent-encoded control character {escape!r}")
    return character if character in _UNRESERVED else escape.upper()


def _encode_label(label: str) -> str:
    if label.isascii():
        return _ESCAPE.sub(lambda found: found[0].upper(), label.lower())
    import idna

    try:
        return idna.encode(label.lower(), strict=True, std3_rules=True).decode("ascii")
    except UnicodeError:
        raise LocationError(f"Name '{label}' is not a valid IDNA label") from None


def _encode(text: str, kept: str) -> str:
    """Percent-encode all but what is unreserved or *kept*; what is percent-encoded throughout stays so."""
    upper = _LOWER.sub(lambda found: found[0].upper(), text)
    kept = f"{kept}%" if len(_ESCAPE.findall(upper)) == upper.count("%") else kept
    return quote_from_bytes(upper.encode("utf-8", "surrogatepass"), safe=kept)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if path.startswith("/") and (not kept or kept[0]):
        kept.insert(0, "")
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/".join(kept)


_DIRECT: Final = Route.direct("urllib3 reads no proxy variable; a `ProxyManager` has to be asked for")


def _prepare(environment: Mapping[str, str]) -> Router:
    del environment
    return _route


def _route(url: str) -> Route:
    try:
        scheme = parse_urllib3_url(url).scheme
    except LocationError as error:
        return failure("urllib3.exceptions.LocationParseError", str(error))
    if scheme in {"http", "https"}:
        return _DIRECT
    return failure("urllib3.exceptions.URLSchemeUnknown", f"Not supported URL scheme {scheme}")


URLLIB3: Final = Dialect(
    name="urllib3",
    verified=("2.8.0",),
    source="urllib3 2.8: `poolmanager.PoolManager`",
    prepare=_prepare,
)
