"""What a page shows: texts and numbers alone, so that names can be replaced in it before it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.model.report import Outcome, Status


class Stop(NamedTuple):
    """A box of the picture.

    Args:
        kind: what stands there.
        title: its name.
        lines: what else is known of it.
    """

    kind: Literal["process", "proxy", "origin", "api"]
    title: str
    lines: tuple[str, ...] = ()


class Hop(NamedTuple):
    """One step of the way.

    Args:
        label: how it is made, such as ``https`` or ``websocket``; empty for the step to a proxy.
        status: the gravest of the outcomes that are about it.
        cause: of that outcome, or ``None``.
        detail: what was seen.
        check: the outcome's name; empty where nothing was tried.
    """

    label: str
    status: Status
    cause: str | None = None
    detail: str = ""
    check: str = ""


class Branch(NamedTuple):
    """A host, and the steps that lead to it."""

    end: Stop
    hops: tuple[Hop, ...]


class Trunk(NamedTuple):
    """A proxy and what is behind it; or no proxy, and what is reached directly."""

    proxy: Stop | None
    hop: Hop | None
    branches: tuple[Branch, ...]


class ProcessWay(NamedTuple):
    """How one process reaches what it needs.

    Args:
        process: the first box.
        state: whether the process itself is ready.
        trunks: proxies first, then what is direct.
    """

    process: Stop
    state: Hop
    trunks: tuple[Trunk, ...]


class Group(NamedTuple):
    """Outcomes under one heading; an empty title where there is but one group."""

    title: str
    outcomes: tuple[Outcome, ...]


class Remark(NamedTuple):
    """What the linter says of a certificate."""

    severity: str
    code: str
    message: str


class RuntimeAnswer(NamedTuple):
    """What one runtime says.

    Args:
        runtime: its name for people.
        answer: ``ok``, ``fail`` or ``unknown``.
        message: what the user would see.
        evidence: what the answer rests on.
    """

    runtime: str
    answer: str
    message: str
    evidence: str


class TreeNode(NamedTuple):
    """A certificate of the tree, and below it those that it issued.

    Args:
        name: its subject.
        issuer: its issuer's name; empty where nothing but the name is known.
        begins: the first day that it is valid; empty where nothing but the name is known.
        ends: the last one.
        state: ``valid``, ``soon``, ``expired`` or ``not-yet``.
        fingerprint: SHA-256, lower-case hex; empty where nothing but the name is known.
        source: where it was seen.
        remarks: of the linter.
        answers: what each runtime says to the path that ends here; none where that is not known.
        options: what can be done about a refusal.
        children: what it issued.
    """

    name: str
    issuer: str
    begins: str
    ends: str
    state: str
    fingerprint: str
    source: str
    remarks: tuple[Remark, ...]
    answers: tuple[RuntimeAnswer, ...]
    options: tuple[str, ...]
    children: tuple[TreeNode, ...] = ()


class Square(NamedTuple):
    """What one group of clients does with one host.

    Args:
        route: ``proxied``, ``direct`` or ``error``.
        reason: what decided.
    """

    route: str
    reason: str


class GridRow(NamedTuple):
    """One host."""

    url: str
    squares: tuple[Square, ...]
    differs: bool


class Grid(NamedTuple):
    """Hosts down, clients across: where each goes.

    Args:
        columns: groups of clients that do the same everywhere, the largest first.
        rows: one for each host.
        proxies: what stands behind ``proxied``.
        no_proxy: the list.
        idle: clients that take no proxy from variables.
        mistakes: entries that do not mean what they seem to.
        advice: lines to paste into a shell.
        left: what clients differ about even then.
    """

    columns: tuple[tuple[str, ...], ...]
    rows: tuple[GridRow, ...]
    proxies: tuple[str, ...]
    no_proxy: str
    idle: tuple[str, ...]
    mistakes: tuple[str, ...]
    advice: tuple[str, ...]
    left: tuple[str, ...]


class Card(NamedTuple):
    """One client.

    Args:
        name: as people call it.
        version: as it says itself; empty where it does not.
        place: the program or module; empty where it is not here.
        coverage: ``covered``, ``source``, ``trust-install``, ``configure`` or ``not-covered``.
        reason: why.
        roots: the variables that name its roots.
        proxy: the variables that name its proxy.
        file: where no variable reaches: its own file or option.
    """

    name: str
    version: str
    place: str
    coverage: str
    reason: str
    roots: tuple[str, ...]
    proxy: tuple[str, ...]
    file: str


class Page(NamedTuple):
    """All of it.

    Args:
        verb: ``check`` or ``status``.
        passed: yes or no.
        verdict: one line, below the yes or no.
        facts: label and value.
        ways: one for each process.
        groups: every outcome.
        forest: the roots of the trees of certificates.
        grid: or ``None`` where none could be made.
        cards: the clients.
        notes: what could not be shown, and why.
        made: when, and by what.
        hidden: whether aliases stand for names, addresses and paths.
    """

    verb: str
    passed: bool
    verdict: str
    facts: tuple[tuple[str, str], ...]
    ways: tuple[ProcessWay, ...]
    groups: tuple[Group, ...]
    forest: tuple[TreeNode, ...] = ()
    grid: Grid | None = None
    cards: tuple[Card, ...] = ()
    notes: tuple[str, ...] = ()
    made: str = ""
    hidden: bool = False
