"""Child processes of the demonstration: started apart, watched while they come up, stopped by their id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from proxyenv.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

GRACE: Final = 10.0
"""Seconds that a child has to end on its own."""

POLL: Final = 0.05
"""Seconds between two looks at a child that comes up."""

LAST_WORDS: Final = 400
"""How many characters of a dead child's output enter the message."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running program.

    Args:
        name: for messages.
        process: the program itself.
        log: the file that gets both of its output streams.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], T | None], *, limit: float) -> T:
        """Wait for the child to come up.

        Args:
            ready: asked again and again; anything but ``None`` ends the wait and is returned.
            limit: seconds to wait at most.

        Raises:
            VerifyError: the child ended, or did not come up in time (``demo-failed``).
        """
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if (status := self.process.poll()) is not None:
                raise VerifyError(
                    "demo-failed", f"{self.name} ended with status {status}: {self._last_words()}"
                )
            if (found := ready()) is not None:
                return found
            time.sleep(POLL)
        raise VerifyError("demo-failed", f"{self.name} did not start in {limit:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").split("\n")
        return " | ".join(line.strip() for line in lines if line.strip())[-LAST_WORDS:] or "it said nothing"


@contextmanager
def start_child(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
) -> Iterator[Child]:
    """Start a program with nothing but *environment*, and stop it at the end, with all that it started.

    Args:
        name: for messages, and of the log file in *directory*.
        command: the program and its arguments.
        environment: its whole environment.
        directory: its working directory.
    """
    log = directory / f"{name}.log"
    with log.open("wb") as output:
        # A session of its own: an interrupt reaches us alone, and its children can be stopped with it.
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        _stop(process)


if sys.platform == "win32":

    def _stop(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait(GRACE)

else:

    def _stop(process: subprocess.Popen[bytes]) -> None:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait(GRACE)
        _signal_group(process.pid, signal.SIGKILL)  # whatever outlived its parent

    def _signal_group(group: int, number: int) -> None:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return  # it is gone, which is what was wanted
