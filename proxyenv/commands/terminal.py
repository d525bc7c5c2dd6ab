"""The terminal: words that cannot steer it, colours, progress where somebody watches, and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from proxyenv.errors import UsageError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from proxyenv.errors import ProxyenvError


def printable(words: str) -> str:
    """*words* with every control character escaped: what a proxy or a file says must not steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


def shorten(path: Path, home: Path) -> str:
    """A path as people write it."""
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def render_count(number: int, noun: str) -> str:
    """Such as `1 layer` or `3 layers`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def render_error(error: ProxyenvError) -> Iterator[str]:
    """The message, and after a blank line the hint."""
    yield f"error[{error.code}]: {printable(error.message)}"
    if error.hint:
        yield ""
        yield f"hint: {printable(error.hint)}"


_CODES: Final = {"ok": "32", "failed": "31", "warning": "33", "skipped": "2", "bold": "1", "note": "33"}


class Terminal(NamedTuple):
    """Where remarks go, who can be asked, and what is coloured.

    Args:
        color: ``auto``, ``always`` or ``never``.
        quiet: no progress and no remarks.
        verbose: more of both.
        environment: for ``NO_COLOR`` and ``TERM``.
        answers: what a person types, or ``None`` where the process has no standard input.
        results: where the result goes; it decides about the colours there.
        remarks: where all else goes.
        read_password: asks without showing what is typed; empty at the end of the input.
        rewrite: what becomes of remarks.
    """

    color: str
    quiet: bool
    verbose: bool
    environment: Mapping[str, str]
    answers: TextIO | None
    results: TextIO
    remarks: TextIO
    read_password: Callable[[str], str]
    rewrite: Callable[[str], str] = str

    def paint(self, text: str, style: str) -> str:
        """*text* for standard output, coloured where that is wanted."""
        return self._paint(text, style, self.results)

    def paint_remark(self, text: str, style: str) -> str:
        """*text* for standard error, coloured where that is wanted."""
        return self._paint(text, style, self.remarks)

    def _paint(self, text: str, style: str, stream: TextIO) -> str:
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
            self._say(f"{self.rewrite(text)}\n")

    def progress(self, text: str) -> None:
        """Say what begins, to somebody who watches."""
        if self.verbose or (not self.quiet and self.remarks.isatty()):
            self._say(f"{self.paint_remark(f'... {text}', 'skipped')}\n")

    def watch(self) -> AbstractContextManager[Callable[[str], None]]:
        """What shows progress: one line with seconds where somebody watches, else as :meth:`progress`."""
        steers = self.environment.get("TERM", "dumb") != "dumb"
        if steers and not self.verbose and not self.quiet and self.remarks.isatty():
            from proxyenv.commands.live_line import LiveLine

            return LiveLine(self.remarks)
        from contextlib import nullcontext

        return nullcontext(self.progress)

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to answer."""
        return self.answers is not None and self.answers.isatty()

    def show(self, text: str) -> None:
        """Print a part of the result before a question about it is asked."""
        self.results.write(f"{text}\n")
        self.results.flush()

    def confirm(self, question: str, *, usual: bool = True) -> bool:
        """Ask once; an empty answer is the usual one, an end of input is no."""
        answer = self._ask(f"{question} [{'Y/n' if usual else 'y/N'}] ")
        return answer is not None and answer.strip().lower() in {"y", "yes", *([""] if usual else [])}

    def choose(self, question: str, choices: tuple[str, ...], *, hint: str | None) -> int:
        """Let the user pick one of several; returns its index.

        Raises:
            UsageError: ``confirmation-required``: the input ended without an answer.
        """
        numbered = (f"  {number}) {choice}\n" for number, choice in enumerate(choices, start=1))
        self._say(f"{question}\n{''.join(numbered)}")
        while (answer := self._ask(f"Which one? [1-{len(choices)}] ")) is not None:
            if answer.strip().isdigit() and 1 <= int(answer) <= len(choices):
                return int(answer) - 1
        raise UsageError("confirmation-required", "no choice was made", hint=hint)

    def ask(self, question: str) -> str:
        """What is typed in answer; empty at the end of the input."""
        return (self._ask(f"{question} ") or "").strip()

    def ask_password(self, question: str) -> str:
        """The same, without showing what is typed."""
        return self.read_password(f"{question} ")

    def _ask(self, prompt: str) -> str | None:
        self._say(prompt)
        line = self.answers.readline() if self.answers is not None else ""
        return line.rstrip("\n") if line else None

    def _say(self, text: str) -> None:
        self.remarks.write(text)
        self.remarks.flush()
