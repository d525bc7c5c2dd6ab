"""git over HTTP: it reads the variables itself and hands libcurl a proxy without its scheme.

After ``get_curl_handle`` in ``http.c`` and ``credential_from_url`` in ``credential.c`` of git 2.39. In
lower case wins even where it is empty, unlike curl's own rule. A user name without a password is
asked for, so that git fails where nobody can answer, whatever NO_PROXY says.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.curl_url import CurlURLError, parse_curl_url
from proxyenv.no_proxy.dialects.dialect import first_set, no_variable, repair, show
from proxyenv.no_proxy.dialects.hosts import to_ascii
from proxyenv.no_proxy.dialects.libcurl import CURL_7_85, CURL_7_88, CurlNoProxy, Generation, read_proxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router

_END: Final = re.compile(r"[/?#]|\Z")
_KINDS: Final = (
    ("socks5h", "socks5h"),
    ("socks5", "socks5"),
    ("socks4a", "socks4a"),
    ("socks", "socks4"),
    ("https", "https"),
)


def prepare_git(environment: Mapping[str, str]) -> Router:
    """The reading of git, with the libcurl of Debian 12."""
    return _prepare(environment, CURL_7_88)


def prepare_older_git(environment: Mapping[str, str]) -> Router:
    """That with a libcurl before 7.86."""
    return _prepare(environment, CURL_7_85)


def _prepare(environment: Mapping[str, str], generation: Generation) -> Router:
    listed = first_set(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
    no_proxy = CurlNoProxy.read(listed[1], generation)

    def route(url: str) -> Route:
        try:
            target = parse_curl_url(url, modern=False)
        except CurlURLError as error:
            return Route.error(f"URL rejected: {error}")
        named = _find_variable(environment, target.scheme)
        if named is None:
            return no_variable(target.scheme)
        if not named[1]:
            return Route.direct(f"`{named[0]}` is empty")
        host = to_ascii(target.host)
        if host is None:
            return Route.error(f"failed to convert `{show(target.host)}` to ACE")
        entry = no_proxy.find(host)
        decided = _read_proxy(*named)
        # The credentials are looked at first, the address of the proxy only when it is used.
        fatal = decided.kind is RouteKind.ERROR and decided.reason.startswith("fatal: ")
        return decided if entry is None or fatal else Route.bypassed(entry, listed[0])

    return route


def _find_variable(environment: Mapping[str, str], scheme: str) -> tuple[str, str] | None:
    names = ("https_proxy", "HTTPS_PROXY") if scheme == "https" else ("http_proxy",)
    return first_set(environment, *names, "all_proxy", "ALL_PROXY")


def _read_proxy(variable: str, value: str) -> Route:
    text = value if "://" in value else f"http://{value}"
    scheme, _, rest = text.partition("://")
    if not scheme:
        return Route.error(f"fatal: credential url cannot be parsed: {show(value)}")
    kind = next((kind for start, kind in _KINDS if value.startswith(start)), "http")
    username, password, host = _split_credentials(rest)
    if any("\n" in part for part in (scheme, username or "", password or "", host, unquote(rest))):
        return Route.error(f"fatal: credential url cannot be parsed: {show(value)}")
    if username is not None and password is None:
        return Route.error(f"fatal: could not read Password for '{show(value)}': no terminal")
    if not host:
        return Route.direct(f"`{variable}` names no host")
    decided = read_proxy(variable, host, CURL_7_88, kind=kind)
    if decided.proxy is None or decided.proxy.username is not None or username is None:
        return decided  # what a raw `@` leaves before the host is libcurl's login, and hides git's
    proxy = decided.proxy._replace(username=repair(username), password=repair(password or ""))
    return replace(decided, proxy=proxy)


def _split_credentials(rest: str) -> tuple[str | None, str | None, str]:
    found = _END.search(rest)
    end = found.start() if found else len(rest)
    at, colon = rest.find("@"), rest.find(":")
    if at < 0 or at >= end:
        return None, None, unquote(rest[:end])
    if colon < 0 or at <= colon:
        return unquote(rest[:at]), None, unquote(rest[at + 1 : end])
    return unquote(rest[:colon]), unquote(rest[colon + 1 : at]), unquote(rest[at + 1 : end])
