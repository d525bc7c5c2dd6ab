"""Files of CAs that few clients find: those that tools name, and variables that are nearly right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import PROXY_VARIABLES, all_roots_variables, is_about_network
from proxyenv.catalog.tools import load_tools, read_tool
from proxyenv.catalog.tools.tool import is_path
from proxyenv.model.findings import Found
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.machine import Machine

_SHORTEST: Final = 7


class NearMiss(NamedTuple):
    """A variable that no client reads as it is meant.

    Args:
        name: of the variable.
        reason: what is wrong with it, as a clause.
        meant: the text of the value as it would be right; ``None`` where its name is what is wrong.
        known: the variable that is meant; its own name where its value is what is wrong.
    """

    name: str
    reason: str
    known: str
    meant: str | None = None


def find_named_files(machine: Machine) -> Iterator[Found[Path]]:
    """The files, each with what names it."""
    for tool in load_tools():
        for setting in read_tool(machine, tool):
            value = tool.expand(setting.item.value, machine.nameable)
            if setting.is_one_of(tool.keys.roots) and is_path(value):
                yield Found(machine.absolute(value), setting.provenance)
    roots = all_roots_variables()
    for miss in find_near_misses(machine.environment):
        value = machine.environment[miss.name] if miss.meant is None else miss.meant
        if miss.known in roots and is_path(value):
            yield Found(machine.absolute(value), f"`{miss.name}` in the environment, which {miss.reason}")


def find_near_misses(environment: Mapping[str, str]) -> Iterator[NearMiss]:
    """The variables whose name or value is nearly right, in the order of their names."""
    proxies = frozenset(name for names in PROXY_VARIABLES.values() for name in names)
    known = proxies.union(all_roots_variables())
    for name in sorted(environment):
        value = environment[name]
        if not value or not is_about_network(name):
            continue
        if name in known:
            if name not in proxies and (found := _judge_value(name, value)):
                yield found
        elif same := _find_same(name, known):
            yield NearMiss(name, _describe_case(same, proxies), same)
        elif meant := _find_meant(name, known):
            yield NearMiss(name, f"nobody reads: `{meant}` is what clients look for", meant)


def _judge_value(name: str, value: str) -> NearMiss | None:
    bare = value.strip().strip("'\"")
    if bare != value:
        return NearMiss(name, "has quotes or blanks in its value, which are a part of the path", name, bare)
    if value.startswith("~"):
        return NearMiss(name, "has a `~` in its value, which no program replaces", name, value)
    if re.match(r"\$|%\w+%", value):
        return NearMiss(name, "has a variable in its value, which no program replaces", name, None)
    return None


def _find_same(name: str, known: frozenset[str]) -> str | None:
    """The variable that differs in the case of its letters alone; npm reads its own in any."""
    if name.lower().startswith("npm_"):
        return None
    return next((each for each in (name.lower(), name.upper()) if each in known), None)


def _describe_case(same: str, proxies: frozenset[str]) -> str:
    if same not in proxies:
        return f"nobody reads: `{same}` is what clients look for"
    return f"is read by Python's clients and npm alone: `{same}` is what the others look for"


def _find_meant(name: str, known: frozenset[str]) -> str | None:
    if len(name) < _SHORTEST or name.upper() in known or name.lower() in known:
        return None
    words = sorted(name.upper().split("_"))
    single = name.upper().replace("PROXIES", "PROXY")
    for each in sorted(known):
        if sorted(each.upper().split("_")) == words or _is_near(single, each.upper()):
            return each.upper() if name.isupper() and each.upper() in known else each
    return None


def _is_near(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, another, or in the place of its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
