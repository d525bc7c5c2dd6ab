"""Trees of certificates, from what is known of each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.issuers import find_issuer, find_issuer_name, group_by_subject
from proxyenv.model.inspection import RUNTIMES
from proxyenv.page.content import Remark, RuntimeAnswer, TreeNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.inspection import Inspection

_SOON: Final = timedelta(days=30)
_NAMES: Final = dict(RUNTIMES)

_DEEPEST: Final = 100
"""Of a tree. No client follows a longer chain, and no program draws one."""


def grow_trees(
    inspections: Iterable[Inspection], *, now: datetime, absent: Mapping[str, str]
) -> tuple[TreeNode, ...]:
    """Who issued whom, by name and signature; what has no issuer among them is a root.

    Args:
        inspections: the certificates; of those that are twice among them, the first counts.
        now: aware.
        absent: names of CAs that are not among them → what is known of that.
    """
    known: dict[bytes, Inspection] = {}
    for each in inspections:
        known.setdefault(each.certificate.der, each)
    named = group_by_subject(known)
    below: dict[bytes | None, list[bytes]] = {}
    for der, parent in _place({der: _find_parent(der, named) for der in known}).items():
        below.setdefault(parent, []).append(der)
    return _plant([_grow(der, known, below, now) for der in below.get(None, ())], absent)


def _find_parent(der: bytes, named: Mapping[bytes, tuple[bytes, ...]]) -> bytes | None:
    namesakes = named.get(find_issuer_name(der), ())
    return find_issuer(der, (each for each in namesakes if each != der))


def _place(parents: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
    """What each stands below; nothing for CAs that signed each other, and for every hundredth of a chain."""
    circular = _find_circular(parents)
    above = {der: None if der in circular else parent for der, parent in parents.items()}
    depths: dict[bytes | None, int] = {None: -1}
    for der in above:
        line = [der]
        while (parent := above[line[-1]]) is not None and parent not in depths:
            line.append(parent)
        for each in reversed(line):
            depths[each] = depths[above[each]] + 1
    return {der: parent if depths[der] % _DEEPEST else None for der, parent in above.items()}


def _find_circular(parents: Mapping[bytes, bytes | None]) -> set[bytes]:
    """The certificates that are above themselves."""
    circular: set[bytes] = set()
    seen: set[bytes] = set()
    for der in parents:
        line: list[bytes] = []
        at: bytes | None = der
        while at is not None and at not in seen:
            seen.add(at)
            line.append(at)
            at = parents[at]
        if at in line:
            circular.update(line[line.index(at) :])
    return circular


def _grow(
    der: bytes, known: Mapping[bytes, Inspection], below: Mapping[bytes | None, list[bytes]], now: datetime
) -> TreeNode:
    children = tuple(_grow(each, known, below, now) for each in below.get(der, ()))
    return _describe(known[der], now)._replace(children=children)


def _plant(roots: list[TreeNode], absent: Mapping[str, str]) -> tuple[TreeNode, ...]:
    """Roots whose issuer is known by its name alone stand below it."""
    planted = [node for node in roots if node.issuer == node.name or node.issuer not in absent]
    for name, words in absent.items():
        below = tuple(node for node in roots if node.issuer == name and node.name != name)
        if below:
            planted.append(TreeNode(name, "", "", "", "valid", "", words, (), (), (), below))
    return tuple(planted)


def _describe(inspection: Inspection, now: datetime) -> TreeNode:
    certificate = inspection.certificate
    return TreeNode(
        name=certificate.subject,
        issuer=certificate.issuer,
        begins=f"{certificate.not_before:%Y-%m-%d}",
        ends=f"{certificate.not_after:%Y-%m-%d}",
        state=_judge_dates(certificate, now),
        fingerprint=certificate.fingerprint,
        source=inspection.source,
        remarks=tuple(Remark(each.severity, each.code, each.message) for each in inspection.findings),
        answers=tuple(
            RuntimeAnswer(_NAMES[each.runtime], each.answer, each.message, each.evidence)
            for each in inspection.verdicts
        ),
        options=inspection.options,
    )


def _judge_dates(certificate: Certificate, now: datetime) -> str:
    if now < certificate.not_before:
        return "not-yet"
    if now > certificate.not_after:
        return "expired"
    return "soon" if now > certificate.not_after - _SOON else "valid"
