"""Which variables a process of the user's has instead of the written ones, and whether it fails by that.

With :mod:`proxyenv.decide.prefect_overrides` the one judgement that ``status``, ``check``, ``clients`` and
``discover`` share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import PROXY_VARIABLES, WEBSOCKET_VARIABLES
from proxyenv.model.proxy_url import describe_proxy
from proxyenv.model.route import RouteKind
from proxyenv.model.tools import ENVIRONMENT, Conflict, NamedRoots
from proxyenv.model.url import show_location, show_path
from proxyenv.no_proxy.dialects.httpx_clients import HTTPX
from proxyenv.no_proxy.dialects.websockets_16 import WEBSOCKETS
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.decide.expectation import Expectation
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import PrefectFindings
    from proxyenv.model.host import Host
    from proxyenv.model.tools import Aspect

_URL: Final = "PREFECT_API_URL"
CERT: Final = "PREFECT_API_SSL_CERT_FILE"
_SSL: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_ELSEWHERE: Final = ("http://elsewhere.example", "https://elsewhere.example")  # RFC 2606; what NO_PROXY lacks


class Case(NamedTuple):
    """What was set up, and what a process has.

    Args:
        host: the machine, with the environment and the working directory of the process.
        configuration: what was decided.
        expected: what every process must have by that.
        has_anchors: whether there is a corporate CA.
        profile_name: the written profile.
        profile: what ``profiles.toml`` has for it.
        profiles: the path of that file.
        prefect: Prefect's settings in that process; ``None`` where its profiles cannot be read.
        roots: path → what it names, for each that a variable or Prefect names.
    """

    host: Host
    configuration: Configuration
    expected: Expectation
    has_anchors: bool
    profile_name: str
    profile: Mapping[str, object]
    profiles: str
    prefect: PrefectFindings | None
    roots: Mapping[str, NamedRoots]

    @property
    def api_url(self) -> str | None:
        """The API that flows are meant to use; ``None`` for a temporary server."""
        own = self.profile.get(_URL)
        return self.configuration.api_url or (own if isinstance(own, str) and own else None)


def judge_variables(case: Case) -> tuple[Conflict, ...]:
    """The variables that a process has instead of the written ones."""
    return (*_judge_proxies(case), *_judge_exceptions(case), *_judge_roots(case))


def find_roots(case: Case) -> Iterator[str]:
    """The paths of trust anchors that a process names and that were not written."""
    environment = case.host.environment
    yield from (environment[name] for name in _other_roots(case))
    cert = case.prefect.settings.get(CERT) if case.prefect else None
    yield from (path for path in (cert.value if cert else "", environment.get("SSL_CERT_FILE", "")) if path)


def _differing(names: Iterable[str], environment: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Those that a process has with another value than was written; what was not written must be absent."""
    return [name for name in names if name in environment and environment[name] != wanted.get(name, "")]


def _take(names: Iterable[str], environment: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """What was written, with these variables as the process has them."""
    kept = {name: value for name, value in wanted.items() if name not in names}
    return kept | {name: environment[name] for name in names if name in environment}


def _judge_proxies(case: Case) -> Iterator[Conflict]:
    """Other proxies, or none, than were written."""
    environment, wanted = case.host.environment, case.expected.values
    groups = (PROXY_VARIABLES["https"], PROXY_VARIABLES["http"], PROXY_VARIABLES["all"], WEBSOCKET_VARIABLES)
    for names in groups:
        other = _differing(names, environment, wanted)
        if other:
            change = _find_reroute(case, wanted, _take(names, environment, wanted))
            shown = _describe_proxies({environment[name] for name in other})
            detail = f"{shown}; {change}" if change else shown
            yield _conflict(case, other, detail, "proxy", breaks=change is not None)


def _describe_proxies(values: set[str]) -> str:
    if not any(values):
        return "set to nothing"
    shown = " and ".join(sorted(describe_proxy(value) for value in values if value))
    return f"another proxy than was set up, {shown}"


def _judge_exceptions(case: Case) -> Iterator[Conflict]:
    """Another NO_PROXY than was written; longer lists are common and harmless."""
    expected, environment, names = case.expected, case.host.environment, PROXY_VARIABLES["no"]
    wanted = expected.values
    other = _differing(names, environment, wanted)
    if other and (expected.http_proxy or expected.https_proxy):
        change = _find_reroute(case, wanted, _take(names, environment, wanted))
        detail = f"another list than was set up{f'; {change}' if change else ''}"
        yield _conflict(case, other, detail, "proxy", breaks=change is not None)


def _find_reroute(case: Case, wanted: Mapping[str, str], taken: Mapping[str, str]) -> str | None:
    """What goes another way with *taken* than with *wanted*, for httpx and for Prefect's websockets."""
    api = case.api_url or "http://127.0.0.1:4200/api"  # a temporary server is at some port of loopback
    asked = [*((HTTPX, url) for url in (*_ELSEWHERE, *case.configuration.urls, api))]
    for dialect, url in (*asked, (WEBSOCKETS, api.replace("http", "ws", 1))):
        before, after = dialect.prepare(wanted)(url), dialect.prepare(taken)(url)
        if (before.kind, before.proxy) != (after.kind, after.proxy):
            named = "" if url in _ELSEWHERE else f" to `{show_location(url)}`"
            why = "" if after.kind is RouteKind.PROXIED else f": {after.reason}"
            return f"requests{named} {_GOES[after.kind]}{why}"
    return None


_GOES: Final = {
    RouteKind.PROXIED: "go through another proxy",
    RouteKind.DIRECT: "go direct",
    RouteKind.ERROR: "fail",
}


def _other_roots(case: Case) -> Iterator[str]:
    """Each variable that names other trust anchors than were written."""
    environment = case.host.environment
    wanted = {each.name: each.value for each in case.expected.variables if each.file or each.name in _SSL}
    wanted.setdefault("SSL_CERT_FILE", None)
    yield from (name for name, value in wanted.items() if environment.get(name, value) != value)


def _judge_roots(case: Case) -> Iterator[Conflict]:
    """Other trust anchors than were written; together where they name the same."""
    environment, expected = case.host.environment, case.expected
    written, wanted = {each.name for each in expected.variables}, expected.values
    counting = _SSL if case.configuration.uses_truststore else _SSL[:1]
    groups: dict[tuple[bool, str], list[str]] = {}
    for name in _other_roots(case):
        if environment[name] or name in wanted:
            groups.setdefault((name in counting, environment[name]), []).append(name)
    for (counts, path), names in groups.items():
        problem = find_fault(case, path, is_list="SSL_CERT_DIR" in names)
        if problem or written & {*names}:
            detail = problem or f"`{show_path(path)}` is not what was set up"
            yield _conflict(case, names, detail, "roots", breaks=bool(problem) and counts)


def find_fault(case: Case, path: str, *, is_list: bool = False) -> str | None:
    """Why clients that take their roots from *path* cannot verify what the proxy signs, as a clause.

    Args:
        case: which CAs they need.
        path: as a variable has it.
        is_list: whether it may be a directory, or several.
    """
    if not path:
        lack = "set to nothing, and the public roots lack the corporate CA"
        return lack if case.has_anchors else None
    found = case.roots.get(path, NamedRoots("missing"))
    if is_list and found.kind != "file":
        return None  # which of them have the CA only OpenSSL's own search can tell
    if found.lack:
        return f"it names `{show_path(path)}`, which {found.lack}"
    faults = {"missing": "which does not exist", "directory": "a directory", "unreadable": "no certificates"}
    return f"it names `{show_path(path)}`, {faults[found.kind]}" if found.kind in faults else None


def _conflict(case: Case, names: list[str], detail: str, aspect: Aspect, *, breaks: bool) -> Conflict:
    """A variable that this process has, and the env files set or unset."""
    env_file = case.host.layout.env_file("sh")
    listed = ", ".join(f"`{name}`" for name in names)
    return Conflict(
        ENVIRONMENT,
        "shadowed",
        ", ".join(names),
        f"{listed} in the environment",
        detail,
        f"source `{env_file}` in this shell, or open a new one",
        beats=f"`{env_file}`",
        aspect=aspect,
        breaks=breaks,
    )
