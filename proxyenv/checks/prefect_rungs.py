"""The rungs of the ladder that Prefect itself climbs: its settings, the API, the websocket and the flow.

The API is asked while the documents are still being fetched; the flow fetches what of them was got.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.checks.answer import Circumstances, HTTPAnswer, Way
from proxyenv.checks.lane import Lane, name_if_failed
from proxyenv.checks.prefect import (
    await_import,
    describe_step,
    judge_end,
    judge_loopback,
    judge_prefect,
    judge_settings,
    run_prefect,
)
from proxyenv.checks.proof import find_way
from proxyenv.checks.proxy import find_route
from proxyenv.model.subject import parse_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from proxyenv.checks.finding import Finding
    from proxyenv.checks.interpreter import Interpreter, Record
    from proxyenv.checks.lane import Run
    from proxyenv.checks.reach import Reach
    from proxyenv.model.report import Outcome

PREFECT_CHECKS: Final = ("prefect-settings", "prefect-api", "prefect-websocket", "prefect-flow")
"""The checks that need Prefect; the first tells whether the others are about the right one."""

_FLOW: Final = "prefect-flow"


class Documents(NamedTuple):
    """What the fetches mean for Prefect.

    Args:
        urls: what the flow can fetch.
        failed: the failed check that makes the flow pointless, or ``None``.
        nobody: what the way to the API answers for a name that cannot exist; ``None`` if that is unknown.
    """

    urls: tuple[str, ...] = ()
    failed: str | None = None
    nobody: HTTPAnswer | None = None


class PrefectRungs:
    """One run of them.

    Args:
        run: whose subject.
        reach: which origins are reached.
        interpreter: in which Prefect is being imported; ``None`` where there is none.
    """

    def __init__(self, run: Run, reach: Reach, interpreter: Interpreter | None) -> None:
        self._run, self._reach, self._interpreter = run, reach, interpreter
        self._lane = Lane(run)
        self._documents = Documents()
        self._settings: Outcome | None = None
        self.version: str | None = None

    def climb(self, fetch: Callable[[], Documents]) -> tuple[Outcome, ...]:
        """Run them.

        Args:
            fetch: waits for the documents.

        Returns:
            The outcomes, in the order of :data:`PREFECT_CHECKS`.
        """
        wanted = [check for check in PREFECT_CHECKS[1:] if check in self._run.checks]
        early = tuple(check for check in wanted if check != _FLOW and not self._settle(check))
        records = self._ask(early, more=_FLOW in wanted) if early and self._import(early) else []
        self._documents = fetch()
        if records:
            self._conclude(early, records)
        if _FLOW in wanted and not self._settle(_FLOW) and self._import((_FLOW,)):
            can_go_on = not early or records[-1]["event"] == "ready"
            self._conclude((_FLOW,), self._ask((_FLOW,), more=False) if can_go_on else ())
        return tuple(sorted(self._lane.outcomes, key=lambda done: PREFECT_CHECKS.index(done.check)))

    def _settle(self, check: str) -> bool:
        """Record the outcome of a check that need not run; true if there is one."""
        subject, lane = self._run.subject, self._lane
        url = subject.api_url
        if url is None and check != _FLOW:
            lane.skip(check, None, "the profile names no API; the flow starts a temporary server")
            return True
        block = self._reach.why_broken(find_route(subject, url).proxy, parse_origin(url)) if url else None
        if check == _FLOW:
            block = block or self._documents.failed
        if block:
            lane.skip(check, "earlier-failure", f"`{block}` failed")
            return True
        doomed = judge_loopback(subject) if url is None else None
        if doomed:
            lane.add(check, doomed, 0.0)
        return doomed is not None

    def _import(self, rungs: tuple[str, ...]) -> bool:
        """Wait for Prefect, once; where it does not do, *rungs* are skipped. True where it does."""
        interpreter = self._interpreter
        if interpreter is None:
            return False

        def action() -> Finding:
            step = describe_step(self._run.subject, "import")
            self._run.announce(step)
            try:
                record = await_import(interpreter)
            finally:
                self._run.end(step)
            self.version = record.get("version")
            return judge_settings(self._run.subject, record)

        self._settings = self._settings or self._lane.attempt("prefect-settings", action)
        broken = name_if_failed(self._settings)
        for check in rungs if broken else ():
            self._lane.skip(check, "earlier-failure", f"`{broken}` failed")
        return broken is None

    def _ask(self, rungs: tuple[str, ...], *, more: bool) -> list[Record]:
        """What the interpreter reports of these checks."""
        records: list[Record] = []
        if self._interpreter is None:
            return records
        subject = replace(self._run.subject, urls=self._documents.urls)
        with closing(run_prefect(self._interpreter, subject, rungs, more=more)) as reported:
            for record in reported:
                if record["event"] == "begin":
                    self._run.announce(describe_step(subject, record["check"]))
                else:
                    records.append(record)
                if record["event"] == "done":
                    self._run.end(describe_step(subject, record["check"]))
        return records

    def _conclude(self, rungs: tuple[str, ...], records: Iterable[Record]) -> None:
        """Turn the reports into outcomes, one for every check."""
        waiting = list(rungs)
        trouble: Finding | None = None
        for record in records:
            if record["event"] == "done":
                waiting.remove(record["check"])
                self._lane.add(record["check"], self._judge(record), record["elapsed"])
            else:
                trouble = judge_end(self._run.subject, record) or trouble
        for check in waiting:
            if trouble:
                self._lane.add(check, trouble, 0.0)
                trouble = None
            else:
                first = next(done.check for done in self._lane.outcomes if done.status == "failed")
                self._lane.skip(check, "earlier-failure", f"`{first}` failed")

    def _judge(self, record: Record) -> Finding:
        subject = replace(self._run.subject, urls=self._documents.urls)
        url = subject.api_url or ""
        intercepted = self._reach.intercepted.get(parse_origin(url)) if url else None
        way = find_way(subject, url, intercepted) if url else Way.UNKNOWN
        return judge_prefect(subject, record, Circumstances(way, self._documents.nobody, url))
