"""A standing check of a work pool: a scheduled deployment of the user's own Prefect, and automations.

The user's own Prefect makes it and takes it away, in an interpreter of the user's: `checks/child/watch.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.pools import ask_prefect
from proxyenv.errors import DiscoveryError, VerifyError, pool_unknown
from proxyenv.model.subject import show_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

FLOW: Final = "proxyenv-watch"
"""The name of the flow, and the tag of its runs."""

_MODULE: Final = "proxyenv.checks.child.watch"
_LIMIT: Final = 400.0
"""Seconds: the first scheduled run is awaited, and then the test notification."""


class WatchOrder(NamedTuple):
    """What is to be made.

    Args:
        deployment: the arguments of ``client.create_deployment``, but for flow, name, pool, schedule.
        every: seconds between two runs.
        within: seconds until a run has to be done.
        notify: the type and the name of a block.
        token: what nobody could guess: letters and digits.
    """

    deployment: Mapping[str, Any]
    every: float
    within: float
    notify: tuple[str, str]
    token: str


class WatchMade(NamedTuple):
    """What was made, and what came of the first things that it did.

    Args:
        api: the URL of the API, without credentials.
        automations: their names.
        first: when the first run is due, ISO 8601; ``None`` where the server schedules none.
        notified: whether the server has sent the test notification.
        said: why not, as the server says it; may be empty.
    """

    api: str
    automations: tuple[str, ...]
    first: str | None
    notified: bool
    said: str


def make_watch(subject: Subject, pool: str, order: WatchOrder) -> WatchMade:
    """Make the standing check of a pool, in place of an earlier one.

    Args:
        subject: whose interpreter and environment.
        pool: its name.
        order: what is to be made.

    Raises:
        ApplyError: ``pool-not-written``: the API says no.
        DiscoveryError: ``pool-unknown``, ``block-unknown``, ``no-prefect-api``.
        VerifyError: ``prefect-unusable``.
    """
    facts: dict[str, Any] = {}
    api = ""
    for record in _ask(subject, pool, {"make": True, **order._asdict()}):
        match record["event"]:
            case "imported":
                api = show_url(record["api_url"])
            case "missing":
                raise pool_unknown(api, pool)
            case "no-block":
                raise DiscoveryError(
                    "block-unknown",
                    f"`{api}` has no block `{'/'.join(order.notify)}`",
                    hint="`prefect block ls` lists them: take `TYPE/NAME` of one that sends notifications",
                )
            case "made" | "scheduled" | "notified":
                facts |= record
    if "sent" not in facts:
        raise VerifyError("prefect-unusable", "Prefect ended without an answer")
    said = subject.mask(" ".join(str(facts["said"]).split()))
    return WatchMade(api, tuple(facts["automations"]), facts["first"], bool(facts["sent"]), said)


def remove_watch(subject: Subject, pool: str) -> Mapping[str, int]:
    """Take the standing check of a pool away, with its runs and results; the pool may be gone.

    Returns:
        How many there were: ``automations``, ``deployments``, ``runs``, ``results``.

    Raises:
        ApplyError: ``pool-not-written``: the API says no.
        DiscoveryError: ``no-prefect-api``.
        VerifyError: ``prefect-unusable``.
    """
    for record in _ask(subject, pool, {"make": False}):
        if record["event"] == "removed":
            return {name: record[name] for name in ("automations", "deployments", "runs", "results")}
    raise VerifyError("prefect-unusable", "Prefect ended without an answer")


def _ask(subject: Subject, pool: str, job: Mapping[str, Any]) -> list[Record]:
    """All that the child says; it has ended then."""
    whole = {"pool": pool, "flow": FLOW, **job}
    return list(ask_prefect(subject, _MODULE, whole, limit=_LIMIT))
