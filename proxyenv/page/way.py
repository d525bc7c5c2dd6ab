"""The way of a process, from what was found on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.model.subject import parse_origin
from proxyenv.model.url import DEFAULT_PORTS
from proxyenv.page.content import Branch, Hop, ProcessWay, Stop, Trunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.report import Leg, Outcome, Process, Report, Status

_GRAVITY: Final[tuple[Status, ...]] = ("failed", "warning", "skipped", "ok")
_OF_A_TARGET: Final = frozenset({"proxy-denied", "proxy-gateway"})
"""Causes of ``proxy-connect`` that concern what is behind the proxy."""

_ON_THE_WAY: Final = (
    *("proxy-", "tls", "fetch", "negative-control", "proof"),
    *("prefect-api", "prefect-websocket", "prefect-flow"),
)
"""Checks that are about a step, or about all of them; whatever else fails, the process is not ready."""


def build_way(shared: Iterable[Outcome], report: Report) -> ProcessWay:
    """How a process reaches what it needs, and where that breaks.

    Args:
        shared: the outcomes for this machine.
        report: those for the process, and where it is to go.
    """
    outcomes = (*shared, *report.outcomes)
    own = [each for each in outcomes if not each.check.startswith(_ON_THE_WAY)]
    known = [each for each in own if each.status != "skipped"]
    branches = tuple(_find_branches(report.legs, outcomes))
    proxies = tuple(dict.fromkeys(via for via, _ in branches))
    trunks = (
        _build_trunk(via, report.legs, outcomes, tuple(each for other, each in branches if other == via))
        for via in sorted(proxies, key=lambda via: via is None)
    )
    return ProcessWay(_describe_process(report.process), judge("", known or own), tuple(trunks))


def judge(label: str, outcomes: Iterable[Outcome]) -> Hop:
    """One step from everything that was found on it: the gravest counts, the first of those is named."""
    known = sorted(outcomes, key=lambda each: _GRAVITY.index(each.status))
    if not known:
        return Hop(label, "skipped")
    first = known[0]
    if first.status == "skipped":  # the cause is another step's
        return Hop(label, "skipped")
    return Hop(label, first.status, first.cause, first.detail, first.check)


def _build_trunk(
    via: str | None, legs: tuple[Leg, ...], outcomes: tuple[Outcome, ...], branches: tuple[Branch, ...]
) -> Trunk:
    if via is None:
        return Trunk(None, None, branches)
    seen = {leg.intercepted for leg in legs if leg.via == via}
    line = "issues its own certificates" if True in seen else ""
    if seen - {None} == {False}:
        line = "passes TLS through"
    host = via.rpartition(":")[0].strip("[]")
    about = {f"proxy-resolve [{host}]", f"proxy-connect [{via}]"}
    found = (each for each in outcomes if each.check in about)
    hop = judge("", (each._replace(status="ok") if each.cause in _OF_A_TARGET else each for each in found))
    return Trunk(Stop("proxy", via, (line,) if line else ()), hop, branches)


def _find_branches(
    legs: tuple[Leg, ...], outcomes: tuple[Outcome, ...]
) -> Iterator[tuple[str | None, Branch]]:
    """Each host below the proxy that leads to it; the API last."""
    api = next((_find_origin(leg.url) for leg in legs if leg.kind == "rest"), None)
    groups: dict[tuple[str | None, bool, str], list[Leg]] = {}
    for leg in sorted(legs, key=lambda leg: leg.kind != "document" or _find_origin(leg.url) == api):
        is_api = _find_origin(leg.url) == api
        groups.setdefault((leg.via, is_api, "" if is_api else parse_origin(leg.url).host), []).append(leg)
    for (via, is_api, host), members in groups.items():
        hops = tuple(_judge_leg(leg, outcomes, api=is_api) for leg in members)
        yield via, Branch(_describe_api(members[0].url) if is_api else Stop("origin", host), hops)


def _judge_leg(leg: Leg, outcomes: tuple[Outcome, ...], *, api: bool) -> Hop:
    if leg.kind == "websocket":
        return judge("websocket", (each for each in outcomes if each.check == "prefect-websocket"))
    if leg.kind == "rest":
        check, label = ("prefect-api", "REST") if leg.url else ("prefect-flow", "flow")
        return judge(label, (each for each in outcomes if each.check == check))
    origin, via = _find_origin(leg.url), f"proxy-connect [{leg.via}]"
    about = (f"tls [{origin}]", f"tls [{origin}, ", f"fetch [{leg.url}]")
    found = [
        each
        for each in outcomes
        if each.check.startswith(about)
        or (each.check.startswith("negative-control [") and each.check.endswith(f", {origin}]"))
        or (each.check == via and each.cause in _OF_A_TARGET and leg.url.startswith("https:"))
    ]
    return judge("document" if api else _name_scheme(leg.url), found)


def _describe_process(process: Process | None) -> Stop:
    if process is None:
        return Stop("process", "your process", ("was not started",))
    versions = (("Python", process.version), ("Prefect", process.prefect))
    known = (f"{name} {version}" for name, version in versions if version)
    place = "in new shells" if process.environment == "new-shell" else "in this shell"
    return Stop("process", process.python, (*known, place))


def _describe_api(url: str) -> Stop:
    return Stop("api", "Prefect API", (parse_origin(url).authority if url else "a temporary server",))


def _name_scheme(url: str) -> str:
    origin = parse_origin(url)
    usual = origin.port == DEFAULT_PORTS.get(origin.scheme)
    return origin.scheme if usual else f"{origin.scheme}, port {origin.port}"


def _find_origin(url: str) -> str:
    """As the names of checks have it: scheme, host and port."""
    return str(parse_origin(url)) if url else ""
