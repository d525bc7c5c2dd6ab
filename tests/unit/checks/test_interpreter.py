from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.checks.interpreter import Interpreter, child_environment
from proxyenv.model.subject import Subject
from support.proxies import SilentServer
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[3]
MODULE = "proxyenv.checks.child.fetch"


def subject(environment: Mapping[str, str]) -> Subject:
    return Subject(
        python=sys.executable,
        environment=environment,
        directory=Path("/"),
        http_proxy=None,
        https_proxy=None,
        no_proxy=(),
        bundle=None,
        profile="corp",
        api_url=None,
        urls=(),
    )


def hanging_job(port: int) -> dict[str, object]:
    fetches = [{"key": "a", "url": f"http://127.0.0.1:{port}/", "cafile": None}]
    limits = {"step": 60, "document": 60, "bytes": 1000}
    return {"fetches": fetches, "limits": limits, "plugin": False}


def test_the_child_has_every_variable_and_leaves_no_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://inherited.test:1")
    environment = {
        "NO_PROXY": "localhost",
        "HOME": "/home/jo",
        "PREFECT_HOME": "/home/jo/p",
        "DO_NOT_TRACK": "0",
    }
    given = replace(subject(environment), api_url="http://a.test/api")
    assert child_environment(given, Path("/throw/away")) == {
        "NO_PROXY": "localhost",
        "HOME": "/home/jo",
        "PREFECT_HOME": "/home/jo/p",
        "TMPDIR": "/throw/away",
        "DO_NOT_TRACK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
    }


def test_a_server_that_the_flow_starts_has_a_database_of_its_own() -> None:
    environment = child_environment(
        subject({"PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql://db.test/prefect"}), Path("/away")
    )
    assert environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == "sqlite+aiosqlite:////away/prefect.db"
    assert environment["PREFECT_SERVER_MEMO_STORE_PATH"] == "/away/memo_store.toml"


@pytest.mark.parametrize("name", ["PATH", "PYTHONPATH"])
def test_relative_entries_go(name: str) -> None:
    assert child_environment(subject({name: ":src:/opt/lib:."}), Path("/away"))[name] == "/opt/lib"


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": ""}, {"PYTHONPATH": "."}, {"PYTHONPATH": ":lib"}])
def test_nothing_is_imported_from_the_working_directory(tmp_path: Path, variables: dict[str, str]) -> None:
    (tmp_path / "lib").mkdir()
    for name in ("sitecustomize", "httpx", "json", "types", "lib/httpx", "lib/sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working directory')")
    given = replace(subject(variables), directory=tmp_path)
    with Interpreter(MODULE, {"fetches": [], "timeout": 1, "plugin": False}, subject=given) as interpreter:
        assert list(interpreter.records(limit=30)) == [{"event": "end"}]


def test_a_probe_needs_no_proxyenv_where_it_runs(tmp_path: Path) -> None:
    """What an environment of the project's own lacks is hidden here: `proxyenv` is found, and refuses."""
    (tmp_path / "proxyenv").mkdir()
    (tmp_path / "proxyenv" / "__init__.py").write_text("raise SystemExit('proxyenv was imported')")
    given = subject({"PYTHONPATH": str(tmp_path)})
    with Interpreter(MODULE, {"fetches": [], "timeout": 1, "plugin": False}, subject=given) as interpreter:
        assert list(interpreter.records(limit=30)) == [{"event": "end"}]


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
        assert interpreter.scratch.is_dir()
    assert interpreter.status is not None
    assert not interpreter.scratch.exists()


def test_an_interrupt_ends_it_and_removes_its_home() -> None:
    with SilentServer() as silent:
        interpreter = Interpreter(MODULE, hanging_job(silent.port), subject=subject({}))
        with pytest.raises(KeyboardInterrupt):
            begin_and_interrupt(interpreter)
    assert interpreter.status is not None
    assert not interpreter.scratch.exists()


def test_an_interpreter_that_dies_leaves_its_last_words() -> None:
    with Interpreter(MODULE, {}, subject=subject({})) as interpreter:
        assert list(interpreter.records(limit=30)) == []
    assert interpreter.status == 1
    assert interpreter.complaints[-1] == "KeyError: 'plugin'"


def test_prints_are_no_records_and_children_are_killed() -> None:
    with SilentServer() as silent:
        module = "tests.support.grandchild"
        with Interpreter(module, {"port": silent.port}, subject=subject({})) as interpreter:
            assert next(interpreter.records(limit=30)) == {"event": "started"}
            assert wait_until(lambda: silent.connections == 1)
            assert "this is no record" in interpreter.complaints
        assert wait_until(lambda: silent.connections == 0)


WAITS: Final = """
import sys, time
from pathlib import Path
from proxyenv.checks.interpreter import Interpreter
from proxyenv.model.subject import Subject

subject = Subject(
    python=sys.executable, environment={}, directory=Path("/"), http_proxy=None, https_proxy=None,
    no_proxy=(), bundle=None, profile="corp", api_url=None, urls=(),
)
with Interpreter("tests.support.grandchild", {"port": int(sys.argv[1])}, subject=subject):
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is done for it there")
def test_what_a_killed_check_has_started_ends_with_it() -> None:
    with SilentServer() as silent:
        command = [sys.executable, "-c", WAITS, str(silent.port)]
        with subprocess.Popen(command, cwd=ROOT) as process:
            assert wait_until(lambda: silent.connections == 1)
            process.kill()
        assert wait_until(lambda: silent.connections == 0)


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


GREEDY: Final = """
import resource, sys
from proxyenv.checks.interpreter import Interpreter
from proxyenv.model.subject import Subject
from pathlib import Path

subject = Subject(
    python=sys.executable, environment={}, directory=Path("/"), http_proxy=None, https_proxy=None,
    no_proxy=(), bundle=None, profile="corp", api_url=None, urls=(),
)
with Interpreter("tests.support.greedy", {}, subject=subject) as interpreter:
    print([record["event"] for record in interpreter.records(limit=60)])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS enforces no limit, and Windows has none")
def test_a_child_has_less_memory_than_300_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GREEDY], cwd=ROOT, capture_output=True, text=True, check=True
    )
    events, kilobytes = done.stdout.splitlines()
    assert events == "['refused', 'end']"
    assert int(kilobytes) < 300_000
