"""A line of a terminal that says what goes on, and for how long."""

from __future__ import annotations

from shutil import get_terminal_size
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from proxyenv.commands.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

_CLEARED: Final = "\r\x1b[K"
_TICK: Final = 1.0


class LiveLine:
    """A line that is written over as time goes by, as a context manager; at the end it is gone.

    Args:
        stream: the terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text, self._since = "", 0.0
        self._ended, self._lock = Event(), Lock()
        self._ticker = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Callable[[str], None]:
        self._ticker.start()
        return self.show

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._ticker.join()
        self._write(_CLEARED)

    def show(self, text: str) -> None:
        """Say that something else goes on now."""
        with self._lock:
            self._text, self._since = text, monotonic()
            self._draw()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if not self._text:
            return
        seconds = round(monotonic() - self._since)
        after = f" {seconds} s" if seconds else ""
        room = get_terminal_size().columns - len(f"... {after} ")
        self._write(f"{_CLEARED}... {printable(self._text)[:room]}{after}")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
