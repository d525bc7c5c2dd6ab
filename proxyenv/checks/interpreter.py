"""Interpreters of the user's: one that runs our probes, and one that says what it was given.

A probe travels as source. The interpreter needs what the probe imports (httpx, Prefect) and not proxyenv. It
has the whole environment of the subject and its working directory, but imports nothing from there. It reads
the source and its job as one JSON document a line from stdin, and reports its progress as one JSON object
per line.

Its home is the user's own: what Prefect and httpx read there (profiles, ``.netrc``, packages of ``pip install
--user``) is part of what is proved. What they would write goes to a temporary directory; see
:func:`child_environment`.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.finding import Finding, failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import IO, Self

    from proxyenv.model.subject import Subject


_BOOT: Final = """\
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json, types
job = json.loads(sys.stdin.buffer.readline())
for name, source in job["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, "<" + name + ">", "exec", dont_inherit=True), module.__dict__)
module.main()
"""
"""Each module is there before one that imports it, and an import finds it without its package."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_IMPORT: Final = re.compile(r"^from ([\w.]+\.child\.\w+) import ", re.MULTILINE)
_STDERR_LINES: Final = 40
_FAREWELL: Final = 5.0

Record = dict[str, Any]


class Interpreter:
    """A running child, as a context manager: on exit it and its children are gone.

    Args:
        module: the module to run; it has ``main()``, and imports others of its package at most.
        job: what it reads from stdin, as JSON.
        subject: whose interpreter, environment and directory.
        extra: additional variables, which win.
    """

    def __init__(
        self,
        module: str,
        job: Mapping[str, object],
        *,
        subject: Subject,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._module, self._job, self._subject, self._extra = module, job, subject, dict(extra or {})
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ended = False
        self._errors: deque[str] = deque(maxlen=_STDERR_LINES)

    @property
    def scratch(self) -> Path:
        """Its temporary directory; deleted on exit."""
        return Path(self._scratch.name)

    @property
    def complaints(self) -> tuple[str, ...]:
        """The last lines that it wrote to stderr."""
        return tuple(self._errors)

    @property
    def status(self) -> int | None:
        """Its exit status, or ``None`` while it runs."""
        return self._process.poll()

    def __enter__(self) -> Self:
        with _signals_held():
            self._scratch = tempfile.TemporaryDirectory(prefix="proxyenv-check-", ignore_cleanup_errors=True)
        try:
            self._process = self._start(self.scratch)
        except BaseException:
            self._scratch.cleanup()
            raise
        self._readers = [
            threading.Thread(target=self._read_lines, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._ended:
                with suppress(subprocess.TimeoutExpired):  # it may be sending its last log lines
                    self._process.wait(_FAREWELL)
        finally:
            _kill_group(self._process)
            for reader, stream in zip(
                self._readers, (self._process.stdout, self._process.stderr), strict=True
            ):
                reader.join(_FAREWELL)
                if stream and not reader.is_alive():  # closing waits for a reader
                    stream.close()
            self._scratch.cleanup()

    def records(self, *, limit: float) -> Iterator[Record]:
        """What it reports, as it comes, until its end.

        Args:
            limit: seconds in all.

        Raises:
            TimeoutError: it took longer.
        """
        deadline = time.monotonic() + limit
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty as error:
                raise TimeoutError(f"not finished after {limit:g} s") from error
            if line is None:
                self._ended = True
                return
            record: Record = json.loads(line)
            yield record
            if record.get("event") == "end":
                self._ended = True
                return

    def _start(self, scratch: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self._subject.python, "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**child_environment(self._subject, scratch), **self._extra},
            cwd=self._subject.directory,
            start_new_session=True,
        )
        with suppress(BrokenPipeError):  # it ended at once; its exit status and stderr say why
            if process.stdin:
                with process.stdin as stdin:
                    for line in ({"modules": _load_sources(self._module)}, self._job):
                        stdin.write(f"{json.dumps(line)}\n")
        return process

    def _read_lines(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        for line in stream:
            self._errors.append(line.rstrip())


def _load_sources(module: str) -> list[tuple[str, str]]:
    """The name and the source of *module*, after those of the probes that it imports."""
    source = (_ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
    needed = [pair for name in _IMPORT.findall(source) for pair in _load_sources(name)]
    return list(dict.fromkeys([*needed, (module, source)]))


def child_environment(subject: Subject, scratch: Path) -> dict[str, str]:
    """The variables of the interpreter: all that the subject has, and what keeps it from leaving traces.

    Nothing of the working directory is imported, whatever `PYTHONPATH` says. Prefect's home stays, since its
    profiles and settings are there. Only what Prefect's own server would write there, when a flow starts one,
    goes to *scratch*: a check must not create or migrate the user's database.

    Args:
        subject: whose environment.
        scratch: a temporary directory.
    """
    environment = {
        **subject.environment,
        **dict.fromkeys(("TMPDIR", *(("TEMP", "TMP") if sys.platform == "win32" else ())), str(scratch)),
        "DO_NOT_TRACK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
    }
    if "PYTHONPATH" in environment:
        entries = environment["PYTHONPATH"].split(os.pathsep)
        environment["PYTHONPATH"] = os.pathsep.join(filter(os.path.isabs, entries))
    if subject.api_url is None:
        database = (scratch / "prefect.db").as_posix()
        environment |= {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}",
            "PREFECT_SERVER_MEMO_STORE_PATH": str(scratch / "memo_store.toml"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }
    return environment


@contextmanager
def _signals_held() -> Iterator[None]:
    """Delay SIGHUP, SIGINT and SIGTERM: `tempfile` would leave behind the file that it creates as a test."""
    if sys.platform == "win32":
        yield
    else:
        earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _kill_group(process: subprocess.Popen[str]) -> None:
    """Kill *process* and all that it started, such as an ephemeral Prefect server."""
    if sys.platform == "win32":
        command = ("taskkill", "/T", "/F", "/PID", str(process.pid))
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


_ACTIVATION_PROBE: Final = """\
import importlib.metadata, json, ssl
found = importlib.metadata.entry_points(group="prefect.plugins")
print(json.dumps([ssl.SSLContext.__module__, "proxyenv" in {entry.name for entry in found}]))
"""
_ACTIVATION_SECONDS: Final = 30.0


def judge_store(subject: Subject) -> Finding:
    """Whether the operating system's store holds the corporate CAs."""
    runtime = subject.runtime
    if not runtime.anchors:
        return Finding(
            f"no corporate CA was given, so there is none to look for in {runtime.store}", "skipped"
        )
    if not runtime.lacking:
        return Finding(f"{runtime.store} holds every corporate CA")
    names = " and ".join(f"`{name}`" for name in runtime.lacking)
    return failed(
        "ca-not-in-store",
        f"{runtime.store} does not hold the CA {names}: Python verifies with that store alone",
        "run `proxyenv trust install`",
    )


def check_python(subject: Subject, python: str) -> Finding:
    """Whether a fresh *python* uses truststore, and finds our plugin, if it is set up to."""
    try:
        uses_truststore, finds_plugin = _probe(subject, python)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        detail = f"`{python}` cannot be run: {error}"
        return failed("truststore-inactive", detail, "name another environment with `--venv DIR`")
    seen = []
    if subject.runtime.truststore:
        if not uses_truststore:
            return failed(
                "truststore-inactive",
                f"`import ssl` in `{python}` does not use truststore",
                f"install it there: `{python} -m pip install truststore`, then `proxyenv refresh`",
            )
        seen.append("`import ssl` uses truststore")
    if subject.runtime.plugin:
        if not finds_plugin:
            return failed(
                "plugin-missing",
                f"Prefect in `{python}` does not find the plugin: proxyenv is not installed there",
                f"`{python} -m pip install proxyenv-bootstrap`",
            )
        seen.append("Prefect finds the plugin")
    return Finding(" and ".join(seen))


def _probe(subject: Subject, python: str) -> tuple[bool, bool]:
    with tempfile.TemporaryDirectory(prefix="proxyenv-check-") as scratch:
        done = subprocess.run(
            [python, "-c", _ACTIVATION_PROBE],
            env=child_environment(subject, Path(scratch)),
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ACTIVATION_SECONDS,
            check=True,
        )
    module, finds_plugin = json.loads(done.stdout)
    return str(module).startswith("truststore"), bool(finds_plugin)
