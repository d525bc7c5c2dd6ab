"""Lines of a terminal that say what goes on, and for how long; at the end they are gone."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from rich.live import Live
from rich.text import Text

from proxyenv.commands.screen import open_console, shorten_text
from proxyenv.commands.terminal import printable

if TYPE_CHECKING:
    from typing import Self, TextIO

    from rich.console import Console, ConsoleOptions, RenderResult

    from proxyenv.commands.terminal import Terminal

_MOST: Final = 8
_RATE: Final = 4
_FAILED: Final = " (failed: "


class LiveLines:
    """What runs now, a line each, as a context manager.

    Args:
        terminal: says whether colours are wanted.
        stream: the terminal's.
    """

    def __init__(self, terminal: Terminal, stream: TextIO) -> None:
        self._running: dict[str, float] = {}
        self._failed = ""
        self._lock = Lock()
        console = open_console(terminal, stream)
        self._live = Live(
            self,
            console=console,
            refresh_per_second=_RATE,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running.clear()
            self._failed = ""
        self._live.stop()

    def __call__(self, text: str) -> None:
        """Say that something else goes on now, and nothing beside it."""
        with self._lock:
            self._running = {text: monotonic()}

    def begin(self, text: str) -> None:
        """Say that something begins beside what goes on; what failed before may stand behind it."""
        step, failed, known = text.partition(_FAILED)
        with self._lock:
            self._running[step] = monotonic()
            if failed:
                self._failed = known.removesuffix(")")

    def end(self, text: str) -> None:
        """Say that it has ended."""
        with self._lock:
            self._running.pop(text, None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines as they are now, for rich."""
        with self._lock:
            running, failed = dict(self._running), self._failed
        lines = [f"failed: {failed}"] if failed else []
        now = monotonic()
        rows = [(step, round(now - since)) for step, since in running.items()]
        for step, seconds in rows[:_MOST]:
            after = f" {seconds} s" if seconds else ""
            room = options.max_width - len(f"... {after} ")
            lines.append(f"... {shorten_text(printable(step), room)}{after}")
        if rows[_MOST:]:
            lines.append(f"... and {len(rows) - _MOST} more")
        for line in lines:
            yield Text(
                line, no_wrap=True, overflow="crop", style="red" if line.startswith("failed") else "dim"
            )
