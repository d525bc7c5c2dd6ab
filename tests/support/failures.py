"""A plugin of pytest: says at once what failed, because a run that is cut off never comes to its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

MOST_SAID: Final = 4000
"""Characters of the reason, from its end: the summary has all of it."""

_AGAIN: Final = "rerun"
"""What pytest-rerunfailures makes of the outcome of a test that has a second try."""


class _AtOnce:
    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome: str = report.outcome
        if outcome in {"failed", _AGAIN}:
            again = ", and is run again" if outcome == _AGAIN else ""
            self._terminal.write_line(f"\nFAILED {report.nodeid} ({report.when}){again}")
            self._terminal.write_line(report.longreprtext[-MOST_SAID:])


def pytest_sessionstart(session: pytest.Session) -> None:
    """Only the process that others report to has a terminal."""
    plugins = session.config.pluginmanager
    if terminal := plugins.get_plugin("terminalreporter"):
        plugins.register(_AtOnce(terminal))
