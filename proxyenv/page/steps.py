"""The way in words, below its picture; on a narrow screen it stands for the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.page.markup import Markup, element, join, prose
from proxyenv.page.signs import HOPS, badge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.page.content import Hop, ProcessWay, Stop, Trunk


def list_steps(way: ProcessWay, targets: Mapping[str, str]) -> Markup:
    """Every step of a way, with its cause.

    Args:
        way: whose steps.
        targets: the name of an outcome → the identifier of its place on the page.
    """
    word = "ready" if way.state.status == "ok" else HOPS[way.state.status]
    start = element(
        "div", *_describe_stop(way.process), _describe_hop(way.state, word, targets), class_="stop"
    )
    return element("div", start, *(_list_trunk(trunk, targets) for trunk in way.trunks), class_="steps")


def _list_trunk(trunk: Trunk, targets: Mapping[str, str]) -> Markup:
    if trunk.proxy is None or trunk.hop is None:
        head = element("div", element("strong", "direct"), class_="stop")
    else:
        hop = _describe_hop(trunk.hop, HOPS[trunk.hop.status], targets)
        head = element(
            "div", element("span", "proxy", class_="kind"), *_describe_stop(trunk.proxy), hop, class_="stop"
        )
    items = (_list_branch(branch.end, branch.hops, targets) for branch in trunk.branches)
    return element("div", head, element("ul", *items), class_="trunk")


def _list_branch(end: Stop, hops: tuple[Hop, ...], targets: Mapping[str, str]) -> Markup:
    rows = (
        element(
            "div",
            element("span", hop.label, class_="label") if hop.label else "",
            _describe_hop(hop, HOPS[hop.status], targets),
            class_="hop",
        )
        for hop in hops
    )
    return element("li", element("div", *_describe_stop(end), class_="end"), *rows)


def _describe_stop(stop: Stop) -> Iterator[Markup]:
    yield element("strong", stop.title)
    if stop.lines:
        yield element("span", ", ".join(stop.lines), class_="quiet")


def _describe_hop(hop: Hop, word: str, targets: Mapping[str, str]) -> Markup:
    parts: list[str] = [badge(hop.status, word)]
    if hop.cause:
        target = targets.get(hop.check)
        code = element("code", hop.cause)
        parts.append(element("a", code, href=f"#{target}") if target else code)
    if hop.detail and hop.status in {"failed", "warning"}:
        parts.append(element("span", prose(hop.detail), class_="quiet"))
    return element("span", join(parts), class_="said")
