"""Colours where they are wanted, progress where somebody watches, questions where somebody can answer."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES: Final = {"ok": "32", "failed": "31", "warning": "33", "skipped": "2", "bold": "1", "note": "33"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where to write, and how.

    Args:
        color: ``auto``, ``always`` or ``never``.
        quiet: no progress and no remarks.
        verbose: more of both.
        environment: for ``NO_COLOR`` and ``TERM``.
    """

    color: str
    quiet: bool
    verbose: bool
    environment: Mapping[str, str]

    def paint(self, text: str, style: str, stream: TextIO) -> str:
        """*text*, coloured when *stream* is a terminal that wants it (https://no-color.org)."""
        wanted = self.color == "always" or (
            self.color == "auto"
            and stream.isatty()
            and not self.environment.get("NO_COLOR")
            and self.environment.get("TERM") != "dumb"
        )
        return f"\033[{_CODES[style]}m{text}\033[0m" if wanted else text

    def remark(self, text: str = "") -> None:
        """Say something beside the data."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def progress(self, text: str) -> None:
        """Say what is begun, to somebody who watches."""
        if self.verbose or (not self.quiet and sys.stderr.isatty()):
            print(self.paint(f"... {text}", "skipped", sys.stderr), file=sys.stderr, flush=True)

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to answer."""
        return sys.stdin is not None and sys.stdin.isatty()

    def confirm(self, question: str) -> bool:
        """Ask once; an empty answer is yes, an end of input is no."""
        answer = self._ask(f"{question} [Y/n] ")
        return answer is not None and answer.strip().lower() in {"", "y", "yes"}

    def choose(self, question: str, choices: tuple[str, ...], *, hint: str | None) -> int:
        """Let the user pick one of several; returns its index.

        Raises:
            UsageError: ``confirmation-required``: the input ended without an answer.
        """
        print(question, file=sys.stderr)
        for number, choice in enumerate(choices, start=1):
            print(f"  {number}) {choice}", file=sys.stderr)
        while (answer := self._ask(f"Which one? [1-{len(choices)}] ")) is not None:
            if answer.strip().isdigit() and 1 <= int(answer) <= len(choices):
                return int(answer) - 1
        raise UsageError("confirmation-required", "no choice was made", hint=hint)

    def ask(self, question: str) -> str:
        """What is typed in answer; empty at the end of the input."""
        return (self._ask(f"{question} ") or "").strip()

    def ask_password(self, question: str) -> str:
        """Likewise, without showing it."""
        import getpass

        try:
            return getpass.getpass(f"{question} ", stream=sys.stderr)
        except EOFError:
            return ""

    def _ask(self, prompt: str) -> str | None:
        print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
