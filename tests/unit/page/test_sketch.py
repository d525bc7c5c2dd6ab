"""The way as plain text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from proxyenv.commands.markdown import render_markdown
from proxyenv.commands.reports import Checked
from proxyenv.model.report import Report
from proxyenv.page.sketch import sketch_way
from support.pages import HOSTILE, LEGS, PASSED, PROCESS, SHARED, make_no, make_odd, make_yes

DOCS: Final = Path(__file__).parents[3] / "docs" / "checks.md"


def test_what_goes_direct_stands_by_itself() -> None:
    assert list(sketch_way(make_yes().ways[0])) == [
        "/home/ada/flows/.venv/bin/python: ready",
        "  |",
        "  +--> proxy proxy.corp.example:3128: works (issues its own certificates)",
        "  |      +-- https -> index.corp.example: works",
        "  |      +-- http --> httpbin.org: works",
        "  |      +-- https -> httpbin.org: works",
        "  |",
        "  +--> direct",
        "         +-- REST ------> Prefect API at prefect.corp.example:443: works",
        "         +-- websocket -> Prefect API at prefect.corp.example:443: works",
    ]


def test_the_drawing_in_the_documentation_is_drawn() -> None:
    found = re.search(r"<!-- drawing: [^\n]*\n```\n(.*?)```\n", DOCS.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert found[1].splitlines() == list(sketch_way(make_no().ways[0]))


def test_hostile_names_stay_in_their_lines() -> None:
    for way in make_odd().ways:
        lines = list(sketch_way(way))
        assert [line for line in lines if not line.isprintable()] == []
        assert [line for line in lines[1:] if not re.match(r"  (\||\+-->|[| ]      \+-- )", line)] == []
    assert HOSTILE[3] in next(sketch_way(make_odd().ways[0]))


def test_markdown_has_it_as_a_block() -> None:
    checked = Checked(SHARED, (Report(PASSED, PROCESS, LEGS),))
    text = render_markdown(checked, verb="check", platform="linux", now=datetime(2026, 5, 1, tzinfo=UTC))
    drawn = "".join(f"    {line}\n" for line in sketch_way(make_yes().ways[0]))
    assert f"\n\n### The way\n\n{drawn}\n### " in text
