"""libcurl: what curl, cargo and every other program built on it decides.

After ``detect_proxy`` and ``parse_proxy`` in ``lib/url.c`` and ``lib/noproxy.c`` of 7.88.1 and
8.14.1, and the behaviour of 8.23.0. The generations differ in NO_PROXY:

- before 7.86 there are no networks: an entry covers what ends with a dot and it, addresses too (the function
  ``check_noproxy`` in ``lib/url.c``, driven with 7.84);
- 7.88 takes blanks for separators as well as commas;
- 8 ends the list at a blank that no comma follows;
- newer ones (8.23 was driven) also understand IPv6 networks, where older ones compare texts, and
  take port 80 for an HTTP proxy without one, where older ones take 1080.

No generation understands `*.x`, ports, brackets or `*` in a list, and `/0` is the one address before it.

cargo has a libcurl of its own and asks a variable of its own first, after ``http_proxy`` in
``src/cargo/util/network/http.rs``; its URLs have been through the URL standard's parser before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.curl_url import CurlURL, CurlURLError, decode, parse_curl_url
from proxyenv.no_proxy.dialects.dialect import (
    first_filled,
    lower_ascii,
    make_proxy,
    no_variable,
    show,
)
from proxyenv.no_proxy.dialects.hosts import find_ipv4, find_ipv6, to_ascii
from proxyenv.no_proxy.dialects.listed import Listed, NetworkIndex, first_of, names_above
from proxyenv.no_proxy.dialects.web_url import find_web_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.no_proxy.dialects.dialect import Router


_TOKEN: Final = re.compile(r"[^ \t,]+")
_END_OF_LIST: Final = re.compile(r"(?<=[^ \t,])[ \t]++(?=[^,])")
_LEADING_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,19})")
_STRICT_NUMBER: Final = re.compile(r"0*[0-9]{1,3}")
_LONGEST_ADDRESS: Final = 128
_SOCKS: Final = {
    "socks": "socks4",
    "socks4": "socks4",
    "socks4a": "socks4a",
    "socks5": "socks5",
    "socks5h": "socks5h",
}
_SOCKS_PORT: Final = 1080
_HTTPS_PORT: Final = 443


@dataclass(frozen=True, slots=True)
class Generation:
    """What sets one libcurl apart from another.

    Args:
        modern: 8, whose list ends at a lone blank and whose URLs are read more strictly.
        ipv6: understands IPv6 addresses and networks in NO_PROXY, and takes an IPv4 address that
            ends with a dot for one.
        idn: converts international names, as every distribution's build does and many wheels do not.
        http_port: of an HTTP proxy whose URL has none.
        textual: compares addresses as names, and knows no networks.
    """

    modern: bool
    ipv6: bool
    idn: bool = True
    http_port: int = 1080
    textual: bool = False


CURL_7_85: Final = Generation(modern=False, ipv6=False, textual=True)
CURL_7_88: Final = Generation(modern=False, ipv6=False)
CURL_8_15: Final = Generation(modern=True, ipv6=False, idn=False)
"""As cargo has it built in."""
CURL_8_23: Final = Generation(modern=True, ipv6=True, http_port=80)


@dataclass(slots=True)
class CurlNoProxy:
    """A NO_PROXY list as libcurl reads it."""

    generation: Generation
    everything: bool = False
    names: dict[str, Listed] = field(default_factory=dict)
    networks: NetworkIndex = field(default_factory=NetworkIndex)

    @classmethod
    def read(cls, text: str, generation: Generation) -> CurlNoProxy:
        """Read a list, once."""
        if text == "*":
            return cls(generation, everything=True)
        if generation.textual:
            return cls(generation, names=_read_names(text))
        end = _END_OF_LIST.search(text) if generation.modern else None
        read = cls(generation)
        for place, found in enumerate(_TOKEN.finditer(text, 0, end.start() if end else len(text))):
            entry = Listed(place, found[0])
            name = lower_ascii(entry.text.removesuffix(".").removeprefix("."))
            read.names.setdefault(name, entry)
            read._add_network(entry)
        return read

    def find(self, host: str) -> str | None:
        """The entry that covers a host: a name, or an address without brackets."""
        if self.everything:
            return "*"
        if self.generation.textual:
            found = first_of(*(self.names.get(name) for name in names_above(lower_ascii(host))))
            return found.text if found else None
        ipv4 = find_ipv4(host)
        ipv6 = find_ipv6(host) if self.generation.ipv6 and ipv4 is None else None
        if ipv4 is not None:
            found = self.networks.find(4, ipv4)
        elif ipv6 is not None:
            found = self.networks.find(6, ipv6)
        else:
            above = names_above(lower_ascii(host.removesuffix(".")))
            found = first_of(*(self.names.get(name) for name in above))
        return found.text if found else None

    def _add_network(self, entry: Listed) -> None:
        if len(entry.text) >= _LONGEST_ADDRESS:
            return
        network, slash, size = entry.text.partition("/")
        length = self._read_length(size) if slash else 0
        ipv4 = find_ipv4(network)
        if ipv4 is not None and 0 <= length <= 32:  # noqa: PLR2004 - bits of an address
            self.networks.add(4, ipv4, length or 32, entry)
        ipv6 = find_ipv6(network) if self.generation.ipv6 else None
        if ipv6 is not None and 0 <= length <= 128:  # noqa: PLR2004 - bits of an address
            self.networks.add(6, ipv6, length or 128, entry)

    def _read_length(self, text: str) -> int:
        if self.generation.ipv6:
            return int(text) if _STRICT_NUMBER.fullmatch(text) else -1
        found = _LEADING_NUMBER.match(text)
        return int(found[1]) & 0xFFFFFFFF if found else 0


def _read_names(text: str) -> dict[str, Listed]:
    """The entries before 7.86, which end at a comma or a blank; one dot in front means nothing."""
    names: dict[str, Listed] = {}
    for place, part in enumerate(re.findall(r"[^ ,]+", text)):
        names.setdefault(lower_ascii(part.removeprefix(".")), Listed(place, part))
    return names


def prepare_libcurl(generation: Generation) -> Callable[[Mapping[str, str]], Router]:
    """The reading of one generation, for :class:`~proxyenv.no_proxy.dialects.dialect.Dialect`."""

    def prepare(environment: Mapping[str, str]) -> Router:
        listed = first_filled(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
        variable, no_proxy = listed[0], CurlNoProxy.read(listed[1], generation)

        def route(url: str) -> Route:
            try:
                target = parse_curl_url(url, modern=generation.modern, dotted_ipv4=generation.ipv6)
            except CurlURLError as error:
                return Route.error(f"URL rejected: {error}")
            named = find_variable(environment, target.scheme)
            if named is None:
                return no_variable(target.scheme)
            host = to_ascii(target.host) if generation.idn else target.host
            if host is None:
                return Route.error(f"failed to convert `{show(target.host)}` to ACE")
            entry = no_proxy.find(host)
            return Route.bypassed(entry, variable) if entry is not None else read_proxy(*named, generation)

        return route

    return prepare


def find_variable(environment: Mapping[str, str], scheme: str) -> tuple[str, str] | None:
    """The variable that names the proxy for a scheme, and its value; `HTTP_PROXY` is none (CGI)."""
    names = ("http_proxy",) if scheme == "http" else (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return first_filled(environment, *names, "all_proxy", "ALL_PROXY")


def read_proxy(variable: str, value: str, generation: Generation, *, kind: str = "http") -> Route:
    """The route through the proxy that a value names, or libcurl's error.

    Args:
        variable: where the value is from.
        value: the proxy's URL.
        generation: of libcurl.
        kind: of proxy where the URL says `http` or nothing.
    """
    try:
        url = parse_curl_url(value, modern=generation.modern, dotted_ipv4=generation.ipv6)
    except CurlURLError as error:
        because = f": {error}" if generation.modern else ""
        return Route.error(f"Unsupported proxy syntax in '{show(value)}'{because}")
    scheme = kind if url.scheme == "http" else _SOCKS.get(url.scheme, url.scheme)
    if scheme not in {"http", "https", *_SOCKS.values()}:
        return Route.error(f"Unsupported proxy scheme for '{show(value)}'")
    username, password = (None if text is None else decode(text) for text in (url.username, url.password))
    if (username is None) != (url.username is None) or (password is None) != (url.password is None):
        return Route.direct(f"the credentials in `{variable}` hold a control character")
    default = {"http": generation.http_port, "https": _HTTPS_PORT}.get(scheme, _SOCKS_PORT)
    port = default if url.port is None else url.port
    return Route.proxied(make_proxy(scheme, _ascii_host(url, generation), port, username, password), variable)


def _ascii_host(url: CurlURL, generation: Generation) -> str:
    return (to_ascii(url.host) if generation.idn else None) or url.host


_OWN: str = "CARGO_HTTP_PROXY"


def prepare_cargo(environment: Mapping[str, str]) -> Router:
    """The reading of cargo."""
    listed = first_filled(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
    no_proxy = CurlNoProxy.read(listed[1], CURL_8_15)

    def route(url: str) -> Route:
        target = find_web_url(url)
        if target is None:
            return Route.error("invalid url")
        own = environment.get(_OWN)
        named = find_variable(environment, target.scheme) if own is None else (_OWN, own)
        if named is None:
            return no_variable(target.scheme)
        if not named[1]:
            return Route.direct(f"`{_OWN}` is empty")
        entry = no_proxy.find(target.bare_host)
        return Route.bypassed(entry, listed[0]) if entry is not None else read_proxy(*named, CURL_8_15)

    return route
