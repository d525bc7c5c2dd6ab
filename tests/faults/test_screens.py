"""What somebody sees on a terminal of 80x24 and of 120x40: a screen each, folded between words.

Each screen is recorded into the directory that ``PROXYENV_RECORDINGS`` names, where it is set.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.company import API
from support.machine import in_ci
from support.terminals import open_screen

if TYPE_CHECKING:
    from support.person import Person
    from support.terminals import TmuxScreen

pytestmark = in_ci

DENIED: Final = {"prefect.demo.test:4200": [403, {}]}


def record(name: str, columns: int, text: str) -> None:
    directory = os.environ.get("PROXYENV_RECORDINGS")
    if directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        (Path(directory) / f"{name}-{columns}.txt").write_text(f"{text}\n", "utf-8")


def see(screen: TmuxScreen, name: str, command: str, *, typed: str = "") -> list[str]:
    """Type a command; what it printed fits on the screen, and no line was broken by the terminal."""
    lines = screen.run(command)
    check_screen(screen, name, lines, typed or f"proxyenv {name}")
    return lines


def find_verdict(lines: list[str]) -> bool:
    """Whether the last line, which may be folded, is a yes."""
    return any(re.match(r"(all )?\d+ checks passed", line) for line in lines[-3:])


def check_screen(screen: TmuxScreen, name: str, lines: list[str], typed: str) -> None:
    shown = "\n".join((f"$ {typed}", *lines))
    record(name.replace(" ", "-"), screen.columns, shown)
    assert len(lines) + 2 <= screen.lines, shown  # the typed line and the prompt have one each
    assert max(map(len, lines), default=0) <= screen.columns, shown
    # What is to be pasted has a line of its own, and is not broken by us.
    assert [line for line in screen.find_wrapped() if not re.fullmatch("`[^`]+`", line)] == [], shown


@pytest.mark.parametrize(("columns", "height"), [(80, 24), (120, 40)], ids=["80 by 24", "120 by 40"])
def test_every_verb_fits_on_a_screen(person: Person, columns: int, height: int) -> None:
    proxy = person.mood()
    person.company.server.wait()
    variables = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(person.home),
        "SHELL": "/bin/bash",
        "USER": "ada",
    }
    ca = person.words["moody_ca"]
    with open_screen(person.directory / "screen", columns, height, variables, at=person.project) as screen:
        screen.run(f"S='setup --proxy {proxy} --ca {ca} --api-url {API}'")
        screen.run(f"CA={ca}")
        screen.start("proxyenv $S")
        plan = screen.wait_for("Apply these changes?")
        check_screen(screen, "setup-plan", plan, "proxyenv setup --proxy ... --ca ... --api-url ...")
        assert [line.split()[0] for line in plan if re.match(r"  \w", line)][:5] == [
            *("proxy", "direct", "CA", "Prefect", "files")
        ]
        screen.type("y")
        done = screen.wait()
        asked = next(number for number, line in enumerate(done) if line.startswith("Apply these changes?"))
        check_screen(screen, "setup", done[asked:], "proxyenv setup --proxy ... --ca ... --api-url ...")
        assert find_verdict(done)
        screen.run(". ~/.config/proxyenv/env.sh")
        assert find_verdict(see(screen, "status", "proxyenv status"))
        assert find_verdict(see(screen, "check yes", "proxyenv check", typed="proxyenv check"))
        for verb in ("clients", "routes", "discover", "trust inspect"):
            see(screen, verb, f"proxyenv {verb} {'$CA' if verb == 'trust inspect' else ''}")
        person.mood(connects=DENIED)
        lines = see(screen, "check no", "proxyenv check", typed="proxyenv check")
        assert lines[0].startswith("failed   prefect-websocket: websocket-denied: ")
        assert " checks failed for " in " ".join(lines[-3:])
        letter = screen.run("proxyenv check --for-it")
        record("check-for-it", columns, "\n".join(letter))
        assert len(letter) <= 50, letter  # a page
        assert screen.find_wrapped() == [], letter


def test_a_pipe_gets_everything_and_nothing_else(person: Person) -> None:
    person.set_up()
    person.variables["TERM"] = "xterm-256color"
    person.company.server.wait()
    for verb in ("status", "check", "clients", "routes", "discover"):
        answer = person.type(f"{sys.executable} -m proxyenv {verb} | cat")
        record(f"{verb}-in-a-pipe", 0, answer.out)
        assert "\x1b" not in answer.out + answer.err
        assert "…" not in answer.out
        if verb in {"status", "check"}:
            count = re.search(r"(\d+) checks passed", answer.out)
            assert count, answer.out
            assert len([line for line in answer.out.splitlines() if line.startswith("ok ")]) == int(count[1])
