from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.checks.interpreter import Interpreter, child_environment
from proxyenv.model.subject import Subject
from support.proxies import SilentServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODULE = "proxyenv.checks.child.fetch"


def subject(environment: Mapping[str, str]) -> Subject:
    return Subject(
        environment=environment,
        http_proxy=None,
        https_proxy=None,
        no_proxy=(),
        bundle=None,
        profiles_path=Path("/p/profiles.toml"),
        profile="corp",
        api_url=None,
        urls=(),
        path="/usr/bin:/bin",
    )


def hanging_job(port: int) -> dict[str, object]:
    return {"fetches": [{"url": f"http://127.0.0.1:{port}/", "cafile": None}], "timeout": 60}


def test_child_has_the_written_environment_and_its_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://inherited.test:1")
    monkeypatch.setenv("PREFECT_API_URL", "http://inherited.test/api")
    environment = child_environment(subject({"NO_PROXY": "localhost"}), Path("/throw/away"))
    environment.pop("PYTHONUSERBASE", None)
    assert environment == {
        "NO_PROXY": "localhost",
        "PATH": "/usr/bin:/bin",
        "HOME": "/throw/away",
        "PREFECT_HOME": str(Path("/throw/away/.prefect")),
        "TMPDIR": "/throw/away",
        "DO_NOT_TRACK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def begin_and_interrupt(interpreter: Interpreter) -> None:
    with interpreter:
        assert next(interpreter.records(limit=30))["event"] == "begin"
        raise KeyboardInterrupt


def test_slow_child_is_stopped() -> None:
    with (
        SilentServer() as silent,
        Interpreter(MODULE, hanging_job(silent.port), subject=subject({})) as interpreter,
    ):
        with pytest.raises(TimeoutError, match="not finished after 1 s"):
            list(interpreter.records(limit=1))
        assert interpreter.home.is_dir()
    assert interpreter.status is not None
    assert not interpreter.home.exists()


def test_an_interrupt_ends_it_and_removes_its_home() -> None:
    with SilentServer() as silent:
        interpreter = Interpreter(MODULE, hanging_job(silent.port), subject=subject({}))
        with pytest.raises(KeyboardInterrupt):
            begin_and_interrupt(interpreter)
    assert interpreter.status is not None
    assert not interpreter.home.exists()


def test_an_interpreter_that_dies_leaves_its_last_words() -> None:
    with Interpreter("proxyenv.checks.child.nothing", {}, subject=subject({})) as interpreter:
        assert list(interpreter.records(limit=30)) == []
    assert interpreter.status == 1
    assert (
        interpreter.complaints[-1] == "ModuleNotFoundError: No module named 'proxyenv.checks.child.nothing'"
    )


def test_prints_are_no_records_and_children_are_killed() -> None:
    with SilentServer() as silent:
        module = "tests.support.grandchild"
        with Interpreter(module, {"port": silent.port}, subject=subject({})) as interpreter:
            assert next(interpreter.records(limit=30)) == {"event": "started"}
            assert wait_until(lambda: silent.connections == 1)
            assert "this is no record" in interpreter.complaints
        assert wait_until(lambda: silent.connections == 0)


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be held there")
def test_an_end_by_signal_waits_until_the_home_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    def make(**_: object) -> None:
        signal.raise_signal(signal.SIGTERM)  # to this thread: others hold nothing
        made.append("complete")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", make)
    earlier = signal.signal(signal.SIGTERM, end)
    try:
        with pytest.raises(SystemExit), Interpreter(MODULE, {}, subject=subject({})):
            pytest.fail("it goes on")
    finally:
        signal.signal(signal.SIGTERM, earlier)
    assert made == ["complete"]
