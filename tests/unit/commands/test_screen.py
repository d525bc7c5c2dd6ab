"""What somebody reads on a terminal: folded between words, never steered, and a screen at most."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.commands.plan_rows import describe_plan
from proxyenv.commands.report_rows import describe_outcomes
from proxyenv.commands.screen import fold, lay_out
from proxyenv.commands.terminal import ScreenRow, Terminal, render_error
from proxyenv.errors import DiscoveryError
from proxyenv.model.change import Change, FileState, Plan
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

HOME: Final = Path("/home/ada")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def make_terminal(columns: int = 40, color: str = "auto", **variables: str) -> Terminal:
    environment = {"TERM": "xterm", "COLUMNS": str(columns), **variables}
    return Terminal(color, False, False, environment, None, Screen(), Screen(), lambda _: "")


def show(rows: Iterable[ScreenRow], columns: int = 40) -> list[str]:
    terminal = make_terminal(columns, NO_COLOR="1")
    return lay_out(rows, terminal, terminal.results)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("one two three four", ["one two", "three four"], id="between words"),
        pytest.param("a `b c d` e", ["a `b c d` e"], id="what fits"),
        pytest.param("aaaaa `b c d` e", ["aaaaa", "`b c d` e"], id="what stands in backticks stays together"),
        pytest.param("x aaaaabbbbbcccccddddd", ["x", "aaaaa…ddddd"], id="a long word loses its middle"),
        pytest.param("日本語日本語 日本", ["日本…本語", "日本"], id="wide letters"),
        pytest.param("", [""], id="nothing"),
    ],
)
def test_folding(text: str, lines: list[str]) -> None:
    assert fold(text, 11 if "aaaaabb" in text else 10 if "日" in text else 11) == lines


def test_a_message_is_no_longer_for_what_is_escaped_in_it() -> None:
    (line,) = render_error(DiscoveryError("receipt-invalid", "`state` is `" + "\0" * 5_000))
    assert line == "error[receipt-invalid]: `state` is `" + r"\x00" * 497 + "…"


def test_what_will_be_copied_is_not_cut() -> None:
    assert fold("run `proxyenv setup --proxy http://a-long-name.test:3128`", 20, whole=True) == [
        "run",
        "`proxyenv setup --proxy http://a-long-name.test:3128`",
    ]


def test_labels_have_a_column_and_headings_do_not() -> None:
    rows = (
        ScreenRow("", "the plan", heading=True),
        ScreenRow("proxy", "one two three four five six seven eight"),
        ScreenRow("", "x"),
    )
    assert show(rows) == ["the plan", "proxy  one two three four five six seven", "       eight", "       x"]


def test_escapes_of_others_do_not_reach_the_terminal() -> None:
    (line,) = show([ScreenRow("ok\x1b[2J", "\x1b]0;x\x07 [red]markup[/red] \u202e")], 90)
    assert line == "ok\\x1b[2J  \\x1b]0;x\\x07 [red]markup[/red] \\u202e"


@pytest.mark.parametrize(
    ("color", "variables", "colored"),
    [
        pytest.param("auto", {}, True, id="a terminal"),
        pytest.param("auto", {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param("auto", {"TERM": "dumb"}, False, id="a dumb terminal"),
        pytest.param("never", {}, False, id="never"),
        pytest.param("always", {"NO_COLOR": "1"}, True, id="always"),
    ],
)
def test_colours(color: str, variables: dict[str, str], colored: bool) -> None:
    terminal = make_terminal(40, color, **variables)
    (line,) = lay_out([ScreenRow("ok", "fine", "ok")], terminal, terminal.results)
    assert line == ("\x1b[32mok  \x1b[0mfine" if colored else "ok  fine")


def make_outcomes(failed: int, passed: int) -> tuple[Outcome, ...]:
    broken = (Outcome(f"fetch [{n}]", "failed", "proxy-denied", f"no {n}", f"ask {n}") for n in range(failed))
    return (*(Outcome(f"tls [{n}]", "ok") for n in range(passed)), Outcome("python", "ok"), *broken)


def test_failures_come_first_with_cause_and_hint_then_how_many_passed() -> None:
    assert show(describe_outcomes(make_outcomes(1, 3), verbose=False), 60) == [
        "failed  fetch [0]: proxy-denied: no 0",
        "        hint: ask 0",
        "ok      4 more passed: tls (3), python",
    ]


def test_many_failures_leave_room_for_the_verdict() -> None:
    lines = show(describe_outcomes(make_outcomes(20, 0), verbose=False), 60)
    assert len(lines) == 10
    assert lines[-3:] == [
        "failed  fetch [5]: proxy-denied",
        "        and 14 more: `-v` shows all",
        "ok      1 more passed: python",
    ]


def test_verbose_shows_every_outcome_in_its_order() -> None:
    lines = show(describe_outcomes(make_outcomes(1, 1), verbose=True), 60)
    assert [line.split()[0] for line in lines] == ["ok", "ok", "failed", "hint:"]


def make_change(path: str, *, before: bool = False) -> Change:
    state = FileState(b"x", 0o600)
    return Change(HOME / path, "owned", state if before else None, FileState(b"y", 0o600))


def test_the_plan_is_five_lines_and_names_the_files_that_somebody_else_has() -> None:
    changes = (make_change(".config/a"), make_change(".config/b"), make_change(".bashrc", before=True))
    summary = (
        ("proxy", "http://proxy.corp.test:3128"),
        ("direct", "localhost,127.0.0.1,::1,0.0.0.0,a.test,b.test,c.test,d.test"),
        ("CA", "CN=Corp"),
        ("Prefect", "profile `proxyenv`"),
    )
    assert show(
        describe_plan(Plan(changes, HOME, None, summary=summary), HOME, "proxyenv will set up:"), 80
    ) == [
        "proxyenv will set up:",
        "  proxy    http://proxy.corp.test:3128",
        "  direct   localhost, 127.0.0.1, ::1, 0.0.0.0, a.test, b.test and 2 more",
        "  CA       CN=Corp",
        "  Prefect  profile `proxyenv`",
        "  files    3 in 2 directories: 2 new, 1 changed (~/.bashrc)",
    ]


HOSTILE: Final = "CN=\x1b[2J\x1b]0;owned\x07\u202e"


def test_remarks_questions_and_progress_are_escaped_too() -> None:
    remarks = Screen()
    environment = {"TERM": "dumb"}
    answers = io.StringIO("1\nno\n")
    terminal = Terminal("never", False, False, environment, answers, Screen(), remarks, lambda _: "")
    terminal.remark(f"the proxy does not send its CA `{HOSTILE}`")
    terminal.progress(f"asking {HOSTILE}")
    assert terminal.choose(f"which {HOSTILE}", (HOSTILE, "other"), hint=None) == 0
    assert not terminal.confirm(f"trust {HOSTILE}?")
    shown = remarks.getvalue()
    assert shown.count("CN=\\x1b[2J\\x1b]0;owned\\x07\\u202e") == 5
    assert [char for char in shown if not char.isprintable() and char != "\n"] == []
