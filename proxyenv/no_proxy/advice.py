"""What to paste so that clients agree, computed and tried before it is given."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.model.no_proxy import Address, ExactHost, NoProxy, NoProxyEntry, join
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.compiler import LONGEST, compile_no_proxy
from proxyenv.no_proxy.derivation import LOOPBACK
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.no_proxy.matcher import parse_endpoint
from proxyenv.no_proxy.truth_table import make_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.no_proxy import Rule
    from proxyenv.no_proxy.dialects.dialect import Dialect
    from proxyenv.no_proxy.truth_table import Row, TruthTable

Assignments = dict[str, tuple[str, str]]
"""Name to value, and how to write the value in a shell without showing a password."""

_JAVA: Final = "JAVA_TOOL_OPTIONS"
_JAVA_PROXY: Final = ".proxyHost="
_MOST_ROWS: Final = 100
_LONGEST: Final = 4000
"""Characters of a line that a person may still paste."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What helps, and what nothing in the environment can help.

    Args:
        lines: to paste into a POSIX shell; empty when nothing would be better than what is there.
        left: what clients still disagree about then, a sentence each.
    """

    lines: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def read_no_proxy(environment: Mapping[str, str]) -> NoProxy:
    """What both cases of ``NO_PROXY`` mean, together."""
    read = NoProxy()
    for name in ("no_proxy", "NO_PROXY"):
        if environment.get(name, "") and (name == "no_proxy" or _both_differ(environment)):
            read = join(read, parse_no_proxy(environment[name], source=f"`{name}`"))
    return read


def _both_differ(environment: Mapping[str, str]) -> bool:
    return environment.get("no_proxy") != environment.get("NO_PROXY")


def advise(
    environment: Mapping[str, str],
    table: TruthTable,
    dialects: tuple[Dialect, ...],
    *,
    shell: Mapping[str, str] | None = None,
) -> Advice:
    """Find the assignments that leave the fewest differences.

    Args:
        environment: the variables that are judged.
        table: what they lead to.
        dialects: the clients.
        shell: the variables of the shell that the lines are pasted into, when they are others.
    """
    present = environment if shell is None else shell
    if not table.differences:
        return Advice()
    if any(len(environment.get(name, "")) > LONGEST for name in ("no_proxy", "NO_PROXY")):
        return Advice((), ("the list is longer than a variable may be; nothing was tried",))
    assignments = {**_proxies(environment, present), **_list(environment, ())}
    better = _try(environment, assignments, [row.url for row in table.rows], dialects)
    if _count(better) >= _count(table):
        return Advice((), _describe_rows(environment, table, dialects))
    after = _assign(environment, assignments)
    return Advice(tuple(_render(present, assignments)), _describe_rows(after, better, dialects))


def _try(
    environment: Mapping[str, str], assignments: Assignments, urls: list[str], dialects: tuple[Dialect, ...]
) -> TruthTable:
    return make_table(_assign(environment, assignments), urls, dialects)


def _assign(environment: Mapping[str, str], assignments: Assignments) -> dict[str, str]:
    return {**environment, **{name: value for name, (value, _) in assignments.items()}}


def _count(table: TruthTable) -> tuple[int, int]:
    """How many URLs clients fail on, and on how many they part ways."""
    failing = sum(
        any(cell.route.kind is RouteKind.ERROR and cell.client not in table.idle for cell in row.cells)
        for row in table.differences
    )
    return failing, len(table.differences)


def _list(environment: Mapping[str, str], more: tuple[Rule, ...]) -> Assignments:
    """The list in every spelling that some client has a variable for."""
    added = NoProxy(tuple(NoProxyEntry(rule, str(rule), "") for rule in (*LOOPBACK, *more)))
    compiled = compile_no_proxy(join(added, read_no_proxy(environment)))
    values = {"no_proxy": compiled.value, "NO_PROXY": compiled.value, **dict(compiled.own)}
    assignments = {name: (value, shlex.quote(value)) for name, value in values.items()}
    java = environment.get(_JAVA, "")
    if _JAVA_PROXY in java:
        addition = f"-Dhttp.nonProxyHosts={'|'.join(compiled.java)}"
        assignments[_JAVA] = (f"{java} {addition}", f'"${_JAVA} {addition}"')
    return assignments


def _proxies(environment: Mapping[str, str], present: Mapping[str, str]) -> Assignments:
    """Both cases of both proxies: the value to try, and how to write it without showing a password."""
    assignments: Assignments = {}
    for scheme in ("http", "https"):
        names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
        source = next((name for name in (*names, "all_proxy", "ALL_PROXY") if environment.get(name)), None)
        written = _write_proxy(environment[source], source, present) if source else None
        if written is not None:
            lower, upper = names
            assignments |= {lower: written, upper: (written[0], f'"${lower}"')}
    return assignments


def _write_proxy(value: str, source: str, present: Mapping[str, str]) -> tuple[str, str] | None:
    """By reference where the shell has it, so that no password is shown; ``None`` where one would be."""
    try:
        proxy = parse_proxy_url(value)
    except UsageError:
        return None
    if present.get(source) == value:
        for head in ("", "http://"):
            if f"{head}{value}" == proxy.reveal():
                return proxy.reveal(), f'"{head}${source}"'
    return None if proxy.sensitive else (proxy.reveal(), shlex.quote(proxy.reveal()))


def _render(environment: Mapping[str, str], assignments: Assignments) -> Iterator[str]:
    for name, (value, shown) in assignments.items():
        if environment.get(name) == value:
            continue
        if len(shown) > _LONGEST:
            yield f"# {name}: {len(shown)} characters; `proxyenv setup --no-proxy LIST` writes it"
        else:
            yield f"export {name}={shown}"


def _describe_rows(
    environment: Mapping[str, str], table: TruthTable, dialects: tuple[Dialect, ...]
) -> tuple[str, ...]:
    """What is left, and whether naming the host would help: that is tried."""
    sentences = []
    short = len(environment.get("NO_PROXY", "")) <= _LONGEST
    for row in table.differences[:_MOST_ROWS]:
        rule = _rule_of(row) if short else None
        named = _try(environment, _list(environment, (rule,)), [row.url], dialects) if rule else table
        helps = rule is not None and not named.differences
        end = (
            f"; name `{rule}` in NO_PROXY, and all agree"
            if helps
            else "; no list changes that"
            if rule
            else ""
        )
        sentences.append(f"{row.shown}: {_describe(row, table.idle)}{end}")
    return tuple(sentences)


def _rule_of(row: Row) -> Rule | None:
    endpoint = parse_endpoint(row.url)
    return (
        Address(endpoint.address) if endpoint.address else ExactHost(endpoint.name) if endpoint.name else None
    )


def _describe(row: Row, idle: frozenset[str]) -> str:
    """The few that differ from the most."""
    clients: dict[RouteKind, list[str]] = {}
    for cell in row.cells:
        if cell.client not in idle:
            clients.setdefault(cell.route.kind, []).append(cell.client)
    by_number = sorted(clients.items(), key=lambda pair: len(pair[1]))
    return "; ".join(
        f"{', '.join(names)} {_WORDS[kind][len(names) > 1]}" for kind, names in by_number[:-1] or by_number
    )


_WORDS: Final = {
    RouteKind.PROXIED: ("goes to the proxy", "go to the proxy"),
    RouteKind.DIRECT: ("goes direct", "go direct"),
    RouteKind.ERROR: ("fails", "fail"),
}
"""Of one client, and of several."""
