"""``proxyenv pool watch``: a standing check of a work pool, by the user's own Prefect."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.pooling import POOL_OPTIONS, find_pool_caller, require_storable_urls
from proxyenv.commands.reports import render_outcomes
from proxyenv.errors import UsageError
from proxyenv.model.option import Option
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.checks.pool_watch import WatchMade
    from proxyenv.commands.command import Session
    from proxyenv.model.installation import Installation
    from proxyenv.model.subject import Subject

_UNITS: Final = {"m": 60, "h": 3600, "d": 86400}
_DAYS: Final = 30
"""How long before its end a corporate CA is announced."""
_LATEST: Final = 900.0
_BLOCK: Final = re.compile(r"([a-z0-9-]+)/([a-z0-9-]+)", re.ASCII)
_WATCH: Final = "such as `proxyenv pool watch NAME --every 6h --notify slack-webhook/alerts`"


@dataclass(frozen=True, slots=True)
class WatchedPool:
    """What was made for one pool, or taken away.

    Args:
        pool: its name.
        watched: whether it is watched now.
        first: when the first run is due, ISO 8601, or `null`.
        automations: the names of those that were made.
        removed: how many automations, deployments, runs and results were taken away.
        report: what is proved: the schedule, and the test notification.
    """

    pool: str
    watched: bool
    first: str | None
    automations: tuple[str, ...]
    removed: int
    report: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class PoolWatchResult:
    """Standing checks.

    Args:
        pools: in the order in which they were named.
    """

    pools: tuple[WatchedPool, ...]


class _WatchWanted(NamedTuple):
    """How a pool is to be watched.

    Args:
        every: seconds between two runs.
        notify: the type and the name of a block.
    """

    every: float
    notify: tuple[str, str]


def run(session: Session) -> Reply:
    """Make standing checks of pools, or take them away; status 1 where one would be silent.

    Raises:
        ApplyError: ``pool-not-written``.
        DiscoveryError: ``pool-unknown``, ``block-unknown``, ``no-prefect-api``.
        UsageError: ``usage``, ``url-invalid``, ``python-not-found``.
        VerifyError: ``prefect-unusable``.
    """
    options = session.options
    if options.remove and (options.every or options.notify):
        raise UsageError("usage", "`--remove` takes all away: it goes with neither `--every` nor `--notify`")
    if not options.remove and not (options.every and options.notify):
        raise UsageError("usage", "`pool watch` needs `--every` and `--notify`, or `--remove`", hint=_WATCH)
    wanted = (
        None if options.remove else _WatchWanted(_parse_period(options.every), _parse_block(options.notify))
    )
    require_storable_urls(session)
    subject, installation = find_pool_caller(session, tuple(filter(None, (options.python,))))
    names = tuple(dict.fromkeys(options.pools))
    watched = tuple(
        _watch(session, subject, installation, name, wanted) if wanted else _remove(session, subject, name)
        for name in names
    )
    broken = any(each.status == "failed" for pool in watched for each in pool.report)
    return Reply(PoolWatchResult(watched), _render(session, watched), "failed" if broken else "ok")


def _parse_period(text: str) -> float:
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text, re.ASCII)
    if match is None:
        raise UsageError("usage", f"`--every {text}`: it takes minutes, hours or days", hint="such as `6h`")
    return float(int(match[1]) * _UNITS[match[2]])


def _parse_block(text: str) -> tuple[str, str]:
    match = _BLOCK.fullmatch(text)
    if match is None:
        raise UsageError(
            "usage", f"`--notify {text}`: it takes the type and the name of a block", hint=_WATCH
        )
    return match[1], match[2]


def _watch(
    session: Session, subject: Subject, installation: Installation, pool: str, wanted: _WatchWanted
) -> WatchedPool:
    from proxyenv.checks.pool_watch import WatchOrder, make_watch
    from proxyenv.checks.proof_deployment import make_deployment
    from proxyenv.commands.pool_targets import make_order

    order = make_order(session, subject, installation, days=_DAYS)
    session.terminal.progress(f"making the standing check of {pool}; a test notification is sent")
    within = max(60.0, min(_LATEST, wanted.every / 2))
    watch = WatchOrder(make_deployment(pool, order), wanted.every, within, wanted.notify, order.token)
    made = make_watch(subject, pool, watch)
    return WatchedPool(pool, True, made.first, made.automations, 0, tuple(judge_watch(pool, made)))  # noqa: FBT003 - a field


def judge_watch(pool: str, made: WatchMade) -> Iterator[Outcome]:
    """What is proved of a standing check: that runs are scheduled, and that a notification leaves.

    Args:
        pool: whose.
        made: what came of it.
    """
    schedule, notification = f"schedule [{pool}]", f"notification [{pool}]"
    if made.first:
        yield Outcome(schedule, "ok", detail=f"the first run is due at {made.first}")
    else:
        detail = f"`{made.api}` has scheduled no run within a minute"
        hint = "look at the log of the server: its scheduler does not run, or fails each time"
        yield Outcome(schedule, "failed", "watch-unscheduled", detail, hint)
    if made.notified:
        yield Outcome(notification, "ok", detail="the server has sent a test notification")
        return
    detail = f"the server has not sent the test notification: {made.said or 'it says nothing within 90 s'}"
    hint = "the server sends it, not this machine: it needs the proxy and the CA, `REQUESTS_CA_BUNDLE` too"
    yield Outcome(notification, "failed", "notification-not-sent", detail, hint)


def _remove(session: Session, subject: Subject, pool: str) -> WatchedPool:
    from proxyenv.checks.pool_watch import remove_watch

    session.terminal.progress(f"removing the standing check of {pool}")
    counts = remove_watch(subject, pool)
    if not any(counts.values()):
        session.terminal.remark(f"note: the work pool `{pool}` was not watched")
    return WatchedPool(pool, False, None, (), sum(counts.values()), ())  # noqa: FBT003 - a field


def _render(session: Session, watched: tuple[WatchedPool, ...]) -> Iterator[str]:
    for pool in watched:
        if not pool.watched:
            yield f"`{pool.pool}` is not watched now; {pool.removed} things were taken away"
            continue
        yield from render_outcomes(pool.report, session.paint, verbose=session.terminal.verbose)
        show = f"`proxyenv pool show {shlex.quote(pool.pool)}`"
        yield f"`{pool.pool}` is watched; {show} shows the last result of each worker"


COMMANDS = {
    "pool watch": Command(
        run,
        PoolWatchResult,
        {
            **POOL_OPTIONS,
            **choose_options("urls"),
            "every": Option(("--every",), "how often a check runs: minutes, hours or days", metavar="PERIOD"),
            "notify": Option(
                ("--notify",), "the block that sends notifications, by its type", metavar="TYPE/NAME"
            ),
            "remove": Option(
                ("--remove",), "take all away: schedule, automations, runs, results", takes="yes"
            ),
        },
    )
}
