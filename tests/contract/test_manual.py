"""The manual page has what the program has, and man reads it without a complaint."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from proxyenv.commands import VERBS, load_command
from support.machine import require_client

PAGE = Path(__file__).parents[2] / "docs/proxyenv.1"


def show_page() -> str:
    shown = subprocess.run(
        [require_client("man"), "--warnings", "--local-file", str(PAGE)],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr == ""
    return re.sub(".\b", "", shown.stdout)


def test_man_shows_every_verb_with_its_options() -> None:
    sections = show_page().split("\n   proxyenv ")
    shown = {}
    for section in sections[1:]:
        head, _, body = section.partition("\n")
        shown[head.partition("[")[0].rstrip()] = body
    for verb in (verb for verb, (module, _) in VERBS.items() if module):
        body = next(body for head, body in shown.items() if f"{head} ".startswith(f"{verb} "))
        named = (option for option in load_command(verb).options.values() if option.flags)
        flags = [option.flag for option in named if not option.hidden and not option.is_positional]
        assert [flag for flag in flags if flag not in body] == [], verb


@pytest.mark.parametrize("width", ["40", "80", "132"])
def test_no_line_is_wider_than_the_terminal(width: str) -> None:
    shown = subprocess.run(
        [require_client("man"), "--local-file", str(PAGE)],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": width},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line for line in re.sub(".\b", "", shown).splitlines() if " " in line.strip()]
    assert [line for line in lines if len(line) > int(width)] == []
