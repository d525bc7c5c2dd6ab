"""What the compiled list cannot say to a client: no difference stays silent.

Every rule is tried alone, on an example of each of its regions, against every dialect. A client goes
direct for a list when one of its entries says so, so what holds for each rule alone holds for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.model.no_proxy import (
    Address,
    Domain,
    Everything,
    ExactHost,
    NoProxy,
    NoProxyEntry,
    Rule,
    Subnet,
)
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.compiler import compile_no_proxy, is_beyond_ascii
from proxyenv.no_proxy.matcher import DEFAULT_PORTS, Matcher, parse_endpoint
from proxyenv.no_proxy.regions import Region, find_region, is_meant, make_examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.no_proxy.compiler import Compiled
    from proxyenv.no_proxy.dialects.dialect import Dialect, Router

_PROXY_HOST: Final = "proxy.invalid"
_PROXY_PORT: Final = 3128
_LOOPBACK: Final = ("http://localhost/", "http://127.0.0.1/", "http://127.8.8.8/", "http://[::1]/")
_ELSEWHERE: Final = ("http://elsewhere.invalid/", "https://elsewhere.invalid/")


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where a client's route is not what is meant.

    Args:
        client: the dialect's name.
        kind: what the client does there: goes direct, to the proxy, or fails.
        entry: the entry, or ``None`` when it is so whatever the list says.
        region: which URLs around the entry.
    """

    client: str
    kind: RouteKind
    entry: NoProxyEntry | None = None
    region: Region | None = None

    def covers(self, url: str) -> bool:
        """Whether a URL lies in it."""
        if self.entry is not None:
            return find_region(self.entry.rule, url) is self.region
        return self.region is None or is_loopback(url)


def make_environment(compiled: Compiled) -> dict[str, str]:
    """An environment with one proxy for everything and the compiled list, as `setup` would write it."""
    proxy = f"http://{_PROXY_HOST}:{_PROXY_PORT}"
    java = [
        f"-D{scheme}.proxy{key}={value}"
        for scheme in ("http", "https")
        for key, value in (("Host", _PROXY_HOST), ("Port", _PROXY_PORT))
    ]
    return {
        **dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), proxy),
        **dict.fromkeys(("no_proxy", "NO_PROXY"), compiled.value),
        **dict(compiled.own),
        "NODE_USE_ENV_PROXY": "1",
        "JAVA_TOOL_OPTIONS": " ".join((*java, f"-Dhttp.nonProxyHosts={'|'.join(compiled.java)}")),
    }


def is_loopback(url: str) -> bool:
    """Whether a URL asks for this machine itself (RFC 6761, RFC 1122)."""
    endpoint = parse_endpoint(url)
    return endpoint.address.is_loopback if endpoint.address else endpoint.name == "localhost"


def find_gaps(no_proxy: NoProxy, dialects: Iterable[Dialect]) -> tuple[Gap, ...]:
    """Every place where a client's route for the compiled list is not what is meant.

    Args:
        no_proxy: what is meant.
        dialects: the clients.
    """
    clients = tuple(dialects)
    shapes: dict[object, list[tuple[str, RouteKind, Region]]] = {}
    gaps = list(_find_standing_gaps(no_proxy, clients))
    for entry in no_proxy.entries:
        shape = _find_shape(entry.rule)
        if shape not in shapes:
            shapes[shape] = list(_try_rule(entry, clients))
        gaps += [Gap(client, kind, entry, region) for client, kind, region in shapes[shape]]
    return tuple(gaps)


_LOST: Final = (Region.ITSELF, Region.BELOW, Region.IMPLIED_PORT)


def render_losses(gaps: Iterable[Gap]) -> Iterator[str]:
    """What ought to be direct and is not, a sentence for each entry; what is direct besides is not said."""
    losses: dict[tuple[str, Region], dict[RouteKind, list[str]]] = {}
    for gap in gaps:
        if gap.entry is not None and gap.region in _LOST and gap.kind is not RouteKind.DIRECT:
            kinds = losses.setdefault((str(gap.entry.rule), gap.region), {})
            kinds.setdefault(gap.kind, []).append(gap.client)
    for (text, region), kinds in losses.items():
        for kind, clients in kinds.items():
            verb = "fail on" if kind is RouteKind.ERROR else "send"
            to = "" if kind is RouteKind.ERROR else " to the proxy"
            advice = "; name the hosts" if "/" in text else ""
            yield f"`{text}`: {', '.join(sorted(clients))} {verb} {region.value}{to}{advice}"


_WIDER: Final = (Region.APEX, Region.BELOW, Region.OTHER_PORT)


def render_excesses(gaps: Iterable[Gap]) -> Iterator[str]:
    """What is direct besides what was meant, a sentence for each entry: no list can narrow it."""
    wider: dict[tuple[str, Region], list[str]] = {}
    for gap in gaps:
        if gap.entry is not None and gap.region in _WIDER and gap.kind is RouteKind.DIRECT:
            wider.setdefault((str(gap.entry.rule), gap.region), []).append(gap.client)
    for (text, region), clients in wider.items():
        yield f"`{text}`: {', '.join(sorted(clients))} reach {region.value} directly too"


def _try_rule(entry: NoProxyEntry, clients: tuple[Dialect, ...]) -> Iterator[tuple[str, RouteKind, Region]]:
    environment = make_environment(compile_no_proxy(NoProxy((entry,))))
    examples = make_examples(entry.rule)
    for client in clients:
        router = client.prepare(environment)
        for region, urls in examples.items():
            kind = _find_difference(router, urls, direct=is_meant(entry.rule, region))
            if kind is not None:
                yield client.name, kind, region


def _find_standing_gaps(no_proxy: NoProxy, clients: tuple[Dialect, ...]) -> Iterator[Gap]:
    """Clients that never take a proxy, and those that never take one to this machine itself."""
    matcher = Matcher(no_proxy)
    environment = make_environment(compile_no_proxy(no_proxy))
    loopback = tuple(url for url in _LOOPBACK if matcher.find_entry(url) is None)
    for client in clients:
        router = client.prepare(environment)
        if not any(isinstance(rule, Everything) for rule in no_proxy.rules) and (
            kind := _find_difference(router, _ELSEWHERE, direct=False)
        ):
            yield Gap(client.name, kind)
        elif loopback and (kind := _find_difference(router, loopback, direct=False)):
            yield Gap(client.name, kind, None, Region.ITSELF)


def _find_difference(router: Router, urls: tuple[str, ...], *, direct: bool) -> RouteKind | None:
    wanted = RouteKind.DIRECT if direct else RouteKind.PROXIED
    return next((kind for kind in (router(url).kind for url in urls) if kind is not wanted), None)


def _find_shape(rule: Rule) -> object:
    """What a client can see of a rule: rules of one shape are read alike, whatever their names are."""
    port = getattr(rule, "port", None)
    ports = port if port in DEFAULT_PORTS.values() else port is not None
    match rule:
        case ExactHost() | Domain():
            words = (
                rule.name.count(".") > 0,
                is_beyond_ascii(rule.name),
                "_" in rule.name,
                rule.name == "localhost",
            )
            return type(rule), ports, words, getattr(rule, "apex", True)
        case Address():
            return type(rule), ports, rule.address.version, rule.address.is_loopback, "." in str(rule)
        case Subnet():
            loopback = rule.network.is_loopback
            return type(rule), rule.network.version, rule.network.prefixlen, loopback
        case _:
            return type(rule)
