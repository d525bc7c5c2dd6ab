"""docs/tutorial.md, typed against `demo --serve`: what should pass the proxy is found in its log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.documents import ROOT, read_blocks
from support.machine import TOOLS, in_ci, require_client
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [in_ci, pytest.mark.slow, pytest.mark.timeout(900)]

PAGE: Final = "docs/tutorial.md"
ENDED: Final = "ended-with"
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHELL: Final = re.compile(r"/\S*/proxyenv-demo-[^/\s]+/shell")


class Served:
    """The demonstration, kept running."""

    def __init__(self, directory: Path) -> None:
        self.output = directory / "output"
        environment = {"HOME": str(directory), "PATH": os.environ["PATH"], "TMPDIR": str(directory)}
        command = [sys.executable, "-m", "proxyenv", "demo", "--serve", "--tools", str(TOOLS)]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        assert wait_until(lambda: self.shell is not None or self.process.poll() is not None, 300)

    @property
    def shell(self) -> str | None:
        found = SHELL.search(self.output.read_text("utf-8"))
        return found[0] if found else None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()


def lines_of_the_page() -> list[tuple[str, int]]:
    """Each command of the page that is typed in the second terminal, and the status that it says."""
    lines = [line for block in read_blocks(PAGE) if block.mark == "run" for line in block.lines]
    assert lines[0] == "proxyenv demo --serve"
    assert SHELL.fullmatch(lines[1])
    assert lines[-1] == "exit"
    return [
        (line, int(found[1]) if (found := re.search(r"  # (\d+): ", line)) else 0) for line in lines[2:-1]
    ]


def test_every_line_does_what_the_page_says(served: Served, tmp_path: Path) -> None:
    require_client("curl")
    assert served.shell is not None, served.output.read_text("utf-8")
    root = Path(served.shell).parent
    home = root / "home"
    for block in read_blocks(PAGE):
        if block.mark == "file":
            (home / block.about).write_text("\n".join((*block.lines, "")), "utf-8")
    log = next(root.glob("proxy/*.jsonl"))
    lines = lines_of_the_page()
    assert len(lines) > 30
    with subprocess.Popen(
        [served.shell],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as shell:
        assert count_proxied(shell, lines, log) == 20
    assert served.stop() == 0
    assert list(tmp_path.iterdir()) == [served.output]


def count_proxied(shell: subprocess.Popen[str], lines: list[tuple[str, int]], log: Path) -> int:
    """Type the lines, each of which must end as the page says; those that the proxy saw are counted."""
    proxied = 0
    for line, status in lines:
        before = len(requests(log))
        assert type_in(shell, line) == status, line
        seen = requests(log)[before:]
        if "origin.demo.test/uuid" in line and status == 0 and "setup" not in line:
            scheme = re.findall(r"(https?)://origin", line)[-1]
            assert f"{scheme}://origin.demo.test/uuid" in seen, line
            proxied += 1
        elif "origin.demo.test/uuid" in line and status == 6:
            assert seen == [], line
    return proxied


def requests(log: Path) -> list[str]:
    """What the proxy was asked for and got with status 200, in order."""
    events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [event["url"] for event in events if event["event"] == "request" and event["status"] == 200]


def type_in(shell: subprocess.Popen[str], line: str) -> int:
    """Type a line, wait until it has ended, and return its status; what it said is in the test's output."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{line}\nprintf '\\n{ENDED} %s\\n' $?\n")
    shell.stdin.flush()
    said = ""
    for answer in shell.stdout:
        if answer.startswith(ENDED):
            print(f"$ {line}\n{said.strip()}")
            return int(answer.split()[1])
        said += answer
    raise AssertionError(f"the shell has gone: {said}")
