"""The lines that say what goes on, and for how long."""

from __future__ import annotations

import io
import re
import time

import pytest

from proxyenv.commands.live_lines import LiveLines
from proxyenv.commands.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def make_terminal(
    screen: io.StringIO, *, quiet: bool = False, term: str = "xterm", columns: str = "80"
) -> Terminal:
    environment = {"TERM": term, "COLUMNS": columns, "NO_COLOR": "1"}
    return Terminal("auto", quiet, False, environment, None, screen, screen, lambda _: "")


def lines_of(screen: Screen) -> set[str]:
    """Every line that was there at some time."""
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "\n", screen.getvalue())
    return {line.strip() for line in re.split(r"[\r\n]+", shown) if line.strip()}


def test_each_step_that_runs_has_a_line_with_its_seconds() -> None:
    screen = Screen()
    with make_terminal(screen).watch() as watch:
        watch.begin("fetch [\x1b[2J]")
        watch.begin("prefect-flow")
        time.sleep(1.6)
    timed = {re.sub(r"\d+ s$", "N s", line) for line in lines_of(screen)}
    assert {"... fetch [\\x1b[2J] N s", "... prefect-flow N s"} <= timed
    assert "\x1b[2J" not in screen.getvalue()


def test_a_step_that_has_ended_is_gone() -> None:
    live = LiveLines(make_terminal(Screen()), Screen())
    live.begin("one")
    live.begin("two (failed: one: proxy-denied)")
    live.end("one")
    console = live._live.console
    rows = [str(each) for each in live.__rich_console__(console, console.options)]
    assert rows == ["failed: one: proxy-denied", "... two"]


def test_lines_are_cut_to_the_width() -> None:
    live = LiveLines(make_terminal(Screen(), columns="20"), Screen())
    live("x" * 50)
    console = live._live.console
    rows = [str(each) for each in live.__rich_console__(console, console.options)]
    assert rows == ["... xxxxxxx…xxxxxxx"]


def test_they_are_gone_after_an_interrupt_and_the_cursor_is_back() -> None:
    screen = Screen()

    def interrupt() -> None:
        with make_terminal(screen).watch() as watch:
            watch("asking")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert screen.getvalue().rpartition("\x1b[?25h")[1]


@pytest.mark.parametrize(
    ("screen", "quiet", "term", "shown"),
    [
        pytest.param(Screen(), False, "dumb", "... asking\n", id="a terminal that cannot be steered"),
        pytest.param(io.StringIO(), False, "xterm", "", id="no terminal"),
        pytest.param(Screen(), True, "xterm", "", id="quiet"),
    ],
)
def test_elsewhere_there_are_no_escapes(screen: io.StringIO, quiet: bool, term: str, shown: str) -> None:
    with make_terminal(screen, quiet=quiet, term=term).watch() as watch:
        watch.begin("asking")
        watch.end("asking")
    assert screen.getvalue() == shown
