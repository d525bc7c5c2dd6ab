"""What every runtime will say about a path: from a handshake where possible, otherwise by rule."""

from __future__ import annotations

import ssl
import tempfile
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
from proxyenv.checks.runtimes import Job, ProbeError, ask, find_programs
from proxyenv.model.inspection import RUNTIMES, RuntimeVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
    linted = [lint_path(path, now=now) for path in paths]
    stages = [_set_up(path, now=now) for path in paths]
    asked = _ask_programs(stages, environment, progress)
    answers = []
    for number, (links, stage) in enumerate(zip(linted, stages, strict=True)):
        given = {name: found[number] for name, found in asked.items() if number in found}
        if isinstance(stage, _Stage):
            given = _ask_memory(stage) | given
        reason = "" if isinstance(stage, _Stage) else stage
        verdicts = tuple(given.get(name) or _by_rule(name, links, reason) for name, _ in RUNTIMES)
        answers.append(Forecast(links, verdicts))
    return tuple(answers)


def _by_rule(runtime: str, links: tuple[LintedCertificate, ...], reason: str) -> RuntimeVerdict:
    verdict = judge(runtime, links)
    return replace(verdict, evidence=f"{verdict.evidence}; not tried: {reason}") if reason else verdict


def _set_up(path: CertificatePath, *, now: datetime) -> _Stage | str:
    """The path on a server, or why it cannot be tried."""
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


def _ask_programs(
    stages: Sequence[_Stage | str], environment: Mapping[str, str], progress: Callable[[str], None]
) -> dict[str, dict[int, RuntimeVerdict]]:
    """What the programs say, about some paths at a time: for each a server listens meanwhile."""
    numbered = [(number, stage) for number, stage in enumerate(stages) if isinstance(stage, _Stage)]
    found: dict[str, dict[int, RuntimeVerdict]] = {}
    for start in range(0, len(numbered), _AT_ONCE):
        some = dict(numbered[start : start + _AT_ONCE])
        for runtime, answers in _ask_about(some, environment, progress).items():
            found.setdefault(runtime, {}).update(answers)
    return found


def _ask_about(
    stages: Mapping[int, _Stage], environment: Mapping[str, str], progress: Callable[[str], None]
) -> dict[str, dict[int, RuntimeVerdict]]:
    programs = find_programs(environment)
    found: dict[str, dict[int, RuntimeVerdict]] = {}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proxyenv-")))
        jobs: dict[int, Job] = {}
        for number, stage in stages.items():
            server = stack.enter_context(LoopbackServer(stage.server))
            anchors = write_anchors(directory, number, stage.mirror.path.anchors)
            jobs[number] = Job(server.port, stage.mirror.path.host, anchors)
        for runtime, name in PROGRAMS.items():
            if name in programs:
                progress(f"asking `{programs[name]}`")
                try:
                    answers = ask(runtime, programs[name], list(jobs.values()), environment, directory)
                except ProbeError as error:
                    progress(f"`{name}` gives no answer: {error}")
                    continue
                found[runtime] = {
                    number: answer
                    for number, answer in zip(jobs, answers, strict=True)
                    if answer.answer != "unknown"
                }
    return found
