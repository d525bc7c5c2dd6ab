"""The way as a drawing of plain text: for a terminal, an issue, a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.page.markup import spell
from proxyenv.page.signs import HOPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.page.content import Branch, Hop, ProcessWay, Trunk


def sketch_way(way: ProcessWay) -> Iterator[str]:
    """A line for each step: what it leads to, how, and whether it works; in ASCII as far as the names are."""
    state = _say(way.state) if way.state.status != "ok" else "ready"
    yield f"{spell(way.process.title)}: {state}"
    for number, trunk in enumerate(way.trunks, start=1):
        yield "  |"
        stem = "  |" if number < len(way.trunks) else "   "
        if trunk.proxy is None or trunk.hop is None:
            yield "  +--> direct"
        else:
            lines = "".join(f" ({spell(line)})" for line in trunk.proxy.lines)
            yield f"  +--> proxy {spell(trunk.proxy.title)}: {_say(trunk.hop)}{lines}"
        yield from (f"{stem}      +-- {line}" for line in _list_hops(trunk))


def _list_hops(trunk: Trunk) -> Iterator[str]:
    hops = [(branch, hop) for branch in trunk.branches for hop in branch.hops]
    width = max((len(hop.label) for _, hop in hops), default=0)
    for branch, hop in hops:
        yield f"{hop.label} {'-' * (width - len(hop.label) + 1)}> {_name(branch)}: {_say(hop)}"


def _name(branch: Branch) -> str:
    about = f" at {branch.end.lines[0]}" if branch.end.lines else ""
    return spell(f"{branch.end.title}{about}")


def _say(hop: Hop) -> str:
    return f"{HOPS[hop.status]}, {hop.cause}" if hop.cause else HOPS[hop.status]
