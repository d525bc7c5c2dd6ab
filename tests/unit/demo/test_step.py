from __future__ import annotations

import subprocess
from itertools import count
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.step import AbandonedError, Recorder, RefutedError, SkippedError, Step
from proxyenv.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def recorder() -> Recorder:
    ticks = count()
    return Recorder(say=lambda _: None, clock=lambda: float(next(ticks)))


def fail(error: Exception) -> Callable[[], str]:
    def action() -> str:
        raise error

    return action


def test_a_step_that_holds_keeps_its_evidence(recorder: Recorder) -> None:
    recorder.prove("fetch", lambda: "seen")
    assert recorder.steps == [Step("fetch", ok=True, detail="seen", seconds=1.0)]


def test_a_step_that_cannot_run_here_is_skipped(recorder: Recorder) -> None:
    recorder.prove("fetch", fail(SkippedError("no `curl`")))
    assert recorder.steps == [Step("fetch", ok=True, detail="no `curl`", seconds=1.0, skipped=True)]


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        pytest.param(RefutedError("never seen"), "never seen", id="refuted"),
        pytest.param(
            VerifyError("demo-failed", "it ended", hint="look"),
            "it ended; look",
            id="error-of-ours-with-hint",
        ),
        pytest.param(FileNotFoundError(2, "gone"), "[Errno 2] gone", id="error-of-the-system"),
        pytest.param(
            subprocess.TimeoutExpired(["sh"], 3), "Command '['sh']' timed out after 3 seconds", id="timeout"
        ),
    ],
)
def test_a_step_that_does_not_hold_says_why(recorder: Recorder, error: Exception, detail: str) -> None:
    recorder.prove("fetch", fail(error))
    assert recorder.steps == [Step("fetch", ok=False, detail=detail, seconds=1.0)]


def test_a_bug_is_not_taken_for_an_answer(recorder: Recorder) -> None:
    with pytest.raises(KeyError):
        recorder.prove("fetch", fail(KeyError("report")))


def test_what_the_others_need_is_handed_on(recorder: Recorder) -> None:
    assert recorder.need("port", lambda: 8080, "port {}".format) == 8080
    assert recorder.steps[0].detail == "port 8080"


def test_without_what_the_others_need_there_is_no_going_on(recorder: Recorder) -> None:
    with pytest.raises(AbandonedError):
        recorder.need("port", fail(RefutedError("none free")), str)
    assert recorder.steps == [Step("port", ok=False, detail="none free", seconds=1.0)]


def test_progress_is_said_before_and_after() -> None:
    said: list[str] = []
    recorder = Recorder(said.append)
    recorder.prove("fetch", lambda: "seen")
    recorder.prove("push", fail(RefutedError("refused")))
    assert said == ["fetch ...", "  ok: seen", "push ...", "  FAILED: refused"]
