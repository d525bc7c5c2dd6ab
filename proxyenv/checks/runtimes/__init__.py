"""TLS clients of other runtimes, driven against a loopback server by a short probe in each language.

A probe reads lines ``port TAB host TAB file-of-anchors`` and answers each with ``ok`` or ``fail TAB TEXT``,
so that a slow runtime is started once for many questions.

The probes of ``openssl``, ``node``, ``java`` and ``go`` are started if the machine has them.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.bounded import Ended, find_search_path, run_program
from proxyenv.model.inspection import RuntimeVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HERE: Final = Path(__file__).parent
_SECONDS: Final = 60
_BUILD_SECONDS: Final = 180
_KEPT: Final = (
    *("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "LOCALAPPDATA", "TEMP", "TMP", "TMPDIR"),
    *("JAVA_HOME", "GOROOT", "GOCACHE"),
)
_GO: Final = {
    "GOTOOLCHAIN": "local",
    "GOPROXY": "off",
    "GOFLAGS": "-mod=mod",
    "CGO_ENABLED": "0",
    "GOWORK": "off",
}
"""Nothing is fetched, and no file above the probe counts."""
_VERIFY_ERROR: Final = re.compile(r"^verify error:num=\d+:(.*)$", re.MULTILINE)


class Job(NamedTuple):
    """One question: does a client that trusts these anchors accept the server at this port?

    Args:
        port: on loopback.
        host: the name to ask for.
        anchors: a PEM file.
    """

    port: int
    host: str
    anchors: Path


class RuntimeProgram(NamedTuple):
    """A runtime of this machine.

    Args:
        program: its path.
        environment: of the machine; the program gets only what it needs to start, and no variable that
            names trust anchors or a proxy.
        directory: a temporary directory to build in.
        until: of :func:`time.monotonic`, when all must have been answered.
    """

    program: str
    environment: Mapping[str, str]
    directory: Path
    until: float


class ProbeError(Exception):
    """A runtime is installed but cannot be asked. ``str()`` is the reason, as a clause."""


def find_programs(environment: Mapping[str, str]) -> dict[str, str]:
    """The runtimes of the machine: name → path."""
    found = {
        name: shutil.which(name, path=find_search_path(environment))
        for name in ("openssl", "node", "java", "go")
    }
    return {name: path for name, path in found.items() if path and Path(path).is_absolute()}


def ask(runtime: str, asked: RuntimeProgram, jobs: Sequence[Job]) -> tuple[RuntimeVerdict, ...]:
    """Ask one runtime.

    Args:
        runtime: a name of ``RUNTIMES`` that has a program.
        asked: the program.
        jobs: the questions.

    Returns:
        An answer for each question.

    Raises:
        ProbeError: it cannot be asked, or not in that time.
    """
    kept = {name: asked.environment[name] for name in _KEPT if name in asked.environment}
    answers = _PROBES[runtime](asked._replace(environment=kept), jobs)
    if len(answers) != len(jobs):
        raise ProbeError(f"it gave {len(answers)} answers to {len(jobs)} questions")
    evidence = f"a TLS handshake with `{asked.program}`"
    return tuple(_verdict(runtime, answer, evidence) for answer in answers)


def _verdict(runtime: str, answer: str, evidence: str) -> RuntimeVerdict:
    word, _, message = answer.partition("\t")
    if word == "ok":
        return RuntimeVerdict(runtime, "ok", "", evidence)
    return RuntimeVerdict(runtime, "fail" if word == "fail" else "unknown", message, evidence)


def _node(asked: RuntimeProgram, jobs: Sequence[Job]) -> list[str]:
    return _run([asked.program, str(_HERE / "probe.js")], asked, jobs)


def _java(asked: RuntimeProgram, jobs: Sequence[Job]) -> list[str]:
    return _run([asked.program, "-XX:TieredStopAtLevel=1", str(_HERE / "Probe.java")], asked, jobs)


def _go(asked: RuntimeProgram, jobs: Sequence[Job]) -> list[str]:
    """Build the probe as a module whose ``go`` line selects the behaviour of the installed Go."""
    asked = asked._replace(environment={**asked.environment, **_GO})
    version = _output([asked.program, "env", "GOVERSION"], asked).strip().removeprefix("go")
    release = re.match(r"\d+\.\d+", version)
    with (asked.directory / "go.mod").open("x", encoding="ascii") as file:
        file.write(f"module probe\n\ngo {release[0] if release else '1.21'}\n")
    shutil.copyfile(_HERE / "probe.go.txt", asked.directory / "main.go")
    binary = asked.directory / "probe"
    _output([asked.program, "build", "-o", str(binary), "."], asked, directory=asked.directory)
    return _run([str(binary)], asked, jobs)


def _openssl(*options: str) -> Callable[[RuntimeProgram, Sequence[Job]], list[str]]:
    def probe(asked: RuntimeProgram, jobs: Sequence[Job]) -> list[str]:
        return [_ask_openssl(asked, job, options) for job in jobs]

    return probe


def _ask_openssl(asked: RuntimeProgram, job: Job, options: tuple[str, ...]) -> str:
    command = [asked.program, "s_client", "-connect", f"127.0.0.1:{job.port}", "-servername", job.host]
    command += ["-CAfile", str(job.anchors), "-no-CApath", "-no-CAstore", "-verify_return_error"]
    command += ["-verify_hostname", job.host, *options]
    done = _start(command, asked)
    if done.status == 0:
        return "ok"
    errors = done.stderr.decode("utf-8", "replace")
    said = _VERIFY_ERROR.findall(errors + "\n" + done.stdout.decode("utf-8", "replace"))
    if said:
        return f"fail\tverify error: {said[-1]}"
    lines = [line for line in errors.splitlines() if "error" in line.lower()]
    return f"fail\t{lines[0] if lines else 'no reason given'}"


def _run(command: list[str], asked: RuntimeProgram, jobs: Sequence[Job]) -> list[str]:
    text = "".join(f"{job.port}\t{job.host}\t{job.anchors}\n" for job in jobs)
    done = _start(command, asked, given=text.encode("utf-8"))
    if done.status:
        raise ProbeError(f"it ended with status {done.status}: {_last_line(done.stderr)}")
    return done.stdout.decode("utf-8", "replace").splitlines()


def _output(command: list[str], asked: RuntimeProgram, *, directory: Path | None = None) -> str:
    done = _start(command, asked, directory=directory, seconds=_BUILD_SECONDS)
    if done.status:
        raise ProbeError(f"`{' '.join(command[:2])}` fails: {_last_line(done.stderr)}")
    return done.stdout.decode("utf-8", "replace")


def _start(
    command: list[str],
    asked: RuntimeProgram,
    *,
    given: bytes = b"",
    directory: Path | None = None,
    seconds: float = _SECONDS,
) -> Ended:
    left = asked.until - time.monotonic()
    if left <= 0:
        raise ProbeError("the time for trials is over")
    try:
        return run_program(
            command,
            environment=asked.environment,
            directory=directory,
            given=given,
            seconds=min(seconds, left),
        )
    except OSError as error:
        raise ProbeError(f"`{command[0]}` cannot be asked: {error}") from error


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no message"


_PROBES: Final = {
    "openssl": _openssl(),
    "openssl-strict": _openssl("-x509_strict"),
    "node": _node,
    "java": _java,
    "go": _go,
}
