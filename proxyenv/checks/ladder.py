"""The ladder: all checks, each beside those that it does not rest on, reported in one order.

A check that depends on a failed one is skipped and names it. The others still run, so that a blocked
websocket does not hide a working API.

To add a check, add it to ``CHECKS`` and call it in its step of the ladder; then run ``scripts/tables``.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.checks.fetch import judge_without_ca
from proxyenv.checks.lane import Lane, Run, Running
from proxyenv.checks.prefect import open_prefect
from proxyenv.checks.prefect_rungs import PREFECT_CHECKS, Documents, PrefectRungs
from proxyenv.checks.proof import (
    Fetched,
    Fetches,
    fetch_controls,
    fetch_documents,
    is_proven,
    judge_proof,
    settle,
    soften_tls,
)
from proxyenv.checks.proxy import find_route
from proxyenv.checks.python import check_activation, judge_store, start_python
from proxyenv.checks.reach import Reach, find_legs
from proxyenv.checks.tls import check_wrong_name
from proxyenv.model.report import Outcome, Process, Report
from proxyenv.model.subject import name_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from proxyenv.checks.finding import Finding
    from proxyenv.checks.interpreter import Interpreter, Record
    from proxyenv.model.subject import Origin, Subject

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "files": "what was written is as the receipt and the configuration say; nothing is connected to",
        "python": "the Python that runs your flows starts, and finds Prefect and httpx",
        "system-store": "with truststore: the operating system's store holds the corporate CAs",
        "activation": (
            "with truststore: a fresh Python of each environment uses it; "
            "with the plugin: Prefect in that environment finds it"
        ),
        "proxy-resolve": "the proxy's name resolves",
        "proxy-connect": "the proxy answers as its URL says, and opens a tunnel",
        "tls": "the origin's certificate is trusted by the written bundle; the check names the issuer",
        "fetch": (
            "httpx, with the environment of your process, got the document through the proxy's address; the "
            "document is the server's own, and new"
        ),
        "negative-control": "without the CA an intercepted fetch fails, and so does a wrong host name",
        "prefect-settings": "Prefect in that process uses the profile and the API that were set up",
        "prefect-api": "Prefect's own client reaches the API by REST",
        "prefect-websocket": "Prefect's own client opens the API's websocket",
        "prefect-flow": (
            "a flow in your interpreter, with its environment and Prefect profile, fetched and logged "
            "the documents, and its task runs were read back from the API"
        ),
    }
)
"""Check → what it proves when it is ``ok``, in the order in which they are reported."""

_IN_PYTHON: Final = ("fetch", "negative-control", *PREFECT_CHECKS)
"""The checks that need the user's Python."""


def run_ladder(  # noqa: PLR0913 - what to check, and what is handed in
    subject: Subject,
    *,
    progress: Callable[[str], None],
    nonce: str = "proxyenv",
    checks: Collection[str] = CHECKS,
    find_usual: Callable[[], Mapping[str, str]] | None = None,
    clock: Callable[[], float] = time.perf_counter,
    ended: Callable[[str], None] = lambda _: None,
) -> Report:
    """Run the checks.

    Args:
        subject: what to check.
        progress: called with a short line, without a password, before each check; from several threads, one
            at a time.
        nonce: what nobody can guess, where documents are fetched: letters and digits, a label of a host name.
        checks: the names of the checks to run.
        find_usual: finds what to fetch where *subject* names nothing, as its ``forms``; it is called beside
            the first checks.
        clock: a monotonic clock, in seconds.
        ended: called with the line of a check once it has ended.

    Returns:
        The outcomes, in the order of :data:`CHECKS`.

    Raises:
        UsageError: ``url-invalid``: one of the URLs has no origin.
    """
    climb = _Climb(Run(subject, checks, progress, clock, ended), nonce, find_usual)
    with ExitStack() as children:
        return climb.run(children)


class _Climb:
    """One run: what is known so far."""

    def __init__(self, run: Run, token: str, find_usual: Callable[[], Mapping[str, str]] | None) -> None:
        self._run, self._token, self._find_usual = run, token, find_usual
        self._process = _describe_process(run.subject, {})
        self._interpreter: Interpreter | None = None

    def run(self, children: ExitStack) -> Report:
        """Climb. Prefect is imported beside everything, since that takes longest."""
        reaching, activations = Running(self._start_reach), tuple(self._start_activations())
        python = self._start_python(children)
        reach = reaching.wait()
        reached = reach.wait()
        skipped = self._skip_without_python(python)
        names = tuple(self._start_wrong_names(reach))
        fetching = Running(partial(self._fetch, reach))
        rungs = PrefectRungs(self._run, reach, self._interpreter)
        asked = rungs.climb(lambda: self._find_documents(reach, fetching.wait()))
        self._process = self._process._replace(prefect=rungs.version or self._process.prefect)
        got = fetching.wait()
        before = (
            *python.outcomes,
            *(outcome for lane, running in activations for outcome in _wait(lane, running)),
            *(soften_tls(self._run.subject, got.fetched, outcome) for outcome in reached),
            *skipped.outcomes,
            *self._report_fetches(reach, got.fetched),
            *self._report_controls(reach, got, names),
            *asked,
        )
        legs = tuple(find_legs(self._run.subject, reach.intercepted))
        return Report((*before, *self._judge_proof(before, got.fetched)), self._process, legs)

    def _start_reach(self) -> Reach:
        subject = self._run.subject
        if self._find_usual and not subject.urls:
            forms = self._find_usual()
            self._run.subject = replace(subject, urls=tuple(forms), forms=MappingProxyType(dict(forms)))
        reach = Reach(self._run, self._token)
        reach.start()
        return reach

    def _start_activations(self) -> Iterator[tuple[Lane, Running[Outcome | None]]]:
        """Do processes that sourced no env file get what they need?"""
        subject = self._run.subject
        runtime = subject.runtime
        if runtime.truststore:
            lane = Lane(self._run)
            yield lane, lane.begin("system-store", partial(judge_store, subject))
        if runtime.truststore or runtime.plugin:
            for python in dict.fromkeys((subject.python, *runtime.pythons)):
                lane = Lane(self._run)
                yield (
                    lane,
                    lane.begin(f"activation [{python}]", partial(check_activation, subject, python)),
                )

    def _start_python(self, children: ExitStack) -> Lane:
        """Which Python is it, and has it what the probes need? There Prefect is imported meanwhile."""
        lane, subject = Lane(self._run), self._run.subject

        def action() -> Finding:
            start = partial(children.enter_context, open_prefect(subject))
            finding, self._interpreter, said = start_python(subject, start)
            self._process = _describe_process(subject, said)
            return finding

        if set(self._run.checks) & {"python", *PREFECT_CHECKS}:
            lane.attempt("python", action)
        return lane

    def _skip_without_python(self, python: Lane) -> Lane:
        """Leave out what needs the user's Python where it cannot be used."""
        lane = Lane(self._run)
        if any(done.status == "failed" for done in python.outcomes):
            for check in _IN_PYTHON:
                if check in self._run.checks:
                    lane.skip(check, "earlier-failure", "`python` failed")
            self._run.checks = tuple(check for check in self._run.checks if check not in _IN_PYTHON)
        return lane

    def _fetch(self, reach: Reach) -> Fetches:
        """Does httpx get each document, is it new and the server's, and does it fail without the CA?"""
        subject = self._run.subject
        controlled = dict(self._find_controlled(reach)) if subject.bundle else {}
        urls = tuple(url for url, block in reach.find_blocks() if not block)
        steps = [f"negative-control [certifi alone, {origin}]" for origin in controlled.values()]
        if "fetch" in self._run.checks:
            steps += [f"fetch [{name_url(url)}]" for url in urls]
        for step in steps:
            self._run.announce(step)
        try:
            if "fetch" not in self._run.checks:
                return fetch_controls(subject, controlled)
            got = fetch_documents(
                subject, urls, intercepted=reach.intercepted, token=self._token, controls=controlled
            )
            return got._replace(fetched=settle(subject, got.fetched))
        finally:
            self._run.end(*steps)

    def _find_documents(self, reach: Reach, got: Fetches) -> Documents:
        """What the flow can fetch, or why it cannot."""
        forms = self._run.subject.forms
        kept = {each.url: each.finding for each in got.fetched if each.finding.status != "failed"}
        urls = tuple(url for url, finding in kept.items() if url not in forms or is_proven(finding))
        if "fetch" not in self._run.checks:
            return Documents(tuple(reach.origins), None, got.nobody)
        failures = {each.url for each in got.fetched if each.finding.status == "failed"}
        missing = [url for url in reach.origins if url not in kept and url not in forms]
        missing += [url for url in reach.origins if url in failures or not urls]
        first = next(iter(missing), None)
        return Documents(urls, f"fetch [{name_url(first)}]" if first else None, got.nobody)

    def _report_fetches(self, reach: Reach, documents: tuple[Fetched, ...]) -> tuple[Outcome, ...]:
        lane, found = Lane(self._run), {each.url: each for each in documents}
        for url, block in reach.find_blocks() if "fetch" in self._run.checks else ():
            check = f"fetch [{name_url(url)}]"
            if block:
                lane.skip(check, "earlier-failure", f"`{block}` failed")
            else:
                lane.add(check, found[url].finding, found[url].elapsed)
        return tuple(lane.outcomes)

    def _find_controlled(self, reach: Reach) -> Iterator[tuple[str, Origin]]:
        """The origins for which what must fail is tried, each with one of its documents."""
        done: set[Origin] = set()
        for url, origin in reach.origins.items() if "negative-control" in self._run.checks else ():
            direct = find_route(self._run.subject, url).proxy is None and self._run.subject.proxies
            if reach.intercepted.get(origin) is not None and not direct and origin not in done:
                done.add(origin)
                yield url, origin

    def _start_wrong_names(self, reach: Reach) -> Iterator[tuple[Lane, Running[Outcome | None]]]:
        """Does what must fail really fail?"""
        for url, origin in self._find_controlled(reach):
            lane, route = Lane(self._run), find_route(self._run.subject, url)
            action = partial(check_wrong_name, self._run.subject, origin, route)
            yield lane, lane.begin(f"negative-control [wrong host name, {origin}]", action)

    def _report_controls(
        self, reach: Reach, got: Fetches, names: Collection[tuple[Lane, Running[Outcome | None]]]
    ) -> tuple[Outcome, ...]:
        lane = Lane(self._run)
        for (url, origin), (other, running) in zip(self._find_controlled(reach), names, strict=True):
            if self._run.subject.bundle is None:
                detail = "no corporate CA is set up, so there is none to leave out"
                lane.skip(f"negative-control [certifi alone, {origin}]", None, detail)
            else:
                record = got.controls[url]
                intercepted = bool(reach.intercepted[origin])
                finding = judge_without_ca(url, record, intercepted=intercepted)
                lane.add(f"negative-control [certifi alone, {origin}]", finding, record.get("elapsed", 0.0))
            lane.outcomes += _wait(other, running)
        return tuple(lane.outcomes)

    def _judge_proof(self, before: tuple[Outcome, ...], documents: tuple[Fetched, ...]) -> list[Outcome]:
        """A no if nothing failed and yet a route has no document that proves it."""
        lane = Lane(self._run)
        if not any(outcome.status == "failed" for outcome in before):
            finding = judge_proof(self._run.subject, documents)
            if finding is not None:
                lane.add("proof", finding, 0.0)
        return lane.outcomes


def _wait(lane: Lane, running: Running[Outcome | None]) -> list[Outcome]:
    running.wait()
    return lane.outcomes


def _describe_process(subject: Subject, said: Record) -> Process:
    """The process, with what its interpreter said of itself, maybe nothing."""
    return Process(
        python=subject.python,
        version=said.get("version"),
        prefect=(said.get("packages") or {}).get("prefect") or None,
        directory=str(subject.directory),
        environment="new-shell" if subject.added else "shell",
        plugin=subject.runtime.plugin,
    )
