"""A proxy on loopback that does not answer where loopback is not that of the machine that runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.model.url import is_loopback
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.report import Outcome

_PROXY: Final = re.compile(r"proxy-connect \[(.+):(\d+)\]")


class Elsewhere(NamedTuple):
    """The machine around this one, whose loopback is another.

    Args:
        here: what this is, for a sentence.
        address: how the machine around is named from here; empty where it cannot be.
        more: what has to hold for that, or what else could be done.
    """

    here: str
    address: str
    more: str


DOCKER: Final = Elsewhere(
    "this container",
    "host.docker.internal",
    "which Docker on Linux knows with --add-host=host.docker.internal:host-gateway",
)
PODMAN: Final = Elsewhere("this container", "host.containers.internal", "which podman knows by itself")
DEVCONTAINER: Final = Elsewhere(
    "this development container",
    "host.docker.internal",
    'which Docker on Linux knows with "runArgs": ["--add-host=host.docker.internal:host-gateway"] in '
    "devcontainer.json",
)
CODESPACE: Final = Elsewhere(
    "this codespace", "", "it runs in a data centre, so name a proxy that is reached from there"
)
POD: Final = Elsewhere("this pod", "", "name the proxy by an address that the cluster reaches")


def place_refusals(outcomes: Iterable[Outcome], around: Elsewhere) -> tuple[Outcome, ...]:
    """The same; where nothing listens on loopback, with where the proxy may be."""
    return tuple(_place_refusal(each, around) for each in outcomes)


def is_refused_on_loopback(outcome: Outcome) -> bool:
    """Whether a proxy on loopback was not there."""
    matched = _PROXY.fullmatch(outcome.check)
    return outcome.cause == "proxy-refused" and matched is not None and is_loopback(matched[1].strip("[]"))


def _place_refusal(outcome: Outcome, around: Elsewhere) -> Outcome:
    if not is_refused_on_loopback(outcome):
        return outcome
    port = outcome.check.rpartition(":")[2].rstrip("]")
    if not around.address:
        return outcome._replace(hint=f"{outcome.hint} Loopback is that of {around.here}: {around.more}")
    hint = (
        f"{outcome.hint} Loopback is that of {around.here}; the machine around it is "
        f"`{around.address}:{port}`, if the proxy listens for others, {around.more}"
    )
    return outcome._replace(hint=hint)
