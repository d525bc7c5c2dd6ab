"""Interpreters of the user's, which run our probes.

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

from proxyenv.bounded import guard_search
from proxyenv.checks.child.masking import find_secrets, hide_secrets
from proxyenv.own_source import read_own_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import IO, Self

    from proxyenv.model.subject import Subject


_BOOT: Final = """\
import sys
sys.path[:] = [entry for entry in sys.path if entry]
version = sys.version.split()[0]
if sys.version_info < (3, 9):
    print('{"event": "python", "version": "%s", "packages": null}' % version)
    sys.exit()
import json, types
from importlib import metadata, util
head = json.loads(sys.stdin.buffer.readline())
try:
    import resource
    kind = resource.RLIMIT_DATA if sys.platform.startswith("linux") else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (head["memory"] if hard < 0 else min(head["memory"], hard), hard))
except (ImportError, ValueError, OSError):
    pass
def find(name):
    try:
        return metadata.version(name) if util.find_spec(name) else None
    except metadata.PackageNotFoundError:
        return ""
if head["packages"]:
    packages = {name: find(name) for name in head["packages"]}
    sys.stdout.write(json.dumps({"event": "python", "version": version, "packages": packages}) + "\\n")
    sys.stdout.flush()
for name, source in head["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, "<" + name + ">", "exec", dont_inherit=True), module.__dict__)
module.main()
"""
"""Limits its memory, says what it is, then runs the probe: each module before one that imports it, so that it
is found without its package. The first lines have to be understood by any Python. Linux counts what is really
used; macOS enforces no limit, and Windows has none."""

_IMPORT: Final = re.compile(r"^from ([\w.]+\.child\.\w+) import ", re.MULTILINE)
_STDERR_LINES: Final = 40
_FAREWELL: Final = 5.0
_LAST_WORDS: Final = 1.0
_MEGABYTE: Final = 1 << 20
MEMORY: Final = 200 * _MEGABYTE
"""Of a child that fetches: httpx and its own data take 25 MB, whatever an origin sends."""
PREFECT_MEMORY: Final = 1024 * _MEGABYTE
"""Of a child that imports Prefect: it takes 70 MB, a temporary server 150."""
_LONGEST: Final = 1 << 20  # characters of one line
_REPEATED: Final = frozenset({"answer", "error", "issuer"})
_OWN: Final = frozenset({"type", "verify_message", "age", "date", "proxy-authenticate"})
_NOISE: Final = 1000  # lines that are no records: a `sitecustomize` may print a few

Record = dict[str, Any]


class Interpreter:
    """A running child, as a context manager: on exit it and its children are gone.

    Args:
        module: the module to run; it has ``main()``, and imports others of its package at most.
        job: what it reads from stdin, as JSON; ``None``: it waits for :meth:`send`.
        subject: whose interpreter, environment and directory.
        extra: additional variables, which win.
        packages: what its first record, ``python``, says the versions of, before they are imported; none:
            there is no such record.
    """

    def __init__(
        self,
        module: str,
        job: Mapping[str, object] | None,
        *,
        subject: Subject,
        extra: Mapping[str, str] | None = None,
        packages: tuple[str, ...] = (),
    ) -> None:
        self._module, self._job, self._subject, self._extra = module, job, subject, dict(extra or {})
        with_prefect = packages or subject.runtime.plugin  # where the plugin works, it is imported everywhere
        self._memory = PREFECT_MEMORY if with_prefect else MEMORY
        self._packages = packages
        self._lines: queue.Queue[str | None] = queue.Queue(_NOISE)
        self._ended = self._left = False
        self._errors: deque[str] = deque(maxlen=_STDERR_LINES)

    @property
    def scratch(self) -> Path:
        """Its temporary directory; deleted on exit."""
        return Path(self._scratch.name)

    @property
    def complaints(self) -> tuple[str, ...]:
        """The last lines that it wrote to stderr, without the secrets of its environment."""
        return tuple(hide_secrets([*self._errors], find_secrets(self._subject.environment)))

    @property
    def last_complaint(self) -> str:
        """The last of them that is not blank; empty where there is none."""
        return next((line.strip() for line in reversed(self.complaints) if line.strip()), "")

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
        if self._job is not None:
            self.send(self._job)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._ended:
                with suppress(subprocess.TimeoutExpired):  # it may be sending its last log lines
                    self._process.wait(_FAREWELL)
        finally:
            self._left = True
            _kill_group(self._process, self._subject.environment)
            with suppress(BrokenPipeError):
                if self._process.stdin:
                    self._process.stdin.close()
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
        deadline, noise = time.monotonic() + limit, 0
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty as error:
                raise TimeoutError(f"not finished after {limit:g} s") from error
            if line is None:
                self._readers[-1].join(_LAST_WORDS)  # what it said before it ended
                self._ended = True
                return
            record = _parse_record(line)
            if record is None:
                noise += 1
                if noise > _NOISE:
                    return
                continue
            yield _hide_repeated(record, self._subject.mask)
            if record["event"] == "end":
                self._ended = True
                return

    def send(self, job: Mapping[str, object]) -> None:
        """Give it its job, which is all that it gets; it ends when this end of the pipe is closed."""
        with suppress(BrokenPipeError):  # it ended; its exit status and stderr say why
            if self._process.stdin:
                self._process.stdin.write(f"{json.dumps(job)}\n")
                self._process.stdin.flush()

    def hang_up(self, seconds: float) -> None:
        """Close its stdin, which tells it to end, and give it so long to tidy up."""
        with suppress(BrokenPipeError):
            if self._process.stdin:
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

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
        head = {"modules": load_sources(self._module), "packages": self._packages, "memory": self._memory}
        with suppress(BrokenPipeError):  # it ended at once
            if process.stdin:
                process.stdin.write(f"{json.dumps(head)}\n")
                process.stdin.flush()
        return process

    def _read_lines(self, stream: IO[str]) -> None:
        while not self._left and (line := stream.readline(_LONGEST)):
            self._put(line)
        self._put(None)

    def _put(self, line: str | None) -> None:
        while not self._left:
            with suppress(queue.Full):
                self._lines.put(line, timeout=1.0)
                return

    def _read_errors(self, stream: IO[str]) -> None:
        while line := stream.readline(_LONGEST):
            self._errors.append(line.rstrip())


def _parse_record(line: str) -> Record | None:
    """A record; ``None`` for what somebody else printed."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("event"), str) else None


def _hide_repeated(record: Record, mask: Callable[[str], str]) -> Record:
    """A record without what answers and errors repeat of the secrets that were sent."""
    return {key: _hide(value, mask) if key in _REPEATED else value for key, value in record.items()}


def _hide(value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: each if key in _OWN else _hide(each, mask) for key, each in value.items()}
    if isinstance(value, list):
        return [_hide(each, mask) for each in value]
    return mask(value) if isinstance(value, str) else value


def load_sources(module: str) -> list[tuple[str, str]]:
    """The name and the source of *module*, after those of the probes that it imports."""
    source = read_own_source(module)
    needed = [pair for name in _IMPORT.findall(source) for pair in load_sources(name)]
    return list(dict.fromkeys([*needed, (module, source)]))


def child_environment(subject: Subject, scratch: Path) -> dict[str, str]:
    """The variables of the interpreter: all that the subject has, and what keeps it from leaving traces.

    Nothing of the working directory is imported or started, whatever `PYTHONPATH` and `PATH` say. Prefect's
    home stays, since its profiles and settings are there. Only what Prefect's own server would write there,
    when a flow starts one, goes to *scratch*: a check must not create or migrate the user's database.

    Args:
        subject: whose environment.
        scratch: a temporary directory.
    """
    environment = {
        **guard_search(subject.environment),
        **dict.fromkeys(("TMPDIR", *(("TEMP", "TMP") if sys.platform == "win32" else ())), str(scratch)),
        "DO_NOT_TRACK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
    }
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


def _kill_group(process: subprocess.Popen[str], environment: Mapping[str, str]) -> None:
    """Kill *process* and all that it started, such as an ephemeral Prefect server."""
    if sys.platform == "win32":
        # a bare name is looked up in the working directory first
        program = Path(environment.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
        command = (str(program), "/T", "/F", "/PID", str(process.pid))
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
