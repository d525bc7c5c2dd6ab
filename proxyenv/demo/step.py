"""One step of the demonstration, and how it is recorded."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from proxyenv.errors import ProxyenvError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What was shown, and whether it held.

    Args:
        name: what was done, as a phrase.
        ok: whether it held; a skipped step did not fail.
        detail: the evidence, or what went wrong, in a line.
        seconds: how long it took.
        skipped: whether the machine lacks what the step needs.
    """

    name: str
    ok: bool
    detail: str
    seconds: float
    skipped: bool = False


class RefutedError(Exception):
    """A step did not hold; the text says what was seen instead."""


class SkippedError(Exception):
    """The machine lacks what a step needs; the text says what."""


class AbandonedError(Exception):
    """A step failed that all the others need. It has been recorded."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Runs steps, announces each, and keeps the results.

    Args:
        say: gets a line for each step that begins, and one for each that ends.
        clock: seconds, monotonic.
        steps: what was recorded so far.
    """

    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)

    def prove(self, name: str, action: Callable[[], str]) -> None:
        """Record a step that others can do without.

        Args:
            name: of the step.
            action: returns the evidence, or raises what is wrong.
        """
        self._run(name, action, str)

    def need(self, name: str, action: Callable[[], T], detail: Callable[[T], str]) -> T:
        """Record a step that all the others need, and hand on what it returns.

        Args:
            name: of the step.
            action: makes what the others need.
            detail: describes it.

        Raises:
            AbandonedError: it failed.
        """
        made = self._run(name, action, detail)
        if made is None:
            raise AbandonedError(name)
        return made

    def _run(self, name: str, action: Callable[[], T], detail: Callable[[T], str]) -> T | None:
        self.say(f"{name} ...")
        begun = self.clock()
        made: T | None = None
        skipped = False
        try:
            made = action()
            text = detail(made)
        except SkippedError as reason:
            skipped, text = True, str(reason)
        except ProxyenvError as error:
            made, text = None, "; ".join(filter(None, (error.message, error.hint)))
        except (RefutedError, OSError, subprocess.SubprocessError) as error:
            made, text = None, str(error)
        ok = skipped or made is not None
        self.steps.append(Step(name, ok, text, self.clock() - begun, skipped))
        self.say(f"  {'skipped' if skipped else 'ok' if ok else 'FAILED'}: {text}")
        return made
