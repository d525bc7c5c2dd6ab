"""The truth table of NO_PROXY: hosts down, clients across."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.model.no_proxy import Address, Domain, Everything, ExactHost, NoProxy, PlainNames, Subnet
from proxyenv.model.route import Route, RouteKind
from proxyenv.model.subject import show_url
from proxyenv.model.url import parse_url, show_location
from proxyenv.no_proxy.dialects.dialect import mask_credentials
from proxyenv.no_proxy.entries import split_entries
from proxyenv.no_proxy.matcher import parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.model.no_proxy import Rule
    from proxyenv.no_proxy.dialects.dialect import Dialect

_ELSEWHERE: Final = ("http://elsewhere.invalid/", "https://elsewhere.invalid/")
_STANDARD: Final = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY")
_WEBSOCKET: Final = {"websockets"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one client does with one URL.

    Args:
        client: the dialect's name.
        url: as this client asks for it: websockets asks for `wss` where others ask for `https`.
        route: what it does.
    """

    client: str
    url: str
    route: Route

    @property
    def outcome(self) -> tuple[RouteKind, str]:
        """What is compared: the kind, and the proxy without credentials."""
        proxy = self.route.proxy
        return self.route.kind, f"{proxy.scheme}://{proxy.authority}" if proxy else ""


@dataclass(frozen=True, slots=True)
class Row:
    """What all clients do with one URL."""

    url: str
    cells: tuple[Cell, ...]

    @property
    def shown(self) -> str:
        """The URL for people: who asks may have typed a password."""
        return show_url(self.url)

    def differs(self, idle: frozenset[str]) -> bool:
        """Whether clients part ways, or one of them fails; those that read no variables do not count."""
        outcomes = {cell.outcome for cell in self.cells if cell.client not in idle}
        return len(outcomes) > 1 or any(kind is RouteKind.ERROR for kind, _ in outcomes)


@dataclass(frozen=True, slots=True)
class TruthTable:
    """The whole answer.

    Args:
        rows: in the order in which the URLs were asked.
        idle: clients that take no proxy from this environment whatever it names: they need another
            switch, or a line of code. They are shown, and nothing is concluded from them.
    """

    rows: tuple[Row, ...]
    idle: frozenset[str]

    @property
    def differences(self) -> tuple[Row, ...]:
        """The rows on which clients part ways, or one of them fails."""
        return tuple(row for row in self.rows if row.differs(self.idle))


def make_table(
    environment: Mapping[str, str], urls: Iterable[str], dialects: tuple[Dialect, ...]
) -> TruthTable:
    """Ask every dialect for every URL.

    Args:
        environment: the variables.
        urls: `http` or `https`.
        dialects: the clients.
    """
    routers = [(dialect.name, dialect.prepare(environment)) for dialect in dialects]
    secrets = _find_secrets(environment)
    rows = []
    for url in urls:
        asked = ((name, _as_asked_by(name, url), router) for name, router in routers)
        cells = (Cell(name, own, _mask(router(own), secrets)) for name, own, router in asked)
        rows.append(Row(url, tuple(cells)))
    return TruthTable(tuple(rows), find_idle(environment, dialects))


def _find_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Values in which a password may stand: those of proxies, and URLs that somebody put into a list."""
    values = (value for name, value in environment.items() if "proxy" in name.lower())
    words = (word for value in values for word in (value, *split_entries(value)))
    return tuple(dict.fromkeys(word for word in words if re.search("[@?#]|://|%40", word)))


def _mask(route: Route, secrets: tuple[str, ...]) -> Route:
    """The route without what its reason quotes of a password."""
    masked = mask_credentials(route.reason, *secrets)
    return route if masked == route.reason else replace(route, reason=masked)


def find_idle(environment: Mapping[str, str], dialects: tuple[Dialect, ...]) -> frozenset[str]:
    """The clients that would go direct even if every standard variable named a good proxy."""
    best = {name: value for name, value in environment.items() if name.lower() != "no_proxy"}
    best |= dict.fromkeys(_STANDARD, "http://proxy.invalid:3128")
    best.pop("REQUEST_METHOD", None)
    idle = set()
    for dialect in dialects:
        router = (dialect.plain or dialect.prepare)(best)
        if all(router(_as_asked_by(dialect.name, url)).kind is RouteKind.DIRECT for url in _ELSEWHERE):
            idle.add(dialect.name)
    return frozenset(idle)


def _as_asked_by(client: str, url: str) -> str:
    return f"ws{url.removeprefix('http')}" if client in _WEBSOCKET else url


def parse_host(text: str) -> str:
    """What a user asks about, as a URL: `host`, `host:port`, an address or a URL, without its query.

    Raises:
        UsageError: ``url-invalid``.
    """
    bare = text if "://" in text else f"https://[{text}]/" if _is_bare_ipv6(text) else f"https://{text}/"
    hint = "name it like `host.example`, `[::1]:4200` or a URL"
    parts = parse_url(bare, code="url-invalid", source="the host", hint=hint)
    try:
        parse_endpoint(bare)
    except ValueError as error:
        message = f"the host is `{show_location(text)}`, which is no name that DNS could hold"
        raise UsageError("url-invalid", message, hint=hint) from error
    return parts._replace(scheme=parts.scheme.lower(), path=parts.path or "/", query="", fragment="").geturl()


def _is_bare_ipv6(text: str) -> bool:
    return text.count(":") > 1 and not text.startswith("[")


def make_urls(no_proxy: NoProxy, *, most: int) -> tuple[str, ...]:
    """A URL or two for each entry of a list: what its author wanted to be direct.

    Args:
        no_proxy: the list.
        most: how many entries are looked at.
    """
    urls = (url for entry in no_proxy.entries[:most] for url in _urls_of(entry.rule))
    return tuple(dict.fromkeys(urls))


def _urls_of(rule: Rule) -> tuple[str, ...]:
    match rule:
        case ExactHost():
            return (f"https://{rule}/",)
        case Domain():
            port = f":{rule.port}" if rule.port else ""
            below = f"https://www.{rule.name}{port}/"
            return (f"https://{rule.name}{port}/", below) if rule.apex else (below,)
        case Address():
            return (
                f"https://{rule}/" if rule.port or rule.address.version == _IPV4 else f"https://[{rule}]/",
            )
        case Subnet():
            address = next(iter(rule.network.hosts()))
            return (f"https://{address}/" if address.version == _IPV4 else f"https://[{address}]/",)
        case PlainNames():
            return ("https://plain/",)
        case Everything():
            return ("https://www.example/",)


_IPV4: Final = 4
