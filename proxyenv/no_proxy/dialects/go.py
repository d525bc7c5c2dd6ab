"""Go: ``golang.org/x/net/http/httpproxy``, which net/http, kubectl, terraform and docker use.

Before 1.24.1 and 1.23.7 (CVE-2025-22870) an address with a zone was a name, which may be below a domain of
the list, and the end of an address was one too: `.3` is direct to `10.1.2.3`.

Upper case wins, an empty variable is none, ALL_PROXY is not read, and `localhost` and loopback
addresses are always direct. A proxy URL that cannot be parsed is tried again with `http://` before it,
and forgotten where that fails too. In a CGI environment (`REQUEST_METHOD`) HTTP_PROXY is refused.

URLs are those of ``net/url`` (1.19 to 1.27).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import WHITE_SPACE, first_filled, lower_ascii, make_proxy, no_variable
from proxyenv.no_proxy.dialects.hosts import find_address, find_ipv4, find_ipv6, find_mapped_ipv4, to_ascii
from proxyenv.no_proxy.dialects.listed import Listed, NetworkIndex, first_of, names_above

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router


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


_HOST_PORT: Final = re.compile(r"([^\[\]:]*):([^\[\]:]*)|\[([^\[\]]*)\]:([^\[\]:]*)")
_PORTS: Final = {"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}
_CGI: Final = "refusing to use HTTP_PROXY value in CGI environment; see golang.org/s/cgihttpproxy"
_LOOPBACK_OCTET: Final = 127


@dataclass(slots=True)
class _GoNoProxy:
    """A list: names below a domain, names themselves, addresses, each with the port or with `""`.

    Args:
        textual: compares addresses as names too, and knows no zones, as Go did before 1.24.1.
    """

    textual: bool = False
    everything: Listed | None = None
    below: dict[tuple[str, str], Listed] = field(default_factory=dict)
    exact: dict[tuple[str, str], Listed] = field(default_factory=dict)
    addresses: dict[tuple[int, int, str], Listed] = field(default_factory=dict)
    networks: NetworkIndex = field(default_factory=NetworkIndex)

    @classmethod
    def read(cls, text: str, *, textual: bool) -> _GoNoProxy:
        read = cls(textual)
        for place, cleaned in enumerate(dict.fromkeys(entry.strip(WHITE_SPACE) for entry in text.split(","))):
            if cleaned == "*":
                return cls(textual, Listed(place, cleaned))
            if cleaned:
                read._add(cleaned.lower(), Listed(place, cleaned))
        return read

    def _add(self, text: str, entry: Listed) -> None:
        network = _find_network(text)
        if network is not None:
            self.networks.add(*network, entry)
            return
        host, port = _split_port(text)
        address = _find_address(host)
        if address is not None:
            self.addresses.setdefault((*address, port), entry)
            return
        if not host:
            return
        name = host.removeprefix("*") if host.startswith("*.") else host
        domain = name if name.startswith(".") else f".{name}"
        domain = (to_ascii(domain) or domain)[1:]
        self.below.setdefault((domain, port), entry)
        if not name.startswith("."):
            self.exact.setdefault((domain, port), entry)

    def find(self, host: str, port: str) -> Listed | None:
        """The entry that covers a host."""
        if self.everything is not None:
            return self.everything
        address = _find_address(host) if self.textual else _find_zoned(host)
        found = address and first_of(
            self.networks.find(*address),
            self.addresses.get((*address, "")),
            self.addresses.get((*address, port)),
        )
        if found or (address and not self.textual):
            return found
        name, *above = names_above(host.strip(WHITE_SPACE).lower())
        return first_of(
            *(self.exact.get((name, of)) for of in ("", port)),
            *(self.below.get((domain, of)) for domain in above for of in ("", port)),
        )


def prepare_go(environment: Mapping[str, str]) -> Router:
    """Go's reading."""
    return _prepare(environment, textual=False)


def prepare_older_go(environment: Mapping[str, str]) -> Router:
    """That of Go before 1.24.1."""
    return _prepare(environment, textual=True)


def _prepare(environment: Mapping[str, str], *, textual: bool) -> Router:
    listed = first_filled(environment, "NO_PROXY", "no_proxy") or ("NO_PROXY", "")
    variable, no_proxy = listed[0], _GoNoProxy.read(listed[1], textual=textual)
    proxies = {
        scheme: (name, proxy)
        for scheme in ("http", "https")
        for name, value in [_find_named(environment, scheme)]
        if (proxy := _find_proxy(value)) is not None
    }
    cgi = bool(environment.get("REQUEST_METHOD"))

    def route(url: str) -> Route:
        try:
            target = parse_go_url(url)
        except GoURLError as error:
            return Route.error(f"parse {url!r}: {error}")
        if target.scheme not in proxies:
            return no_variable(target.scheme)
        if cgi and target.scheme == "http":
            return Route.error(_CGI)
        name, proxy = proxies[target.scheme]
        host, port = to_ascii(target.host) or target.host, target.port or _PORTS.get(target.scheme, "")
        if host == "localhost" or _is_loopback(host, textual=textual):
            return Route.direct("Go never sends loopback to a proxy")
        entry = no_proxy.find(host, port)
        return Route.bypassed(entry.text, variable) if entry else _through(proxy, name)

    return route


def _find_named(environment: Mapping[str, str], scheme: str) -> tuple[str, str]:
    return first_filled(environment, f"{scheme.upper()}_PROXY", f"{scheme}_proxy") or ("", "")


def _find_proxy(value: str) -> GoURL | None:
    """The proxy that a variable names, or ``None`` where Go forgets it."""
    if not value:
        return None
    try:
        parsed = parse_go_url(value)
    except GoURLError:
        parsed = None
    if parsed is not None and parsed.scheme and parsed.host:
        return parsed
    try:
        return parse_go_url(f"http://{value}")
    except GoURLError:
        return parsed


def _through(proxy: GoURL, variable: str) -> Route:
    port = proxy.port or _PORTS.get(proxy.scheme, "0")
    number = int(port) if len(port.lstrip("0")) <= 5 else 65536  # noqa: PLR2004 - digits, bits and versions
    if number > 65535:  # noqa: PLR2004 - digits, bits and versions
        return Route.error(f"dial tcp: address {port}: invalid port")
    host = to_ascii(proxy.host) or proxy.host
    return Route.proxied(make_proxy(proxy.scheme, host, number, proxy.username, proxy.password), variable)


def _find_address(text: str) -> tuple[int, int] | None:
    """The family and the number of an address; an IPv4-mapped one is IPv4."""
    found = find_address(text)
    mapped = find_mapped_ipv4(found[1]) if found and found[0] == 6 else None  # noqa: PLR2004 - the family
    return found if mapped is None else (4, mapped)


def _find_zoned(host: str) -> tuple[int, int] | None:
    """The same for the host of a URL, which may have a zone that does not count (``netip.ParseAddr``)."""
    bare, percent, zone = host.partition("%")
    return _find_address(bare if percent and zone and ":" in bare else host)


def _find_network(text: str) -> tuple[int, int, int] | None:
    """The family, the address and the prefix length of a network in CIDR notation."""
    before, slash, after = text.partition("/")
    if not slash or not (after.isascii() and after.isdigit()) or len(after) > 8:  # noqa: PLR2004 - digits, bits and versions
        return None
    length = int(after)
    ipv4, ipv6 = find_ipv4(before), find_ipv6(before)
    if ipv4 is not None:
        return (4, ipv4, length) if length <= 32 else None  # noqa: PLR2004 - digits, bits and versions
    if ipv6 is None or length > 128:  # noqa: PLR2004 - digits, bits and versions
        return None
    mapped = find_mapped_ipv4(ipv6)
    return (6, ipv6, length) if mapped is None or length < 96 else (4, mapped, length - 96)  # noqa: PLR2004 - digits, bits and versions


def _split_port(text: str) -> tuple[str, str]:
    found = _HOST_PORT.fullmatch(text)
    if found is None:
        return text, ""
    return (found[1], found[2]) if found[3] is None else (found[3], found[4])


def _is_loopback(host: str, *, textual: bool) -> bool:
    family, address = (_find_address(host) if textual else _find_zoned(host)) or (0, 0)
    return (family, address) == (6, 1) or (family == 4 and address >> 24 == _LOOPBACK_OCTET)  # noqa: PLR2004 - digits, bits and versions
