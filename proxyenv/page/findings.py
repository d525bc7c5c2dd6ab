"""The outcomes: what failed with its cause, its hint and the evidence, then what passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.codes import find_code
from proxyenv.page.markup import Markup, element, join, prose
from proxyenv.page.signs import badge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.report import Outcome
    from proxyenv.page.content import Group

_LEVELS = ("failed", "warning")
_QUIET = (("ok", "passed"), ("skipped", "skipped"))
_FEW = 6


def name_targets(groups: Iterable[Group]) -> dict[str, str]:
    """For each outcome that has a place of its own, by its name: the identifier of that place."""
    broken = (each for group in groups for each in group.outcomes if each.status in _LEVELS)
    names: dict[str, str] = {}
    for number, outcome in enumerate(broken, start=1):
        names.setdefault(outcome.check, f"finding-{number}")
    return names


def list_findings(groups: tuple[Group, ...], targets: Mapping[str, str]) -> Markup:
    """Failures first, then warnings, then what passed and what was skipped."""
    seen: set[str] = set()
    return join(part for group in groups for part in _list_group(group, targets, seen))


def _list_group(group: Group, targets: Mapping[str, str], seen: set[str]) -> Iterator[Markup]:
    if group.title:
        yield element("h3", group.title, class_="group")
    broken = [each for status in _LEVELS for each in group.outcomes if each.status == status]
    for outcome in broken:
        target = targets.get(outcome.check)
        level = "h4" if group.title else "h3"
        yield _describe(outcome, target if target not in seen else None, level)
        seen.add(target or "")
    if not broken:
        yield element("p", "Nothing failed, and there is nothing to warn of.", class_="calm")
    for status, word in _QUIET:
        rest = tuple(each for each in group.outcomes if each.status == status)
        if rest:
            yield _fold(f"{len(rest)} {word}", rest, status, is_open=len(rest) <= _FEW and not broken)


def _describe(outcome: Outcome, target: str | None, level: str) -> Markup:
    """One that failed, or a warning."""
    code = find_code(outcome.cause) if outcome.cause else None
    head = element(
        level, badge(outcome.status, outcome.status), element("span", outcome.check, class_="check mono")
    )
    cause = element(
        "p",
        element("code", outcome.cause or "", class_="cause"),
        element("span", prose(code.meaning), class_="meaning") if code else "",
    )
    rows = [("seen", prose(outcome.detail))] if outcome.detail else []
    if outcome.hint:
        rows.append(("next step", prose(outcome.hint)))
    elif code:
        rows.append(("next step", prose(code.next_step)))
    pairs = (part for label, words in rows for part in (element("dt", label), element("dd", words)))
    parts = [head, cause if outcome.cause else "", element("dl", *pairs)]
    if code and code.reasons:
        items = (element("li", prose(reason)) for reason in code.reasons)
        parts.append(element("details", element("summary", "usual reasons"), element("ul", *items)))
    return element("article", *parts, class_=f"finding {outcome.status}", id=target)


def _fold(title: str, outcomes: tuple[Outcome, ...], status: str, *, is_open: bool) -> Markup:
    rows = (
        element(
            "tr",
            element("th", outcome.check, scope="row", class_="mono"),
            element("td", prose(outcome.detail)),
            element("td", f"{outcome.elapsed:.1f} s" if outcome.elapsed else "", class_="number"),
        )
        for outcome in outcomes
    )
    table = element("table", element("tbody", *rows), class_="passed")
    return element(
        "details",
        element("summary", badge(status, title)),
        table,
        open="" if is_open else None,
        class_="fold",
    )
