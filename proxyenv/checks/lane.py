"""Checks that rest on each other form a lane. Lanes run at once, and a report keeps their order."""

from __future__ import annotations

from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from proxyenv.checks.finding import Finding, failed
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from proxyenv.model.subject import Subject

T = TypeVar("T")

_TICK: Final = 1.0
"""Seconds after which a thread that waits looks for an interrupt, which Windows does not wake it for."""

_LIMITS: Final = {"proxy-resolve": 15.0, "proxy-connect": 60.0, "tls": 60.0}
"""Seconds for a check that runs here; what runs in an interpreter of the user's has limits of its own."""


class Running(Generic[T]):
    """An action in a thread of its own, which nothing waits for at the end of this process.

    Args:
        action: what to do.
    """

    def __init__(self, action: Callable[[], T]) -> None:
        self._action = action
        self._ended = Event()
        self._error: BaseException | None = None
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._answer = self._action()
        except BaseException as error:  # noqa: BLE001 - raised again in whoever waits
            self._error = error
        self._ended.set()

    def has_ended(self, *, within: float) -> bool:
        """Whether it ends in so many seconds."""
        return self._ended.wait(within)

    def wait(self) -> T:
        """What it returns, once it has ended; what it raises is raised here."""
        while not self._ended.wait(_TICK):
            pass
        if self._error is not None:
            raise self._error
        return self._answer


def run_within(seconds: float, action: Callable[[], Finding]) -> Finding:
    """Do something that nothing interrupts, such as asking a resolver, and wait so long and no longer."""
    running = Running(action)
    if not running.has_ended(within=seconds):
        return failed("timeout", f"no answer in {seconds:g} s", "is the network, or its DNS, overloaded?")
    return running.wait()


class Run:
    """What all lanes of one run share.

    Args:
        subject: what to check.
        checks: the names of the checks to run.
        progress: called with a short line, without a password, before each check.
        clock: a monotonic clock, in seconds.
        ended: called with the same line once the check has ended.
    """

    def __init__(
        self,
        subject: Subject,
        checks: Collection[str],
        progress: Callable[[str], None],
        clock: Callable[[], float],
        ended: Callable[[str], None],
    ) -> None:
        self.subject, self.checks, self.clock = subject, checks, clock
        self._progress, self._ended, self._lock = progress, ended, Lock()
        self._failed: Outcome | None = None

    def announce(self, step: str) -> None:
        """Say what begins, and what is known by then: a no is not kept until the end."""
        with self._lock:
            known = f" (failed: {self._failed.check}: {self._failed.cause})" if self._failed else ""
            self._progress(f"{step}{known}")

    def end(self, *steps: str) -> None:
        """Say that what was announced has ended."""
        with self._lock:
            for step in steps:
                self._ended(step)

    def note(self, outcome: Outcome) -> None:
        """Remember the first no."""
        with self._lock:
            if outcome.status == "failed" and self._failed is None:
                self._failed = outcome


class Lane:
    """The outcomes of some checks, one after another."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.outcomes: list[Outcome] = []

    def attempt(
        self, check: str, action: Callable[[], Finding], *, after: str | None = None
    ) -> Outcome | None:
        """Run one check; skip it if *after* failed, leave it out if it is not wanted."""
        name, _, _ = check.partition(" ")
        if name not in self.run.checks:
            return None
        if after:
            return self.skip(check, "earlier-failure", f"`{after}` failed")
        self.run.announce(check)
        started = self.run.clock()
        limit = _LIMITS.get(name)
        try:
            finding = run_within(limit, action) if limit else action()
        finally:
            self.run.end(check)
        return self.add(check, finding, self.run.clock() - started)

    def begin(
        self, check: str, action: Callable[[], Finding], *, after: str | None = None
    ) -> Running[Outcome | None]:
        """The same, beside what else is done."""
        return Running(partial(self.attempt, check, action, after=after))

    def add(self, check: str, finding: Finding, elapsed: float) -> Outcome:
        """Record what a check found. Passwords were hidden where somebody else's words entered it."""
        outcome = Outcome(check, finding.status, finding.cause, finding.detail, finding.hint, elapsed)
        self.outcomes.append(outcome)
        self.run.note(outcome)
        return outcome

    def skip(self, check: str, cause: str | None, detail: str) -> Outcome:
        """Record that a check was skipped."""
        return self.add(check, Finding(detail, "skipped", cause), 0.0)


def name_if_failed(outcome: Outcome | None) -> str | None:
    """The check, where it failed."""
    return outcome.check if outcome and outcome.status == "failed" else None
