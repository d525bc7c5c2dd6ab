"""The forecast against real handshakes: every Python here, OpenSSL, Node, Java and Go, for each defect.

The forecast sees the certificates and never the keys, and answers by a mirror of them. The clients
are shown the certificates themselves.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.rules import judge
from proxyenv.checks.forecast import PROGRAMS, forecast
from proxyenv.checks.handshake import LoopbackServer, server_context, write_anchors
from proxyenv.checks.mirror import Mirror
from proxyenv.checks.runtimes import Job, RuntimeProgram, ask
from support.defects import DEFECTS, make_case
from support.machine import AS_FOUND, TOOLS, in_ci

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.checks.forecast import Forecast

_RIGHT: Final = 0.97
_PYTHON: Final = """
import json, socket, ssl, sys
answers = []
for line in sys.stdin.read().splitlines():
    port, host, anchors = line.split("\\t")
    try:
        context = ssl.create_default_context(cafile=anchors)
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname=host):
                answers.append("ok")
    except ssl.SSLError:
        answers.append("fail")
print(json.dumps([list(sys.version_info[:2]), answers]))
"""

Answers = dict[str, str]


def _pythons() -> Iterator[str]:
    """Every interpreter that this machine has, each version once."""
    found = [sys.executable, *(shutil.which(f"python3.{minor}") or "" for minor in range(11, 15))]
    pyenv = Path(AS_FOUND.get("HOME", "/nonexistent")) / ".pyenv/versions"
    found += sorted(map(str, pyenv.glob("3.1[1-9].*/bin/python")))
    yield from dict.fromkeys(filter(None, found))


def _runtime(version: list[int]) -> str:
    return f"python3.{min(max(version[1], 11), 13)}"


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Job]]:
    """A server for each defect, with the real certificates."""
    directory = tmp_path_factory.mktemp("anchors")
    with ExitStack() as stack:
        found = []
        for number, name in enumerate(DEFECTS):
            case = make_case(name)
            server = stack.enter_context(LoopbackServer(server_context(Mirror(case.path, case.key))))
            found.append(
                Job(server.port, case.path.host, write_anchors(directory, number, case.path.anchors))
            )
        yield found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the runtimes may know: where programs are, a home, and where Go keeps what it built before."""
    home = os.fspath(tmp_path_factory.mktemp("runtimes"))
    cache = AS_FOUND.get("GOCACHE", os.fspath(TOOLS / "go-build"))  # the first build takes half a minute
    return {"PATH": AS_FOUND["PATH"], "HOME": home, "GOCACHE": cache}


@pytest.fixture(scope="module")
def said(
    machine: Mapping[str, str], jobs: list[Job], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Answers]:
    """RuntimeProgram → defect → ``ok`` or ``fail``, as it is."""
    found: dict[str, Answers] = {}
    text = "".join(f"{job.port}\t{job.host}\t{job.anchors}\n" for job in jobs)
    for python in _pythons():
        done = subprocess.run(
            [python, "-I", "-c", _PYTHON], input=text, env={}, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            version, answers = json.loads(done.stdout)
            found[_runtime(version)] = dict(zip(DEFECTS, answers, strict=True))
    for runtime, name in PROGRAMS.items():
        program = shutil.which(name, path=machine["PATH"])
        if program:
            directory = tmp_path_factory.mktemp(runtime)
            verdicts = ask(runtime, RuntimeProgram(program, machine, directory, math.inf), jobs)
            found[runtime] = dict(zip(DEFECTS, (each.answer for each in verdicts), strict=True))
    return found


@pytest.fixture(scope="module")
def foretold(machine: Mapping[str, str]) -> dict[str, Forecast]:
    paths = [make_case(name).path for name in DEFECTS]
    found = forecast(paths, environment=machine, now=datetime.now(UTC), progress=lambda _: None)
    return dict(zip(DEFECTS, found, strict=True))


def compare(
    said: dict[str, Answers], foretold: Mapping[str, Mapping[str, str]]
) -> tuple[int, list[str], list[str]]:
    """How many verdicts there are, which are wrong, and which of those are a false ``ok``."""
    wrong, false = [], []
    for runtime, answers in said.items():
        for name, answer in answers.items():
            guess = foretold[runtime][name]
            if guess != answer:
                wrong.append(f"{runtime} {name}: {guess}, really {answer}")
            if guess == "ok" and answer != "ok":
                false.append(wrong[-1])
    return sum(map(len, said.values())), wrong, false


@in_ci
def test_the_forecast_is_what_happens(said: dict[str, Answers], foretold: dict[str, Forecast]) -> None:
    answers = {
        runtime: {
            name: next(each.answer for each in found.verdicts if each.runtime == runtime)
            for name, found in foretold.items()
        }
        for runtime in said
    }
    count, wrong, false = compare(said, answers)
    print(f"\n{len(said)} clients, {count} handshakes, {len(wrong)} foretold wrongly: {wrong}")
    assert false == []
    assert len(wrong) <= (1 - _RIGHT) * count


def test_the_rules_alone_are_nearly_as_good(said: dict[str, Answers], foretold: dict[str, Forecast]) -> None:
    answers = {
        runtime: {name: judge(runtime, found.links).answer for name, found in foretold.items()}
        for runtime in said
    }
    count, wrong, false = compare(said, answers)
    print(f"\nby rule: {count} verdicts, {len(wrong)} wrong: {wrong}")
    assert false == []
    assert len(wrong) <= (1 - _RIGHT) * count
