"""Environments and URLs, drawn from a seed, in which proxy variables and NO_PROXY lists are put to the test.

Hosts and entries are made from each other, so that they often nearly match. Lists and proxy URLs are
valid, odd and hostile in turn. Every host of a URL exists in the lab of :mod:`support.route_lab`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final

from support.route_texts import (
    ADDRESSES,
    ADDRESSES_6,
    IDN,
    JUNK,
    LABELS,
    ODD_HOSTS,
    PORTS,
    PROXIES,
    RARE,
    SCHEMES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Case", "draw_cases", "shrink"]

Variables = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An environment, in its order, and a URL to fetch in it."""

    variables: Variables
    url: str

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.variables)

    def __str__(self) -> str:
        return "\n".join([*(f"  {name}={value!r}" for name, value in self.variables), f"  {self.url!r}"])


def draw_cases(seed: int, *, schemes: tuple[str, str] = ("http", "https")) -> Iterator[Case]:
    """Cases without end, always the same for a seed."""
    chance = random.Random(f"{seed} {schemes}")  # noqa: S311 - not for secrets
    while True:
        scheme = chance.choice(schemes)
        host = _draw_host(chance)
        port = _draw_port(chance, scheme)
        url = f"{scheme}://{host}{port}/x"
        variables = [*_draw_proxies(chance), *_draw_lists(chance, host, port)]
        if chance.random() < 0.03:
            variables.append(("REQUEST_METHOD", "GET"))
        chance.shuffle(variables)
        yield Case(tuple(dict(variables).items()), url)


def _draw_host(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.55:
        host = ".".join([*chance.choices(LABELS, k=chance.randint(1, 3)), "test"])
    elif kind < 0.72:
        host = chance.choice(ADDRESSES)
    elif kind < 0.84:
        host = f"[{chance.choice(ADDRESSES_6)}]"
    elif kind < 0.92:
        host = f"{chance.choice(IDN)}.test"
    else:
        return chance.choice(ODD_HOSTS)
    if chance.random() < 0.1:
        host = host.upper()
    if "[" not in host and chance.random() < 0.08:
        host += "."
    return host


def _draw_port(chance: random.Random, scheme: str) -> str:
    kind = chance.random()
    if kind < 0.6:
        return ""
    if kind < 0.75:
        return ":443" if scheme[-1] == "s" else ":80"
    return f":{chance.choice(PORTS)}"


def _draw_proxies(chance: random.Random) -> Iterator[tuple[str, str]]:
    if chance.random() < 0.55:
        for name in ("http", "https"):
            yield f"{name}_proxy", "http://proxy.test:3128"
        return
    for name in SCHEMES:
        for variable in (f"{name}_proxy", f"{name.upper()}_PROXY"):
            if chance.random() < 0.4:
                plain = f"http://proxy-{variable.lower().replace('_', '-')}.test:3128"
                yield variable, plain if chance.random() < 0.4 else chance.choice(PROXIES)
    if chance.random() < 0.15:
        yield chance.choice(RARE), "http://proxy-rare.test:8080"


def _draw_lists(chance: random.Random, host: str, port: str) -> Iterator[tuple[str, str]]:
    names = chance.choices((("no_proxy",), ("NO_PROXY",), ("no_proxy", "NO_PROXY"), ()), (50, 25, 15, 10))[0]
    for name in names:
        if chance.random() < 0.05:
            yield name, chance.choice(("", "*", " ", ","))
            continue
        entries = [_draw_entry(chance, host, port) for _ in range(chance.choice((1, 1, 2, 3, 5)))]
        separator = chance.choices((",", ", ", " ", ";", "|", ",,", " , "), (75, 8, 6, 3, 3, 3, 2))[0]
        yield name, separator.join(entries) + chance.choice(("", "", "", ",", " "))


def _draw_entry(chance: random.Random, host: str, port: str) -> str:
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(JUNK)
    if kind < 0.45:
        host = _draw_host(chance)
    return chance.choice(_MUTATIONS)(chance, host, port)


def _suffix(chance: random.Random, host: str) -> str:
    labels = host.split(".")
    return ".".join(labels[chance.randint(0, len(labels) - 1) :])


def _network(chance: random.Random, host: str, _port: str) -> str:
    bare = host.strip("[]")
    if ":" in bare:
        return f"{bare}/{chance.choice((0, 7, 8, 64, 120, 128, 129))}"
    return f"{bare}/{chance.choice((0, 1, 8, 9, 16, 24, 25, 31, 32, 33))}"


def _other_form(chance: random.Random, host: str, _port: str) -> str:
    try:
        return IPv6Address(host.strip("[]")).exploded
    except ValueError:
        return host.swapcase()


_MUTATIONS: Final[tuple[Callable[[random.Random, str, str], str], ...]] = (
    lambda _chance, host, _port: host,
    lambda _chance, host, _port: host,
    lambda _chance, host, port: host + port,
    lambda chance, host, _port: f"{host}:{chance.choice(PORTS)}",
    lambda _chance, host, _port: host.strip("[]"),
    lambda _chance, host, _port: host.upper(),
    lambda _chance, host, _port: f"{host}.",
    lambda _chance, host, _port: host.removesuffix("."),
    lambda chance, host, _port: _suffix(chance, host),
    lambda chance, host, _port: _suffix(chance, host),
    lambda chance, host, _port: f".{_suffix(chance, host)}",
    lambda chance, host, port: f".{_suffix(chance, host)}{port}",
    lambda chance, host, _port: f"..{_suffix(chance, host)}",
    lambda chance, host, _port: f"*.{_suffix(chance, host)}",
    lambda chance, host, _port: f"*{_suffix(chance, host)}",
    lambda chance, host, port: f"*.{_suffix(chance, host)}{port}",
    lambda chance, host, _port: host[chance.randint(0, len(host) - 1) :],
    lambda chance, host, _port: host[: chance.randint(1, len(host))],
    lambda _chance, host, _port: f"x{host}",
    lambda _chance, host, _port: f"sub.{host}",
    lambda _chance, host, port: f"http://{host}{port}",
    lambda chance, host, _port: f"{chance.choice(('https', 'all', 'http', 'HTTP', 'ws'))}://{host}",
    lambda _chance, host, _port: f"[{host.strip('[]')}]",
    lambda _chance, host, _port: f"{host}/path",
    lambda chance, host, _port: host.replace(".", chance.choice(("..", ". ", "-", "%2E")), 1),
    _network,
    _network,
    _other_form,
)


def shrink(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The smallest case that still fails: without each variable, entry and character that is not needed."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller_cases(case):
            if fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller_cases(case: Case) -> Iterator[Case]:
    for index, (name, value) in enumerate(case.variables):
        rest = case.variables[:index], case.variables[index + 1 :]
        yield replace(case, variables=(*rest[0], *rest[1]))
        if name.lower() != "no_proxy":
            continue
        entries = value.split(",")
        if len(entries) > 1:
            for at in range(len(entries)):
                shorter = ",".join(entries[:at] + entries[at + 1 :])
                yield replace(case, variables=(*rest[0], (name, shorter), *rest[1]))
