"""``proxyenv pool watch``: what it asks for, and what it says of what was made."""

from __future__ import annotations

import pytest

from proxyenv.checks.pool_watch import WatchMade
from proxyenv.cli import run
from proxyenv.commands.pool_watch import judge_watch

MADE = WatchMade("https://prefect.corp.example/api", (), "2026-01-01T06:00:00+00:00", True, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((), "`pool watch` needs `--every` and `--notify`, or `--remove`", id="nothing"),
        pytest.param(("--every", "6h"), "`pool watch` needs `--every` and `--notify`", id="no block"),
        pytest.param(("--remove", "--every", "6h"), "goes with neither", id="both"),
        pytest.param(("--every", "6", "--notify", "a/b"), "`--every 6`: it takes minutes", id="no unit"),
        pytest.param(("--every", "0h", "--notify", "a/b"), "`--every 0h`: it takes minutes", id="never"),
        pytest.param(("--every", "6h", "--notify", "alerts"), "the type and the name", id="no type"),
    ],
)
def test_what_does_not_fit_is_said_before_anybody_is_asked(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pool", "watch", "images", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_watch_that_works() -> None:
    schedule, notification = judge_watch("images", MADE)
    assert (schedule.status, schedule.detail) == ("ok", "the first run is due at 2026-01-01T06:00:00+00:00")
    assert (notification.status, notification.cause) == ("ok", None)


def test_a_watch_that_would_be_silent() -> None:
    schedule, notification = judge_watch("images", MADE._replace(first=None, notified=False, said="no route"))
    assert (schedule.status, schedule.cause) == ("failed", "watch-unscheduled")
    assert (notification.status, notification.cause) == ("failed", "notification-not-sent")
    assert notification.detail == "the server has not sent the test notification: no route"
