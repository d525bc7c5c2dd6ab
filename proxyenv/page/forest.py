"""The certificates as a tree: who issued what, and what each runtime says to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proxyenv.page.markup import Markup, element, prose
from proxyenv.page.signs import ANSWERS, SEVERITIES, badge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.page.content import RuntimeAnswer, TreeNode

_GROUP = 4
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_STATES = {
    "valid": ("ok", "valid until"),
    "soon": ("warning", "ends soon,"),
    "expired": ("failed", "expired"),
    "not-yet": ("failed", "not valid before"),
}


def draw_forest(roots: tuple[TreeNode, ...]) -> Markup:
    """Roots to the left, what they issued below and to the right."""
    return element("ul", *map(_draw_node, roots), class_="tree")


def _draw_node(node: TreeNode) -> Markup:
    children = element("ul", *map(_draw_node, node.children)) if node.children else ""
    kind = "certificate" if node.fingerprint else "certificate absent"
    return element("li", element("article", *_describe(node), class_=kind), children)


def _describe(node: TreeNode) -> Iterator[str]:
    yield element("h3", node.name)
    if not node.fingerprint:
        yield element("p", node.source, class_="quiet")
        return
    status, words = _STATES[node.state]
    day = node.begins if node.state == "not-yet" else node.ends
    yield element("p", badge(status, f"{words} {day}"), element("span", node.source, class_="quiet"))
    groups = (node.fingerprint[at : at + _GROUP] for at in range(0, len(node.fingerprint), _GROUP))
    shown = " ".join(groups) if _DIGEST.match(node.fingerprint) else node.fingerprint
    yield element("p", element("span", "SHA-256", class_="kind"), element("code", shown), class_="print")
    if node.remarks:
        items = (
            element(
                "li",
                badge(SEVERITIES.get(each.severity, "note"), each.severity),
                element("code", each.code),
                element("span", prose(each.message)),
            )
            for each in node.remarks
        )
        yield element("ul", *items, class_="remarks")
    if node.answers:
        yield _list_answers(node.answers)
    if node.options:
        items = (element("li", prose(each)) for each in node.options)
        yield element("div", element("p", "what can be done", class_="kind"), element("ol", *items))


def _list_answers(answers: tuple[RuntimeAnswer, ...]) -> Markup:
    """Those that say no first, with their words; those that say yes in one line."""
    refused = [each for each in answers if each.answer != "ok"]
    accepted = [each for each in answers if each.answer == "ok"]
    rows = [
        element(
            "li",
            badge(*ANSWERS[each.answer]),
            element(
                "span",
                element("strong", each.runtime),
                element("span", prose(each.message)),
                element("span", each.evidence, class_="quiet"),
            ),
        )
        for each in sorted(refused, key=lambda each: each.answer)
    ]
    if accepted:
        names = ", ".join(each.runtime for each in accepted)
        rows.append(element("li", badge(*ANSWERS["ok"]), element("span", names)))
    return element("ul", *rows, class_="answers")
