"""Java: system properties, which the environment can only carry as options of the virtual machine.

After ``DefaultProxySelector`` of JDK 17 and 25. No proxy variable is read. Properties stand in
`JAVA_TOOL_OPTIONS`, `JDK_JAVA_OPTIONS` and `_JAVA_OPTIONS`, and a later one wins. `http.nonProxyHosts`
serves https as well; loopback is added to it unless it is empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import make_proxy
from proxyenv.no_proxy.dialects.listed import Listed, first_of, tails_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router

_OPTIONS: Final = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_WORD: Final = re.compile(r"""(?:[^\s"']|"[^"]*"?|'[^']*'?)+""")
_QUOTE: Final = re.compile(r"""\"([^"]*)"?|'([^']*)'?""")
_URL: Final = re.compile(
    r"(https?)://(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::[0-9]*)?(?:[/?#]|\Z)", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"([+-]?)(?:(0[xX]|#)([0-9A-Fa-f]{1,8})|0([0-7]{1,11})|(0|[1-9][0-9]{0,9}))")
_LOOPBACK: Final = "localhost|127.*|[::1]|0.0.0.0|[::0]"
_PORTS: Final = {"http": 80, "https": 443}
_HOST_PROPERTIES: Final = {"http": "http.proxy", "https": "https.proxy"}
_SOCKS_PORT: Final = 1080
_LARGEST_PORT: Final = 65535
_LARGEST_INTEGER: Final = 2**31


@dataclass(slots=True)
class _NonProxyHosts:
    """A list: whole names, beginnings and ends of names, and parts of names."""

    exact: dict[str, Listed] = field(default_factory=dict)
    beginnings: dict[str, Listed] = field(default_factory=dict)
    ends: dict[str, Listed] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> _NonProxyHosts:
        read = cls()
        for place, written in enumerate(text.split("|")):
            entry, pattern = Listed(place, written), written.lower()
            if pattern == "*":
                read.ends.setdefault("", entry)
            elif pattern.startswith("*"):
                read.ends.setdefault(pattern[1:], entry)
            elif pattern.endswith("*"):
                read.beginnings.setdefault(pattern[:-1], entry)
            elif pattern:
                read.exact.setdefault(pattern, entry)
        return read

    def find(self, host: str) -> Listed | None:
        """The entry that covers a host, whose IPv6 address is in brackets."""
        beginnings = (host[:end] for end in range(len(host) + 1))
        return first_of(
            self.exact.get(host),
            *(self.beginnings.get(text) for text in beginnings if self.beginnings),
            *(self.ends.get(text) for text in (tails_of(host) if self.ends else ())),
        )


def prepare_java(environment: Mapping[str, str]) -> Router:
    """Java's reading."""
    properties = _read_properties(environment)
    given = properties.get("http.nonProxyHosts")
    listed = _LOOPBACK if given is None else f"{given}|{_LOOPBACK}" if given else ""
    hosts = _NonProxyHosts.read(listed)

    def route(url: str) -> Route:
        found = _URL.match(url)
        if found is None:
            return Route.error("java.net.MalformedURLException")
        scheme, host = found[1].lower(), found[2].lower()
        prefix = _find_prefix(properties, scheme)
        if prefix is None:
            return Route.direct(f"no property names a proxy for `{scheme}`")
        entry = hosts.find(host) if host else None
        if entry is not None:
            return Route.bypassed(entry.text, "http.nonProxyHosts")
        kind = "socks5" if prefix == "socksProxy" else "http"
        port = _find_port(properties, prefix, scheme)
        if not 0 <= port <= _LARGEST_PORT:
            return Route.error(f"java.lang.IllegalArgumentException: port out of range:{port}")
        return Route.proxied(make_proxy(kind, properties[f"{prefix}Host"], port), f"{prefix}Host")

    return route


def _read_properties(environment: Mapping[str, str]) -> dict[str, str]:
    properties = {}
    for name in _OPTIONS:
        for word in _WORD.finditer(environment.get(name, "")):
            option = _QUOTE.sub(lambda quoted: quoted[1] or quoted[2] or "", word[0])
            if option.startswith("-D"):
                key, _, value = option[2:].partition("=")
                properties[key] = value
    return properties


def _find_prefix(properties: Mapping[str, str], scheme: str) -> str | None:
    prefixes = (_HOST_PROPERTIES[scheme], "proxy", "socksProxy")
    return next((prefix for prefix in prefixes if properties.get(f"{prefix}Host")), None)


def _find_port(properties: Mapping[str, str], prefix: str, scheme: str) -> int:
    others = () if prefix == "socksProxy" else (_HOST_PROPERTIES[scheme], "proxy")
    for of in (prefix, *others):
        port = _read_number(properties.get(f"{of}Port", ""))
        if port:
            return port
    return _SOCKS_PORT if prefix == "socksProxy" else _PORTS[scheme]


def _read_number(text: str) -> int:
    """As ``Integer.decode``; 0 for what is no number."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return 0
    value = int(found[3], 16) if found[2] else int(found[4], 8) if found[4] else int(found[5])
    value = -value if found[1] == "-" else value
    return value if -_LARGEST_INTEGER <= value < _LARGEST_INTEGER else 0
