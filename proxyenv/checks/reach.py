"""Whether each origin is reached: its proxy answers, and its certificate is trusted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.checks.lane import Lane, Running, name_if_failed
from proxyenv.checks.proof import explain_portal, find_documents
from proxyenv.checks.proxy import (
    TARGET_CAUSES,
    check_connect,
    check_resolve,
    explain_bypass,
    find_route,
    find_websocket_proxy,
)
from proxyenv.checks.tls import check_target, check_tls, roots
from proxyenv.model.inspection import name_runtime
from proxyenv.model.report import Leg
from proxyenv.model.subject import name_url, parse_origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.checks.finding import Finding
    from proxyenv.checks.lane import Run
    from proxyenv.checks.proxy import ExpectedRoute
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.report import Outcome
    from proxyenv.model.subject import Origin, Subject

_NOBODY: Final = "https://example.com"  # RFC 2606; for a proxy when there is no URL to fetch


def find_legs(subject: Subject, intercepted: Mapping[Origin, bool | None]) -> Iterator[Leg]:
    """How a process is to reach each document, and the API.

    Args:
        subject: the process.
        intercepted: for origins that were reached, whether the proxy reads their TLS.

    Raises:
        UsageError: ``url-invalid``: one of the URLs has no origin.
    """
    for url in find_documents(subject):
        seen = intercepted.get(parse_origin(url))
        yield Leg("document", name_url(url), _name(find_route(subject, url).proxy), seen)
    api = subject.api_url
    if api is None:
        yield Leg("rest", "", None)
        return
    seen = intercepted.get(parse_origin(api))
    yield Leg("rest", name_url(api), _name(find_route(subject, api).proxy), seen)
    yield Leg("websocket", name_url(api), _name(find_websocket_proxy(subject, api)), seen)


def _name(proxy: ProxyURL | None) -> str | None:
    return proxy.authority if proxy else None


class _Way(NamedTuple):
    """Where to, and how: a lane of its own."""

    lane: Lane
    running: Running[None]


class Reach:
    """What stands between a subject and each origin. Every proxy, and every origin, has a lane of its own.

    ``broken`` maps a proxy, or a proxy and an origin, to the check that failed for it; ``intercepted`` says
    whether the proxy reads the TLS of an origin, as far as that is known.

    Args:
        run: whose subject.
        token: what nobody can guess.

    Raises:
        UsageError: ``url-invalid``: one of the URLs has no origin.
    """

    def __init__(self, run: Run, token: str) -> None:
        self._run, self._token, self.subject = run, token, run.subject
        self.origins = {url: parse_origin(url) for url in find_documents(run.subject)}
        self.broken: dict[tuple[ProxyURL | None, Origin | None], str] = {}
        self.intercepted: dict[Origin, bool | None] = {}
        self._proxies: dict[ProxyURL, _Way] = {}
        self._origins: dict[Origin, _Way] = {}

    def start(self) -> None:
        """Begin with all of them. An origin waits for the proxy that leads to it, and for no other."""
        for proxy in self.subject.proxies:
            lane = Lane(self._run)
            self._proxies[proxy] = _Way(lane, Running(partial(self._try_proxy, lane, proxy)))
        for url, origin in self.origins.items():
            if origin.scheme == "https" and origin not in self._origins:
                lane = Lane(self._run)
                self._origins[origin] = _Way(lane, Running(partial(self._try_origin, lane, url, origin)))

    def wait(self) -> tuple[Outcome, ...]:
        """The outcomes of all lanes: the proxies', then the origins', in their order."""
        none = Lane(self._run)
        if not self._proxies and "proxy-resolve" in self._run.checks:
            detail = "no proxy is configured; everything goes direct"
            none.skip("proxy-resolve", "no-proxy-configured", detail)
        ways = (*self._proxies.values(), *self._origins.values())
        for way in ways:
            way.running.wait()
        return (*none.outcomes, *(outcome for way in ways for outcome in way.lane.outcomes))

    def why_broken(self, proxy: ProxyURL | None, origin: Origin) -> str | None:
        """The failed check that explains why *origin* cannot be reached through *proxy*, or ``None``."""
        return self.broken.get((proxy, None)) or self.broken.get((proxy, origin))

    def find_blocks(self) -> Iterator[tuple[str, str | None]]:
        """Each document, and the failed check that makes it pointless to fetch it."""
        for url, origin in self.origins.items():
            yield url, self.why_broken(find_route(self.subject, url).proxy, origin)

    def _try_proxy(self, lane: Lane, proxy: ProxyURL) -> None:
        """Does it resolve, answer, and open a tunnel?"""
        resolved = lane.attempt(f"proxy-resolve [{proxy.host}]", partial(check_resolve, proxy))
        after = name_if_failed(resolved)
        action = partial(self._connect, proxy, self._find_targets(proxy))
        connected = lane.attempt(f"proxy-connect [{proxy.authority}]", action, after=after)
        if connected and connected.status not in {"ok", "warning"}:
            narrow = self._find_targets(proxy)[0] if connected.cause in TARGET_CAUSES else None
            self.broken[proxy, narrow] = after or connected.check

    def _connect(self, proxy: ProxyURL, targets: tuple[Origin, ...]) -> Finding:
        """What came of the first target for which the proxy opens a tunnel, or else of the first."""
        findings: list[Finding] = []
        for origin in targets:
            finding = check_connect(
                proxy, origin, roots(self.subject), demanded=self._is_demanded(proxy, origin),
                timeout=self.subject.timeout, forwarder=self.subject.forwarders.get(proxy),
            )  # fmt: skip
            if finding.status == "ok":
                return finding
            findings.append(finding)
            if finding.cause not in {*TARGET_CAUSES, "forwarder-past"}:
                break
        return findings[0]

    def _is_demanded(self, proxy: ProxyURL, origin: Origin) -> bool:
        """Whether clients need a tunnel to exactly that."""
        return any(
            origin == other and origin.scheme == "https" and find_route(self.subject, url).proxy == proxy
            for url, other in self.origins.items()
        )

    def _find_targets(self, proxy: ProxyURL) -> tuple[Origin, ...]:
        """What to ask *proxy* for: the first that clients need a tunnel to, then what may stand for it."""
        wanted = {origin: url for url, origin in self.origins.items() if self._is_demanded(proxy, origin)}
        first, *others = wanted or (
            next(iter(self.origins.values()), parse_origin(self.subject.api_url or _NOBODY)),
        )
        return (first, *(other for other in others if wanted[first] in self.subject.forms))

    def _try_origin(self, lane: Lane, url: str, origin: Origin) -> None:
        """Is its certificate trusted, and who issued it?"""
        route = find_route(self.subject, url)
        if route.proxy in self._proxies:
            self._proxies[route.proxy].running.wait()
        seen: list[bool | None] = []

        def action() -> Finding:
            finding, intercepted = check_tls(self.subject, origin, route)
            seen.append(intercepted)
            finding = explain_portal(self.subject, origin, finding, self._token)
            return explain_bypass(self.subject, url, finding)

        outcome = lane.attempt(f"tls [{origin}]", action, after=self.why_broken(route.proxy, origin))
        self.intercepted[origin] = seen[0] if seen else None
        if outcome and outcome.status == "failed":
            self.broken[route.proxy, origin] = outcome.check
        elif outcome and outcome.status != "skipped":
            self._try_targets(lane, origin, route)

    def _try_targets(self, lane: Lane, origin: Origin, route: ExpectedRoute) -> None:
        """Will each Python that was named by ``--target-python`` accept the certificate too?"""
        known = {name_runtime(self.subject.version)} if self.subject.version else set()
        for version in self.subject.target_pythons:
            if name_runtime(version) not in known:
                check = f"tls [{origin}, Python {version}]"
                lane.attempt(check, partial(check_target, self.subject, origin, route, version))
                known.add(name_runtime(version))
