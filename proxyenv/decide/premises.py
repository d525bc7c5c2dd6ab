"""What a check rests on: the files as they were written. What is known to be broken is not connected to."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.model.installation import describe_unsourced, find_lacking
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.decide.expectation import Expectation
    from proxyenv.model.installation import Installation, Layout

FILES: Final = "files"
"""The check that says that every file is as it was written."""

_PREFECT: Final = ("prefect-settings", "prefect-api", "prefect-websocket", "prefect-flow")
_CLIENTS: Final = ("fetch", "negative-control", *_PREFECT)
"""What a process of the user's does."""

_TRUST: Final = ("tls", *_CLIENTS)
_ALL: Final = ("system-store", "activation", "proxy-resolve", "proxy-connect", "tls", *_CLIENTS)

_MAY_STILL_WORK: Final = frozenset({"bundle-stale", "system-store-changed", "ca-changed"})
"""What is due and proves nothing by itself: a connection tells whether it matters today."""


class Premises(NamedTuple):
    """What is known before anything is connected to.

    Args:
        outcomes: what to report of it.
        broken: check → the outcome that makes it pointless.
    """

    outcomes: tuple[Outcome, ...]
    broken: Mapping[str, str]


def judge_premises(found: Iterable[Outcome], installation: Installation, layout: Layout) -> Premises:
    """What ``status`` found of the files, as ``check`` needs it: one line where all is well.

    Args:
        found: an outcome for each file and each CA that was written.
        installation: the receipt, and which paths are links.
        layout: which file is which.
    """
    outcomes = tuple(found)
    files = [each for each in outcomes if each.check.startswith("file [")]
    damaged = [each for each in files if each.status != "ok"]
    summary = () if damaged else (Outcome(FILES, "ok", detail=f"all {len(files)} files are as written"),)
    others = (each for each in outcomes if each.status != "ok" and each not in damaged)
    return Premises(
        (*damaged, *summary, *map(_weigh, others)),
        MappingProxyType(dict(_find_broken(damaged, installation, layout))),
    )


def judge_shell(expected: Expectation, environment: Mapping[str, str], layout: Layout) -> Premises:
    """Whether a shell has what processes get from it alone: a proxy for each scheme, and the roots.

    Other values than the written ones are judged elsewhere; here is only seen whether there are any.

    Args:
        expected: what every process must have.
        environment: of the shell.
        layout: where the env file is.
    """
    lacking = find_lacking(expected.values, environment)
    if not lacking:
        return Premises((), MappingProxyType({}))
    outcome = Outcome("environment", "failed", "not-sourced", *describe_unsourced(lacking, layout))
    return Premises((outcome,), MappingProxyType(dict.fromkeys(_CLIENTS, outcome.check)))


def find_pointless(conflicts: Iterable[Outcome]) -> dict[str, str]:
    """Each check that a known override makes pointless, with the outcome that says so."""
    broken: dict[str, str] = {}
    for outcome in conflicts:
        if outcome.status == "failed":
            checks = _PREFECT if outcome.check == "settings [Prefect]" else _CLIENTS
            broken = dict.fromkeys(checks, outcome.check) | broken
    return broken


def _weigh(outcome: Outcome) -> Outcome:
    """The same; a warning where connecting decides."""
    if outcome.cause not in _MAY_STILL_WORK:
        return outcome
    return Outcome(outcome.check, "warning", outcome.cause, outcome.detail, outcome.hint)


def _find_broken(
    damaged: Iterable[Outcome], installation: Installation, layout: Layout
) -> Iterator[tuple[str, str]]:
    """Each check that rests on a damaged file, with the outcome that says so."""
    rests = {layout.bundle: _TRUST, layout.env_file("sh"): _CLIENTS, layout.configuration: _ALL}
    by_name = {f"file [{installation.links.get(path, path)}]": checks for path, checks in rests.items()}
    entries = installation.receipt.entries if installation.receipt else ()
    by_name |= {f"file [{entry.path}]": _PREFECT for entry in entries if entry.profile is not None}
    for outcome in damaged:
        yield from ((check, outcome.check) for check in by_name.get(outcome.check, ()))
