"""A real terminal of a given size: tmux, with a shell in it, and what stands on its screen."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["TmuxScreen", "open_screen"]

_TMUX: Final = shutil.which("tmux") or "tmux"
_LIMIT: Final = 420.0
_POLL: Final = 0.2


@dataclass(frozen=True)
class TmuxScreen:
    """One terminal.

    Args:
        socket: of its tmux.
        columns: its width.
        lines: its height.
        environment: what tmux is started with.
    """

    socket: Path
    columns: int
    lines: int
    environment: Mapping[str, str]

    def run(self, command: str) -> list[str]:
        """Type a command on an empty screen, and wait for the next prompt; returns what it printed."""
        self.start(command)
        return self.wait()

    def start(self, command: str) -> None:
        """Type a command on an empty screen."""
        self._ask("send-keys", "-R")
        self._ask("clear-history")
        self.type(command)

    def type(self, text: str) -> None:
        """Type a line."""
        self._ask("send-keys", "-l", text)
        self._ask("send-keys", "Enter")

    def wait(self) -> list[str]:
        """Wait for the prompt; returns what stands above it, the typed line aside."""
        self._ask("wait-for", "prompt")
        while (lines := self.read())[-1].rstrip() != "$":  # the shell says so before it has drawn it
            time.sleep(_POLL)
        return lines[1:-1]

    def wait_for(self, text: str) -> list[str]:
        """Wait until *text* is shown; returns what stands there then, the typed line aside."""
        ends = time.monotonic() + _LIMIT
        while time.monotonic() < ends:
            lines = self.read()
            if any(text in line for line in lines):
                return lines[1:]
            time.sleep(_POLL)
        pytest.fail(f"`{text}` did not appear:\n" + "\n".join(self.read()))

    def read(self, *options: str) -> list[str]:
        """Every line, what has scrolled away too."""
        return self._ask("capture-pane", "-p", "-S", "-", *options).rstrip("\n").split("\n")

    def find_wrapped(self) -> list[str]:
        """The lines that were longer than the terminal is wide, so that the terminal broke them."""
        return [line.strip() for line in self.read("-J") if len(line.rstrip()) > self.columns]

    def _ask(self, *arguments: str) -> str:
        return subprocess.run(
            [_TMUX, "-S", str(self.socket), *arguments],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=True,
        ).stdout


@contextlib.contextmanager
def open_screen(
    directory: Path, columns: int, lines: int, environment: Mapping[str, str], *, at: Path
) -> Iterator[TmuxScreen]:
    """Open a terminal with an empty ``bash`` in it.

    Args:
        directory: for the socket.
        columns: its width.
        lines: its height.
        environment: of the shell.
        at: its working directory.
    """
    if not shutil.which(_TMUX):
        if os.environ.get("CI"):
            pytest.fail("there is no tmux")
        pytest.skip("there is no tmux")
    directory.mkdir(parents=True, exist_ok=True)
    rc = directory / "bashrc"
    rc.write_text("PS1='$ '\nPROMPT_COMMAND='tmux wait-for -S prompt'\n", "utf-8")
    known = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **environment}
    screen = TmuxScreen(directory / "tmux", columns, lines, known)
    shell = f"bash --noprofile --rcfile {rc}"
    start = [_TMUX, "-S", str(screen.socket), "-f", "/dev/null", "new-session", "-d", "-x", str(columns)]
    subprocess.run([*start, "-y", str(lines), shell], env=known, cwd=at, check=True)
    try:
        screen._ask("wait-for", "prompt")
        yield screen
    finally:
        with contextlib.suppress(subprocess.SubprocessError):
            screen._ask("kill-server")
