"""What every runtime will say about a path: from a handshake where possible, otherwise by rule."""

from __future__ import annotations

import ssl
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.path import find_permitted_host, lint_path
from proxyenv.certificates.rules import judge
from proxyenv.checks.handshake import (
    FLAGS,
    LoopbackServer,
    UnservedError,
    client_context,
    find_refusal,
    server_context,
    write_anchors,
)
from proxyenv.checks.keys import MirrorError
from proxyenv.checks.mirror import make_mirror
from proxyenv.checks.runtimes import Job, ProbeError, RuntimeProgram, ask, find_programs
from proxyenv.model.inspection import RUNTIMES, RuntimeVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from proxyenv.certificates.path import LintedCertificate
    from proxyenv.checks.mirror import Mirror
    from proxyenv.model.inspection import CertificatePath

PROGRAMS: Final = {
    "openssl": "openssl",
    "openssl-strict": "openssl",
    "node": "node",
    "java": "java",
    "go": "go",
}
"""Runtime → the program that answers for it."""

_AT_ONCE: Final = 64
"""Servers that listen at the same time; macOS gives a process 256 open files."""

_SECONDS: Final = 120
"""For all trials of one run; a file of 16 MiB holds CAs for hours of them. What is left is judged by rule."""

_NO_TIME: Final = f"the {_SECONDS} s for trials are over"


class _Stage(NamedTuple):
    """A path that can be tried: its mirror, and a server that sends it."""

    mirror: Mirror
    server: ssl.SSLContext


class Forecast(NamedTuple):
    """The answer for one path.

    Args:
        links: the certificates that clients look at, with their lints.
        verdicts: one for each runtime.
    """

    links: tuple[LintedCertificate, ...]
    verdicts: tuple[RuntimeVerdict, ...]


def forecast(
    paths: Sequence[CertificatePath],
    *,
    environment: Mapping[str, str],
    now: datetime,
    progress: Callable[[str], None],
) -> tuple[Forecast, ...]:
    """Predict what every runtime will say.

    Args:
        paths: what to judge. A path that sends nothing gets a valid server certificate.
        environment: of the machine, to find its runtimes.
        now: aware.
        progress: called with a line before something slow.
    """
    paths = [path if path.sent else replace(path, host=find_permitted_host(path)) for path in paths]
    trials, answers = _Trials(environment, progress), []
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        for path, (given, reason) in zip(some, trials.make(some, now=now), strict=True):
            links = lint_path(path, now=now)
            verdicts = tuple(given.get(name) or _by_rule(name, links, reason) for name, _ in RUNTIMES)
            answers.append(Forecast(links, verdicts))
    return tuple(answers)


def _by_rule(runtime: str, links: tuple[LintedCertificate, ...], reason: str) -> RuntimeVerdict:
    verdict = judge(runtime, links)
    return replace(verdict, evidence=f"{verdict.evidence}; not tried: {reason}") if reason else verdict


def _set_up(path: CertificatePath, *, now: datetime) -> _Stage | str:
    """A path on a server, or why it cannot be tried."""
    try:
        mirror = make_mirror(path, now=now)
        return _Stage(mirror, server_context(mirror))
    except (MirrorError, UnservedError) as error:
        return str(error)


def _ask_memory(stage: _Stage) -> dict[str, RuntimeVerdict]:
    verdicts = {}
    for runtime, flags in FLAGS.items():
        evidence = f"a TLS handshake in memory with {ssl.OPENSSL_VERSION}"
        try:
            client = client_context(stage.mirror.path.anchors, flags)
        except UnservedError as error:
            verdicts[runtime] = RuntimeVerdict(runtime, "fail", str(error), evidence)
            continue
        refusal = find_refusal(client, stage.server, stage.mirror.path.host)
        verdicts[runtime] = RuntimeVerdict(runtime, "fail" if refusal else "ok", refusal or "", evidence)
    return verdicts


class _Trials:
    """What can be tried, in so much time and no more.

    Args:
        environment: of the machine, to find its runtimes.
        progress: called with a line before something slow.
    """

    def __init__(self, environment: Mapping[str, str], progress: Callable[[str], None]) -> None:
        self._environment, self._progress = environment, progress
        self._programs = find_programs(environment)
        self._until = time.monotonic() + _SECONDS

    def make(
        self, paths: Sequence[CertificatePath], *, now: datetime
    ) -> list[tuple[dict[str, RuntimeVerdict], str]]:
        """Try some paths, for each of which a server listens meanwhile.

        Returns:
            For each path what was answered, and why nothing could be, or nothing.
        """
        found: list[tuple[dict[str, RuntimeVerdict], str]] = []
        stages: dict[int, _Stage] = {}
        for number, path in enumerate(paths):
            stage = _set_up(path, now=now) if time.monotonic() < self._until else _NO_TIME
            if isinstance(stage, _Stage):
                stages[number] = stage
                found.append((_ask_memory(stage), ""))
            else:
                found.append(({}, stage))
        for number, verdict in self._ask_programs(stages):
            found[number][0][verdict.runtime] = verdict
        return found

    def _ask_programs(self, stages: Mapping[int, _Stage]) -> Iterator[tuple[int, RuntimeVerdict]]:
        """What the programs say to each; one that gives no answer is not asked again."""
        if not stages:
            return
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proxyenv-")))
            jobs: dict[int, Job] = {}
            for number, stage in stages.items():
                server = stack.enter_context(LoopbackServer(stage.server))
                anchors = write_anchors(directory, number, stage.mirror.path.anchors)
                jobs[number] = Job(server.port, stage.mirror.path.host, anchors)
            for runtime, name in PROGRAMS.items():
                if name not in self._programs:
                    continue
                asked = RuntimeProgram(self._programs[name], self._environment, directory, self._until)
                self._progress(f"asking `{asked.program}`")
                try:
                    answers = ask(runtime, asked, list(jobs.values()))
                except ProbeError as error:
                    self._progress(f"`{name}` gives no answer: {error}")
                    del self._programs[name]
                    continue
                yield from (each for each in zip(jobs, answers, strict=True) if each[1].answer != "unknown")
