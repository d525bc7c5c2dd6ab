"""The picture: everything lies on it, and every state has a shape and a word."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.model.report import Leg, Outcome, Process, Report
from proxyenv.page.picture import draw_way
from proxyenv.page.way import build_way
from support.pages import make_no, make_odd, make_yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.page.content import Page

PROCESS: Final = Process("/venv/bin/python", "3.13.1", "3.7.4", "/srv", "shell", plugin=False)


def draw(*legs: Leg, outcomes: tuple[Outcome, ...] = (), process: Process = PROCESS) -> str:
    return draw_way(build_way((), Report(outcomes, process, legs)), title="the way")


def find_texts(svg: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


@pytest.mark.parametrize(
    ("status", "word"),
    [("ok", "works"), ("failed", "fails"), ("warning", "warning"), ("skipped", "not tried")],
)
def test_each_state_has_a_shape_and_a_word(status: str, word: str) -> None:
    outcome = Outcome("fetch [http://a.test/]", status, None)  # type: ignore[arg-type]  # of the table
    svg = draw(Leg("document", "http://a.test/", None), outcomes=(outcome,))
    assert word in find_texts(svg)
    assert f'<use href="#sign-{status}"' in svg


def test_a_cause_stands_at_its_step() -> None:
    outcome = Outcome("fetch [http://a.test/]", "failed", "origin-unreachable")
    texts = find_texts(draw(Leg("document", "http://a.test/", None), outcomes=(outcome,)))
    assert texts[:3] == ["fails", "http", "origin-unreachable"]


def test_a_long_name_is_broken_after_a_sign() -> None:
    texts = find_texts(draw(Leg("document", "http://package-index.department.corp.example/", None)))
    assert texts[2:4] == ["package-index.", "department.corp.example"]


def test_a_name_that_is_too_long_loses_its_middle() -> None:
    texts = find_texts(draw(Leg("document", f"http://{'a' * 60}.{'b' * 60}.example/", None)))
    assert "".join(texts[2:5]) == f"{'a' * 31}…{'b' * 23}.example"


def test_many_hosts_are_counted() -> None:
    legs = (Leg("document", f"http://host-{n}.test/", "proxy.test:1") for n in range(40))
    broken = Outcome("fetch [http://host-33.test/]", "failed", "timeout")
    texts = find_texts(draw(*legs, outcomes=(broken,)))
    assert "host-33.test" in texts
    assert "33 more hosts" in texts
    assert len([each for each in texts if each.startswith("host-")]) == 7


@pytest.mark.parametrize("make", [make_yes, make_no, make_odd], ids=["a yes", "a no", "an odd machine"])
def test_everything_lies_on_the_picture(make: Callable[[], Page]) -> None:
    for way in make().ways:
        svg = draw_way(way, title="the way")
        found = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
        assert found is not None
        width, height = map(float, found.groups())
        boxes = re.findall(
            r'<svg class="stop[^"]*" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg
        )
        assert boxes
        for box in boxes:
            x, y, w, h = map(float, box)
            assert (x + w, y + h) <= (width, height)
            assert h > 0


def test_without_anything_to_reach_there_is_the_process() -> None:
    assert find_texts(draw()) == [
        "/venv/bin/python",
        "Python 3.13.1",
        "Prefect 3.7.4",
        "in this shell",
        "not tried",
    ]
