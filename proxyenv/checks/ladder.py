"""The ladder: all checks in their order.

A check that depends on a failed one is skipped and names it. The others still run, so that a blocked
websocket does not hide a working API.

To add a check, add it to ``CHECKS`` and call it in its step of the ladder; then run ``scripts/tables``.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import Circumstances, Way
from proxyenv.checks.fetch import Asked, judge_without_ca, run_fetches
from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.prefect import (
    await_import,
    describe_step,
    judge_end,
    judge_loopback,
    judge_prefect,
    judge_settings,
    open_prefect,
    run_prefect,
)
from proxyenv.checks.proof import (
    Fetched,
    explain_portal,
    fetch_documents,
    find_documents,
    find_way,
    is_proven,
    judge_proof,
    settle,
    soften_tls,
)
from proxyenv.checks.proxy import TARGET_CAUSES, check_connect, check_resolve, explain_bypass, find_route
from proxyenv.checks.python import check_activation, judge_store, start_python
from proxyenv.checks.tls import check_target, check_tls, check_wrong_name, public_roots, roots
from proxyenv.model.inspection import name_runtime
from proxyenv.model.report import Outcome, Process, Report
from proxyenv.model.subject import parse_origin, show_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from proxyenv.checks.answer import HTTPAnswer
    from proxyenv.checks.interpreter import Interpreter, Record
    from proxyenv.checks.proxy import ExpectedRoute
    from proxyenv.model.subject import Origin, Subject
    from proxyenv.model.url import ProxyURL

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
            "a flow in an interpreter of yours, with its environment and Prefect profile, fetched and logged "
            "the documents, and its task runs were read back from the API"
        ),
    }
)
"""Check → what it proves when it is ``ok``, in the order in which they run."""

PREFECT_CHECKS: Final = ("prefect-settings", "prefect-api", "prefect-websocket", "prefect-flow")
"""The checks that need Prefect; the first tells whether the others are about the right one."""

_IN_PYTHON: Final = ("fetch", "negative-control", *PREFECT_CHECKS)
"""The checks that need the user's Python."""

_LIMITS: Final[Mapping[str, float]] = MappingProxyType(
    {"proxy-resolve": 15.0, "proxy-connect": 60.0, "tls": 60.0}
)
"""Seconds for a check that runs here; what runs in an interpreter of the user's has limits of its own."""

_NOBODY: Final = "https://example.com"  # RFC 2606; for a proxy when there is no URL to fetch


def run_ladder(
    subject: Subject,
    *,
    progress: Callable[[str], None],
    nonce: str = "proxyenv",
    checks: Collection[str] = CHECKS,
    clock: Callable[[], float] = time.perf_counter,
) -> Report:
    """Run the checks.

    Args:
        subject: what to check.
        progress: called with a short line, without a password, before each check.
        nonce: what nobody can guess, where documents are fetched: letters and digits, a label of a host name.
        checks: the names of the checks to run.
        clock: a monotonic clock, in seconds.

    Returns:
        The outcomes, in the order of :data:`CHECKS`.

    Raises:
        UsageError: ``url-invalid``: one of the URLs has no origin.
    """
    climb = _Climb(subject, progress, checks, clock, nonce)
    with ExitStack() as children:
        climb.python(children)
        climb.runtime()
        climb.proxies()
        climb.tls()
        climb.skip_without_python()
        climb.fetches()
        climb.controls()
        climb.prefect()
        climb.proof()
    return Report(tuple(climb.outcomes), climb.process)


class _Climb:
    """One run: the outcomes so far, and what is known to be broken.

    ``broken`` maps a proxy, or a proxy and an origin, to the check that failed for it.
    """

    def __init__(
        self,
        subject: Subject,
        progress: Callable[[str], None],
        checks: Collection[str],
        clock: Callable[[], float],
        token: str,
    ) -> None:
        self.subject, self.checks, self.clock = subject, checks, clock
        self.token = token
        self.progress = partial(self.announce, progress)
        self.outcomes: list[Outcome] = []
        self.process = _describe_process(subject, {})
        self.interpreter: Interpreter | None = None
        self.origins = {url: parse_origin(url) for url in find_documents(subject)}
        self.fetched: tuple[Fetched, ...] = ()
        self.documents = tuple(self.origins)
        self.nobody: HTTPAnswer | None = None
        self.broken: dict[tuple[ProxyURL | None, Origin | None], str] = {}
        self.intercepted: dict[Origin, bool | None] = {}
        self.fetch_failed: str | None = None

    def attempt(
        self, check: str, action: Callable[[], Finding], *, after: str | None = None
    ) -> Outcome | None:
        """Run one check; skip it if *after* failed, leave it out if it is not wanted."""
        if check.partition(" ")[0] not in self.checks:
            return None
        if after:
            return self.skip(check, "earlier-failure", f"`{after}` failed")
        self.progress(self.subject.mask(check))
        started = self.clock()
        limit = _LIMITS.get(check.partition(" ")[0])
        finding = run_within(limit, action) if limit else action()
        return self.add(check, finding, self.clock() - started)

    def announce(self, progress: Callable[[str], None], step: str) -> None:
        """Say what begins, and what is known by then: a no is not kept until the end."""
        broken = next((done for done in self.outcomes if done.status == "failed"), None)
        progress(f"{step} (failed: {broken.check}: {broken.cause})" if broken else step)

    def add(self, check: str, finding: Finding, elapsed: float) -> Outcome:
        """Record what a check found, without passwords."""
        mask = self.subject.mask
        hint = mask(finding.hint) if finding.hint else None
        name, space, of = check.partition(" ")
        shown = f"{name}{space}{mask(of)}"
        outcome = Outcome(shown, finding.status, finding.cause, mask(finding.detail), hint, elapsed)
        self.outcomes.append(outcome)
        return outcome

    def skip(self, check: str, cause: str | None, detail: str) -> Outcome:
        """Record that a check was skipped."""
        return self.add(check, Finding(detail, "skipped", cause), 0.0)

    def python(self, children: ExitStack) -> None:
        """Which Python is it, and has it what the probes need? There Prefect is imported meanwhile."""
        if not set(self.checks) & {"python", *PREFECT_CHECKS}:
            return

        def action() -> Finding:
            start = partial(children.enter_context, open_prefect(self.subject))
            finding, self.interpreter, said = start_python(self.subject, start)
            self.process = _describe_process(self.subject, said)
            return finding

        self.attempt("python", action)

    def skip_without_python(self) -> None:
        """Leave out what needs the user's Python where it cannot be used."""
        broken = next(
            (done for done in self.outcomes if (done.check, done.status) == ("python", "failed")), None
        )
        if broken:
            for check in _IN_PYTHON:
                if check in self.checks:
                    self.skip(check, "earlier-failure", "`python` failed")
            self.checks = tuple(check for check in self.checks if check not in _IN_PYTHON)

    def runtime(self) -> None:
        """Do processes that sourced no env file get what they need?"""
        runtime = self.subject.runtime
        if runtime.truststore:
            self.attempt("system-store", partial(judge_store, self.subject))
        if runtime.truststore or runtime.plugin:
            for python in dict.fromkeys((self.subject.python, *runtime.pythons)):
                self.attempt(f"activation [{python}]", partial(check_activation, self.subject, python))

    def proxies(self) -> None:
        """Does each proxy resolve, answer, and open a tunnel?"""
        if not self.subject.proxies and "proxy-resolve" in self.checks:
            self.skip(
                "proxy-resolve", "no-proxy-configured", "no proxy is configured; everything goes direct"
            )
        for proxy in self.subject.proxies:
            resolved = self.attempt(f"proxy-resolve [{proxy.host}]", partial(check_resolve, proxy))
            after = _name_if_failed(resolved)
            origin, *others = self._targets(proxy)
            connected = self.attempt(
                f"proxy-connect [{proxy.authority}]",
                partial(self._connect, proxy, (origin, *others)),
                after=after,
            )
            if connected and connected.status != "ok":
                narrow = connected.cause in TARGET_CAUSES
                self.broken[proxy, origin if narrow else None] = after or connected.check

    def _connect(self, proxy: ProxyURL, targets: tuple[Origin, ...]) -> Finding:
        """What came of the first target for which the proxy opens a tunnel, or else of the first."""
        findings: list[Finding] = []
        for origin in targets:
            finding = check_connect(
                proxy, origin, roots(self.subject), demanded=self._is_demanded(proxy, origin),
                timeout=self.subject.timeout,
            )  # fmt: skip
            if finding.status == "ok":
                return finding
            findings.append(finding)
            if finding.cause not in TARGET_CAUSES:
                break
        return findings[0]

    def _is_demanded(self, proxy: ProxyURL, origin: Origin) -> bool:
        """Whether clients need a tunnel to exactly that."""
        return any(
            origin == other and origin.scheme == "https" and find_route(self.subject, url).proxy == proxy
            for url, other in self.origins.items()
        )

    def _targets(self, proxy: ProxyURL) -> tuple[Origin, ...]:
        """What to ask *proxy* for: the first that clients need a tunnel to, then what may stand for it."""
        wanted = {origin: url for url, origin in self.origins.items() if self._is_demanded(proxy, origin)}
        first, *others = wanted or (
            next(iter(self.origins.values()), parse_origin(self.subject.api_url or _NOBODY)),
        )
        return (first, *(other for other in others if wanted[first] in self.subject.forms))

    def why_broken(self, proxy: ProxyURL | None, origin: Origin) -> str | None:
        """The failed check that explains why *origin* cannot be reached through *proxy*, or ``None``."""
        return self.broken.get((proxy, None)) or self.broken.get((proxy, origin))

    def tls(self) -> None:
        """Is each ``https://`` origin trusted, and who issued its certificate?"""
        for url, origin in self.origins.items():
            if origin.scheme != "https" or origin in self.intercepted:
                continue
            route = find_route(self.subject, url)
            seen: list[bool | None] = []

            def action(
                url: str = url,
                origin: Origin = origin,
                route: ExpectedRoute = route,
                seen: list[bool | None] = seen,
            ) -> Finding:
                finding, intercepted = check_tls(self.subject, origin, route)
                seen.append(intercepted)
                finding = explain_portal(self.subject, origin, finding, self.token)
                return explain_bypass(self.subject, url, finding)

            outcome = self.attempt(f"tls [{origin}]", action, after=self.why_broken(route.proxy, origin))
            self.intercepted[origin] = seen[0] if seen else None
            if outcome and outcome.status == "failed":
                self.broken[route.proxy, origin] = outcome.check
            elif outcome and outcome.status != "skipped":
                self.targets(origin, route)

    def targets(self, origin: Origin, route: ExpectedRoute) -> None:
        """Will each Python that was named by ``--target-python`` accept the certificate too?"""
        known = {name_runtime(self.subject.version)} if self.subject.version else set()
        for version in self.subject.target_pythons:
            if name_runtime(version) not in known:
                check = f"tls [{origin}, Python {version}]"
                self.attempt(check, partial(check_target, self.subject, origin, route, version))
                known.add(name_runtime(version))

    def fetches(self) -> None:
        """Does httpx get each document, is it new and the server's, and where did the client connect to?"""
        if "fetch" not in self.checks:
            return
        blocks = {
            url: self.why_broken(find_route(self.subject, url).proxy, origin)
            for url, origin in self.origins.items()
        }
        open_ones = tuple(url for url, block in blocks.items() if not block)
        for url in open_ones:
            self.progress(self.subject.mask(f"fetch [{show_url(url)}]"))
        got = fetch_documents(self.subject, open_ones, intercepted=self.intercepted, token=self.token)
        self.fetched, self.nobody = settle(self.subject, got.fetched), got.nobody
        found = {each.url: each for each in self.fetched}
        for url, block in blocks.items():
            check = f"fetch [{show_url(url)}]"
            if block:
                self.skip(check, "earlier-failure", f"`{block}` failed")
            else:
                self.add(check, found[url].finding, found[url].elapsed)
        self._replace_failures()

    def _replace_failures(self) -> None:
        """Let the documents that are proven stand for others, and see what the flow can fetch."""
        self.outcomes = [soften_tls(self.subject, self.fetched, outcome) for outcome in self.outcomes]
        kept = {each.url: each.finding for each in self.fetched if each.finding.status != "failed"}
        forms = self.subject.forms
        self.documents = tuple(url for url, finding in kept.items() if url not in forms or is_proven(finding))
        fetches = [outcome for outcome in self.outcomes if outcome.check.startswith("fetch ")]
        missing = [f"fetch [{show_url(url)}]" for url in self.origins if url not in kept and url not in forms]
        missing += [outcome.check for outcome in fetches if outcome.status == "failed" or not self.documents]
        self.fetch_failed = next(iter(missing), None)

    def controls(self) -> None:
        """Does what must fail really fail?"""
        done: set[Origin] = set()
        for url, origin in self.origins.items():
            route = find_route(self.subject, url)
            direct = route.proxy is None and self.subject.proxies
            intercepted = self.intercepted.get(origin)
            if intercepted is None or direct or origin in done:
                continue
            done.add(origin)
            self._control_ca(url, origin, intercepted=intercepted)
            self.attempt(
                f"negative-control [wrong host name, {origin}]",
                partial(check_wrong_name, self.subject, origin, route),
            )

    def _control_ca(self, url: str, origin: Origin, *, intercepted: bool) -> None:
        check = f"negative-control [certifi alone, {origin}]"

        def action() -> Finding:
            records = run_fetches(self.subject, (Asked(url, url, public_roots(self.subject)),))
            return judge_without_ca(url, records[url], intercepted=intercepted)

        if self.subject.bundle is not None:
            self.attempt(check, action)
        elif "negative-control" in self.checks:
            self.skip(check, None, "no corporate CA is set up, so there is none to leave out")

    @property
    def flow(self) -> Subject:
        """The subject with what its flow fetches."""
        return replace(self.subject, urls=self.documents)

    def prefect(self) -> None:
        """Does Prefect work: by REST, by websocket, and with a flow?"""
        before = len(self.outcomes)
        wanted = (check for check in PREFECT_CHECKS[1:] if check in self.checks)
        rungs = tuple(check for check in wanted if not self._settle(check))
        if rungs and self.interpreter:
            broken = self._import(self.interpreter)
            for check in rungs if broken else ():
                self.skip(check, "earlier-failure", f"`{broken}` failed")
            if not broken:
                with closing(run_prefect(self.interpreter, self.flow, rungs)) as records:
                    self._follow(rungs, records)
        self.outcomes[before:] = sorted(
            self.outcomes[before:], key=lambda done: PREFECT_CHECKS.index(done.check)
        )

    def _import(self, interpreter: Interpreter) -> str | None:
        """Wait for Prefect; returns the failed check where nothing else can be asked of it."""

        def action() -> Finding:
            self.progress(describe_step(self.subject, "import"))
            record = await_import(interpreter)
            self.process = self.process._replace(prefect=record.get("version", self.process.prefect))
            return judge_settings(self.subject, record)

        outcome = self.attempt("prefect-settings", action)
        return _name_if_failed(outcome)

    def _judge_prefect(self, record: Record) -> Finding:
        url = self.subject.api_url or ""
        intercepted = self.intercepted.get(parse_origin(url)) if url else None
        way = find_way(self.subject, url, intercepted) if url else Way.UNKNOWN
        return judge_prefect(self.flow, record, Circumstances(way, self.nobody, url))

    def proof(self) -> None:
        """Fail if nothing failed and yet a route has no document that proves it."""
        if any(outcome.status == "failed" for outcome in self.outcomes):
            return
        finding = judge_proof(self.subject, self.fetched)
        if finding is not None:
            self.add("proof", finding, 0.0)

    def _settle(self, check: str) -> bool:
        """Record the outcome of a Prefect check that need not run; true if there is one."""
        url = self.subject.api_url
        if url is None and check != "prefect-flow":
            self.skip(check, None, "the profile names no API; the flow starts a temporary server")
            return True
        block = self.why_broken(find_route(self.subject, url).proxy, parse_origin(url)) if url else None
        if check == "prefect-flow":
            block = block or self.fetch_failed
        if block:
            self.skip(check, "earlier-failure", f"`{block}` failed")
            return True
        doomed = judge_loopback(self.subject) if url is None else None
        if doomed:
            self.add(check, doomed, 0.0)
        return doomed is not None

    def _follow(self, rungs: tuple[str, ...], records: Iterator[Record]) -> None:
        """Turn the reports of the fresh interpreter into outcomes, one for every check."""
        waiting = list(rungs)
        trouble: Finding | None = None
        for record in records:
            if record["event"] == "begin":
                self.progress(describe_step(self.subject, record["check"]))
            elif record["event"] == "done":
                waiting.remove(record["check"])
                self.add(record["check"], self._judge_prefect(record), record["elapsed"])
            else:
                trouble = judge_end(self.subject, record) or trouble
        for check in waiting:
            if trouble:
                self.add(check, trouble, 0.0)
                trouble = None
            else:
                first = next(
                    done.check for done in self.outcomes if done.check in rungs and done.status == "failed"
                )
                self.skip(check, "earlier-failure", f"`{first}` failed")


def run_within(seconds: float, action: Callable[[], Finding]) -> Finding:
    """Do something that nothing interrupts, such as asking a resolver, and wait so long and no longer."""
    answers: SimpleQueue[Finding | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(action())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        return failed("timeout", f"no answer in {seconds:g} s", "is the network, or its DNS, overloaded?")
    if isinstance(answer, BaseException):
        raise answer
    return answer


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


def _name_if_failed(outcome: Outcome | None) -> str | None:
    return outcome.check if outcome and outcome.status == "failed" else None
