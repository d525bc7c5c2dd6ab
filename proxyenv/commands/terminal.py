"""The terminal: words that cannot steer it, colours, progress where somebody watches, and questions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from proxyenv.errors import UsageError, cut
from proxyenv.model.url import show_path
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from proxyenv.errors import ProxyenvError


def printable(words: str) -> str:
    """*words* with every control character escaped: what a proxy or a file says must not steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


def shorten(path: Path, home: Path) -> str:
    """A path as people write it."""
    return f"~/{show_path(path.relative_to(home))}" if path.is_relative_to(home) else show_path(path)


def render_count(number: int, noun: str) -> str:
    """Such as `1 layer` or `3 layers`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def render_error(error: ProxyenvError) -> Iterator[str]:
    """The message, and after a blank line the hint; escapes make a message no longer."""
    yield f"error[{error.code}]: {cut(printable(error.message))}"
    if error.hint:
        yield ""
        yield f"hint: {printable(error.hint)}"


class ScreenRow(NamedTuple):
    """A line for whoever looks at a terminal: it is folded to the width that there is.

    Args:
        label: stands before the text, in a column of its own; rows without one are indented as far.
        text: one line.
        style: of the label, or of the text of a heading.
        whole: whether no word may be cut, since the text will be copied.
        heading: whether it begins at the left edge.
    """

    label: str = ""
    text: str = ""
    style: str = ""
    whole: bool = False
    heading: bool = False


_CODES: Final = {"ok": "32", "failed": "31", "warning": "33", "skipped": "2", "bold": "1", "note": "33"}


class Watch(Protocol):
    """What is told of what goes on."""

    def __call__(self, text: str) -> None:
        """Something else goes on now, and nothing beside it."""

    def begin(self, text: str) -> None:
        """Something begins beside what goes on."""

    def end(self, text: str) -> None:
        """It has ended."""


class _Told(NamedTuple):
    """Where nobody watches, or lines cannot be written over."""

    begin: Callable[[str], None]

    def __call__(self, text: str) -> None:
        self.begin(text)

    def end(self, text: str) -> None:
        """Nothing was shown that would have to go."""


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
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.wants_color(stream) else text

    def wants_color(self, stream: TextIO) -> bool:
        """Whether *stream* is a terminal that wants colours (https://no-color.org), or was given them."""
        return self.color == "always" or (
            self.color == "auto"
            and stream.isatty()
            and not self.environment.get("NO_COLOR")
            and self.environment.get("TERM") != "dumb"
        )

    @property
    def is_seen(self) -> bool:
        """Whether somebody looks at the result, which then has to fit on a screen."""
        return self.results.isatty()

    @property
    def width(self) -> int:
        """How many columns there are for the result."""
        from proxyenv.commands.screen import open_console

        return open_console(self, self.results).width

    def lay_out(self, rows: Iterable[ScreenRow]) -> list[str]:
        """The lines of a result for somebody who looks at it."""
        from proxyenv.commands.screen import lay_out

        return lay_out(rows, self, self.results)

    def remark_rows(self, rows: Iterable[ScreenRow]) -> None:
        """Say something beside the data to somebody who looks at it."""
        from proxyenv.commands.screen import lay_out

        self.remark_lines(lay_out(rows, self, self.remarks))

    def remark(self, text: str) -> None:
        """Say something beside the data, in one line; what of it is others' words steers no terminal."""
        if self.remarks.isatty() and not self.quiet:
            self.remark_rows((ScreenRow("", text, whole=True, heading=True),))
        else:
            self.remark_lines((printable(text),))

    def remark_lines(self, lines: Iterable[str]) -> None:
        """Say what was rendered: its colours are ours, and control characters are escaped already."""
        for line in lines if not self.quiet else ():
            self._mention(self.rewrite(line))

    def progress(self, text: str) -> None:
        """Say what begins, to somebody who watches."""
        if self.verbose or (not self.quiet and self.remarks.isatty()):
            self._mention(self.paint_remark(f"... {printable(text)}", "skipped"))

    def watch(self) -> AbstractContextManager[Watch]:
        """What shows progress: lines with seconds where somebody watches, else as :meth:`progress`."""
        steers = self.environment.get("TERM", "dumb") != "dumb"
        if steers and not self.verbose and not self.quiet and self.remarks.isatty():
            from proxyenv.commands.live_lines import LiveLines

            return LiveLines(self, self.remarks)
        from contextlib import nullcontext

        return nullcontext(_Told(self.progress))

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to answer."""
        return self.answers is not None and self.answers.isatty()

    def show(self, text: str) -> None:
        """Print a part of the result before a question about it is asked."""
        self.results.write(f"{text}\n")
        self.results.flush()

    def confirm(self, question: str, *, usual: bool = True, about: Iterable[str] = ()) -> bool:
        """Ask once; an empty answer is the usual one, an end of input is no.

        Args:
            question: one line.
            usual: what an empty answer means.
            about: the lines above it.
        """
        self._say("".join(f"{printable(line)}\n" for line in about))
        answer = self._ask(f"{question} [{'Y/n' if usual else 'y/N'}] ")
        return answer is not None and answer.strip().lower() in {"y", "yes", *([""] if usual else [])}

    def choose(self, question: str, choices: tuple[str, ...], *, hint: str | None) -> int:
        """Let the user pick one of several; returns its index.

        Raises:
            UsageError: ``confirmation-required``: the input ended without an answer.
        """
        numbered = (f"  {number}) {printable(choice)}\n" for number, choice in enumerate(choices, start=1))
        self._say(f"{printable(question)}\n{''.join(numbered)}")
        numbers = [str(number) for number in range(1, len(choices) + 1)]
        while (answer := self._ask(f"Which one? [1-{len(choices)}] ")) is not None:
            if answer.strip() in numbers:
                return numbers.index(answer.strip())
        raise UsageError("confirmation-required", "no choice was made", hint=hint)

    def ask(self, question: str) -> str:
        """What is typed in answer; empty at the end of the input."""
        return (self._ask(f"{question} ") or "").strip()

    def ask_password(self, question: str) -> str:
        """The same, without showing what is typed."""
        return self.read_password(f"{printable(question)} ")

    def _ask(self, prompt: str) -> str | None:
        self._say(printable(prompt))
        line = self.answers.readline() if self.answers is not None else ""
        return line.rstrip("\n") if line else None

    def _mention(self, line: str) -> None:
        """Say a line that nobody has to hear: where it cannot be written, the work goes on."""
        with suppress(OSError):
            self._say(f"{line}\n")

    def _say(self, text: str) -> None:
        self.remarks.write(text)
        self.remarks.flush()
