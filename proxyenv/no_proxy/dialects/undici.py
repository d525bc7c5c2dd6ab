"""Node's ``fetch``: undici's ``EnvHttpProxyAgent``, installed where `NODE_USE_ENV_PROXY` is `1`.

After ``lib/dispatcher/env-http-proxy-agent.js`` and ``proxy-agent.js`` of undici 6.28, 7.29 and 8.10, as
they are in Node 22, 24 and 26, and ``setupHttpProxy`` in ``lib/internal/process/pre_execution.js``. In
lower case wins even where it is empty. HTTP_PROXY also serves https. Both proxy URLs are read when Node
starts: one that cannot be used ends every program, whatever it fetches.

``fetch`` loads the module `http`, so what that one refuses ends every program that fetches.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.dialect import first_filled, first_set, make_proxy, no_variable, show
from proxyenv.no_proxy.dialects.hosts import find_ipv4
from proxyenv.no_proxy.dialects.listed import Listed, first_of, names_above, tails_of
from proxyenv.no_proxy.dialects.web_url import WebURL, find_decoded, find_web_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.no_proxy.dialects.dialect import Router


_VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_SCHEME: Final = re.compile(r"https?://")


def find_refusal(environment: Mapping[str, str]) -> Route | None:
    """Why Node does not look at the environment at all, or ``None`` where it does."""
    options = environment.get("NODE_OPTIONS", "").split()
    if environment.get("NODE_USE_ENV_PROXY") != "1" and "--use-env-proxy" not in options:
        return Route.direct("`NODE_USE_ENV_PROXY` is not `1`")
    if not any(environment.get(name) for name in _VARIABLES):
        return Route.direct("no variable names a proxy")
    return None


def find_start_failure(environment: Mapping[str, str], scheme: str) -> Route | None:
    """The error with which the module of a scheme refuses to be loaded, or ``None``."""
    named = first_filled(environment, f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    decided = read_module_proxy(*named) if named else None
    return decided if decided and decided.kind is RouteKind.ERROR else None


def read_module_proxy(variable: str, value: str) -> Route:
    """The route of the modules where no entry decides."""
    if "\r" in value or "\n" in value:
        return Route.error(f"ERR_PROXY_INVALID_CONFIG: Invalid proxy URL: {show(value)}")
    if not _SCHEME.match(value):
        return Route.direct(f"`{variable}` does not begin with `http://` or `https://`")
    url = find_web_url(value)
    if url is None:
        return Route.error(f"ERR_PROXY_INVALID_CONFIG: Invalid proxy URL: {show(value)}")
    if not (url.username or url.password):
        return Route.proxied(make_proxy(url.scheme, url.host, url.effective_port), variable)
    username, password = find_decoded(url.username), find_decoded(url.password)
    if username is None or password is None:
        return Route.error("URIError: URI malformed")
    return Route.proxied(make_proxy(url.scheme, url.host, url.effective_port, username, password), variable)


_SEPARATOR: Final = re.compile(r"[,\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
_WITH_PORT: Final = re.compile(r"(.+):([0-9]+)", re.DOTALL)
_BRACKETED_PORT: Final = re.compile(r"\[(.+)\]:([0-9]+)", re.DOTALL)
_BRACKETED: Final = re.compile(r"\[(.+)\]", re.DOTALL)
_LEADING: Final = re.compile(r"\*?\.")
_SOCKS: Final = frozenset({"socks5", "socks"})
_LONGEST_PORT: Final = 5


class Undici(enum.Enum):
    """The generations that differ, by the Node that has them."""

    NODE_22 = 22
    NODE_24 = 24
    NODE_26 = 26


@dataclass(slots=True)
class _UndiciNoProxy:
    """A list: names with what is below them, names alone, and ends of names, each with its port or 0."""

    generation: Undici
    everything: Listed | None = None
    below: dict[tuple[str, int], Listed] = field(default_factory=dict)
    exact: dict[tuple[str, int], Listed] = field(default_factory=dict)
    ends: dict[tuple[str, int], Listed] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str, generation: Undici) -> _UndiciNoProxy:
        if text == "*":
            return cls(generation, everything=Listed(0, text))
        read = cls(generation)
        add = read._add_22 if generation is Undici.NODE_22 else read._add
        for place, entry in enumerate(_SEPARATOR.split(text)):
            if entry:
                add(Listed(place, entry))
        return read

    def find(self, host: str, port: int) -> Listed | None:
        """The entry that covers a host, which is as the generation writes it."""
        if self.everything is not None:
            return self.everything
        keys = {0, port}
        return first_of(
            *(self.exact.get((host, of)) for of in keys),
            *(self.below.get((name, of)) for name in names_above(host) for of in keys),
            *(self.ends.get((tail, of)) for tail in (tails_of(host) if self.ends else ()) for of in keys),
        )

    def _add_22(self, entry: Listed) -> None:
        name, port = _split_port(_WITH_PORT, entry.text)
        if name.startswith((".", "*")):
            self.ends.setdefault((name.removeprefix("*").lower(), port), entry)
        else:
            self.exact.setdefault((name.lower(), port), entry)

    def _add(self, entry: Listed) -> None:
        name, port = _split_port(_WITH_PORT, entry.text)
        if self.generation is Undici.NODE_26:
            name, port = _split_brackets(entry.text)
        name = _LEADING.sub("", name, count=1) if _LEADING.match(name) else name
        if self.generation is Undici.NODE_26 and len(name) > 1:
            name = name.removesuffix(".")
        self.below.setdefault((name.lower(), port), entry)


def prepare_undici(generation: Undici) -> Callable[[Mapping[str, str]], Router]:
    """The reading of one generation."""

    def prepare(environment: Mapping[str, str]) -> Router:
        off = find_refusal(environment)
        if off is not None:
            return lambda _url: off
        listed = first_set(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
        variable, no_proxy = listed[0], _UndiciNoProxy.read(listed[1], generation)
        proxies = read_proxies(environment, generation)

        def route(url: str) -> Route:
            if isinstance(proxies, Route):
                return proxies
            target = find_web_url(url)
            if target is None:
                return Route.error("TypeError: Failed to parse URL")
            entry = no_proxy.find(_write_host(target, generation), target.effective_port)
            proxy = proxies.get(target.scheme) or proxies.get("http")
            if proxy is None:
                return no_variable(target.scheme)
            return Route.bypassed(entry.text, variable) if entry else _through(*proxy, generation)

        return route

    return prepare


def read_proxies(
    environment: Mapping[str, str], generation: Undici
) -> dict[str, tuple[str, ProxyURL]] | Route:
    """For each scheme the variable and the proxy, or the error with which Node ends at its start."""
    proxies = {}
    for scheme in ("http", "https"):
        variable, value = first_set(environment, f"{scheme}_proxy", f"{scheme.upper()}_PROXY") or ("", "")
        if not value:
            continue
        proxy = _read_proxy(value, generation)
        if isinstance(proxy, Route):
            return proxy
        proxies[scheme] = variable, proxy
    return find_start_failure(environment, "http") or proxies


def _read_proxy(value: str, generation: Undici) -> ProxyURL | Route:
    url = find_web_url(value)
    if url is None:
        return Route.error(f"TypeError: Invalid URL `{show(value)}`")
    socks = url.scheme in _SOCKS and generation is not Undici.NODE_22
    if url.scheme not in {"http", "https"} and not socks:
        return Route.error("InvalidArgumentError: Invalid URL protocol: it must be `http:` or `https:`")
    if url.has_path and not socks:
        return Route.error("InvalidArgumentError: invalid url")
    username, password = find_decoded(url.username), find_decoded(url.password)
    if url.username and (url.password or generation is not Undici.NODE_22) and None in {username, password}:
        return Route.error("URIError: URI malformed")
    port = url.effective_port or 1080
    sent = bool(url.username) and (bool(url.password) or generation is Undici.NODE_26)
    return make_proxy(url.scheme, url.host, port, *((username, password or "") if sent else (None, None)))


def _through(variable: str, proxy: ProxyURL, generation: Undici) -> Route:
    is_address = find_ipv4(proxy.host) is not None or ":" in proxy.host
    if generation is Undici.NODE_26 and proxy.scheme == "https" and is_address:
        return Route.error("ERR_INVALID_ARG_VALUE: an IP address is not permitted as TLS ServerName")
    return Route.proxied(proxy, variable)


def _write_host(target: WebURL, generation: Undici) -> str:
    if generation is not Undici.NODE_26:
        return target.host
    return target.bare_host.removesuffix(".") if len(target.bare_host) > 1 else target.bare_host


def _split_port(pattern: re.Pattern[str], text: str) -> tuple[str, int]:
    """The name and the port; 0 without one, -1 for one that no URL has."""
    found = pattern.fullmatch(text)
    if found is None:
        return text, 0
    digits = found[2].lstrip("0")
    return found[1], int(digits or "0") if len(digits) <= _LONGEST_PORT else -1


def _split_brackets(text: str) -> tuple[str, int]:
    if _BRACKETED_PORT.fullmatch(text):
        return _split_port(_BRACKETED_PORT, text)
    found = _BRACKETED.fullmatch(text)
    bare = found[1] if found else text
    return _split_port(_WITH_PORT, bare) if bare.count(":") == 1 else (bare, 0)
