"""The line that says what goes on, and for how long."""

from __future__ import annotations

import io
import time

import pytest

from proxyenv.commands.live_line import LiveLine
from proxyenv.commands.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def make_terminal(screen: io.StringIO, *, quiet: bool = False, term: str = "xterm") -> Terminal:
    return Terminal("auto", quiet, False, {"TERM": term}, None, screen, screen, lambda _: "")


def test_it_counts_the_seconds_and_is_gone_at_the_end() -> None:
    screen = Screen()
    with LiveLine(screen) as show:
        show("asking \x1b[2J the proxy")
        time.sleep(1.3)
        show("the next")
    frames = screen.getvalue().split("\r\x1b[K")[1:]
    assert frames[0] == "... asking \\x1b[2J the proxy"
    assert "... asking \\x1b[2J the proxy 1 s" in frames
    assert frames[-2:] == ["... the next", ""]


def test_it_is_cut_to_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    with LiveLine(screen) as show:
        show("x" * 50)
    assert screen.getvalue().split("\r\x1b[K")[1] == "... " + "x" * 15


def test_it_is_gone_after_an_interrupt() -> None:
    screen = Screen()

    def interrupt() -> None:
        with LiveLine(screen) as show:
            show("asking")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert screen.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("screen", "quiet", "term", "shown"),
    [
        pytest.param(Screen(), False, "dumb", "... asking\n", id="a terminal that cannot be steered"),
        pytest.param(io.StringIO(), False, "xterm", "", id="no terminal"),
        pytest.param(Screen(), True, "xterm", "", id="quiet"),
    ],
)
def test_elsewhere_there_are_no_escapes(screen: io.StringIO, quiet: bool, term: str, shown: str) -> None:
    with make_terminal(screen, quiet=quiet, term=term).watch() as show:
        show("asking")
    assert screen.getvalue() == shown
