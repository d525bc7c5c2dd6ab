"""npm: ``@npmcli/agent``, with variables of npm's own before the common ones.

After ``lib/proxy.js`` of @npmcli/agent 4.0.2 (npm 11), ``loadEnv`` of @npmcli/config and npm-registry-fetch.
Variables count in any case, and the last of the environment wins. https_proxy also serves http. A
name in the list covers what is below it; ports, networks and `*` mean nothing. An IPv6 address cannot
be reached without a proxy: npm looks its brackets up as a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import SCRIPT_SPACE, make_proxy, no_variable, show
from proxyenv.no_proxy.dialects.listed import Listed, first_of, names_above
from proxyenv.no_proxy.dialects.web_url import find_decoded, find_web_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router

_COMMON: Final = frozenset({"https_proxy", "http_proxy", "proxy", "no_proxy"})
_OWN: Final = re.compile(r"npm_config_(https[_-]proxy|proxy|noproxy)", re.IGNORECASE)
_SOCKS: Final = frozenset({"socks", "socks4", "socks4a", "socks5", "socks5h"})
_DEFAULT_PORT: Final = 1080
_NOTHING: Final = frozenset({"", "null", "undefined"})

_Named = tuple[str, str]


def prepare_npm(environment: Mapping[str, str]) -> Router:
    """The reading of npm."""
    common: dict[str, _Named] = {}
    own: dict[str, _Named] = {}
    for name, value in environment.items():
        if name.lower() in _COMMON:
            common[name.lower()] = name, value
        found = _OWN.fullmatch(name)
        if found and value:
            own[found[1].lower().replace("_", "-")] = name, value
    listed = _find_filled(own.get("noproxy"), common.get("no_proxy")) or ("no_proxy", "")
    entries = _read_list(listed[1])

    def route(url: str) -> Route:
        target = find_web_url(url)
        if target is None:
            return Route.error("Invalid URL")
        named = _find_own(own) or _find_common(common, target.scheme)
        unreachable = Route.error(f"getaddrinfo ENOTFOUND {target.host}") if target.host[0] == "[" else None
        if named is None:
            return unreachable or no_variable(target.scheme)
        entry = first_of(*(entries.get(name) for name in names_above(target.host)))
        if entry is not None:
            return unreachable or Route.bypassed(entry.text, listed[0])
        return _read_proxy(*named)

    return route


def _read_list(text: str) -> dict[str, Listed]:
    entries: dict[str, Listed] = {}
    for place, part in enumerate(text.split(",")):
        trimmed = part.strip(SCRIPT_SPACE)
        name = ".".join(label for label in trimmed.split(".") if label)
        if name:
            entries.setdefault(name, Listed(place, trimmed))
    return entries


def _find_filled(*named: _Named | None) -> _Named | None:
    return next((found for found in named if found and found[1]), None)


def _find_own(own: Mapping[str, _Named]) -> _Named | None:
    for key in ("https-proxy", "proxy"):
        named = own.get(key)
        if named is None or named[1] in _NOTHING or (key, named[1]) == ("proxy", "false"):
            continue
        if find_web_url(named[1]) is not None:  # npm warns of one that is no URL, and forgets it
            return named
    return None


def _find_common(common: Mapping[str, _Named], scheme: str) -> _Named | None:
    if scheme == "https":
        return _find_filled(common.get("https_proxy"))
    return _find_filled(common.get("https_proxy"), common.get("http_proxy"), common.get("proxy"))


def _read_proxy(variable: str, value: str) -> Route:
    url = find_web_url(value)
    if url is None:
        return Route.error("Invalid URL")
    if url.scheme not in {"http", "https", *_SOCKS}:
        return Route.error(f"Invalid protocol `{url.scheme}:` connecting to proxy `{show(url.host)}`")
    username, password = find_decoded(url.username), find_decoded(url.password)
    if username is None or password is None:
        return Route.error("URI malformed")
    sent = (username, password) if url.username or url.password else (None, None)
    port = url.effective_port or _DEFAULT_PORT
    return Route.proxied(make_proxy(url.scheme, url.host, port, *sent), variable)
