"""How the tests themselves are run: their order, their limit, and what is said when."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]

MODULES: Final = (
    *("contract/test_c.py", "images/test_i.py", "integration/test_i.py", "integration/test_secrets.py"),
    *("shells/test_s.py", "unit/test_u.py"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project with one test in each of its rooms."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--import-mode=importlib'")
    for name in MODULES:
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def test_it(): pass\n")
    return tmp_path


def run(place: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit status of pytest with our plugins, and what it printed."""
    plugins = ("-p", "support.in_time", "-p", "support.failures", "-p", "no:cacheprovider")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout.splitlines()


def find_modules(lines: list[str], verdict: str) -> list[str]:
    told = (line.removeprefix("tests/").partition("::") for line in lines if f" {verdict}" in line)
    return [module for module, found, _ in told if found]


def test_the_longest_come_first_then_what_is_quick_and_the_last_room_last(place: Path) -> None:
    status, lines = run(place)
    assert status == 0
    assert find_modules(lines, "PASSED") == [
        "integration/test_secrets.py",
        "contract/test_c.py",
        "unit/test_u.py",
        "images/test_i.py",
        "shells/test_s.py",
        "integration/test_i.py",
    ]


def test_what_is_long_and_late_is_left_out_and_counted(place: Path) -> None:
    status, lines = run(place, "--until", "0")
    assert status == 0
    assert find_modules(lines, "PASSED") == ["contract/test_c.py", "unit/test_u.py"]
    assert any(" out of time: 4 long tests were left out " in line for line in lines)


def test_what_would_not_run_anyway_is_not_counted(place: Path) -> None:
    (place / "tests/shells/test_s.py").write_text(
        "import pytest\n@pytest.mark.skipif('1')\ndef test_it(): pass\n@pytest.fixture\ndef slow(): 1 / 0\n"
        "def test_fixtures_are_not_made(slow): pass\n"
    )
    status, lines = run(place, "--until", "0")
    assert status == 0
    assert any(" out of time: 4 long tests were left out " in line for line in lines)


def test_the_last_limit_counts(place: Path) -> None:
    status, lines = run(place, "--until", "0", "--until", "inf")
    assert status == 0
    assert len(find_modules(lines, "PASSED")) == 6
    assert not any("out of time" in line for line in lines)


def test_a_failure_is_said_before_the_next_test_begins(place: Path) -> None:
    (place / "tests/contract/test_c.py").write_text("def test_it(): assert 'one' == 'other'\n")
    status, lines = run(place)
    assert status == 1
    said = lines.index("FAILED tests/contract/test_c.py::test_it (call)")
    following = next(number for number, line in enumerate(lines) if line.startswith("tests/unit/test_u.py"))
    assert said < following
    assert any("assert 'one' == 'other'" in line for line in lines[said:following])


AT_ITS_SECOND_TRY: Final = """
from pathlib import Path

def test_it():
    tried = Path(__file__).with_suffix(".tried")
    knew = tried.exists()
    tried.touch()
    assert knew
"""
AGAIN: Final = ("-p", "pytest_rerunfailures", "--again-until", "inf")


def test_a_long_test_that_fails_is_run_again_and_named(place: Path) -> None:
    (place / "tests/images/test_i.py").write_text(AT_ITS_SECOND_TRY)
    status, lines = run(place, *AGAIN)
    assert (status, lines[-1].count("6 passed, 1 rerun")) == (0, 1)
    assert "FAILED tests/images/test_i.py::test_it (call), and is run again" in lines


@pytest.mark.parametrize("module", ["contract/test_c.py", "unit/test_u.py"])
def test_a_quick_test_has_no_second_try(place: Path, module: str) -> None:
    (place / "tests" / module).write_text(AT_ITS_SECOND_TRY)
    status, lines = run(place, *AGAIN)
    assert (status, lines[-1].count("1 failed, 5 passed")) == (1, 1)


NOW: Final = "import time; time.sleep(9)"
FAILS_AT_THE_END: Final = f"""
def test_it():
    try:
        {NOW}
    finally:
        raise ValueError("what was going on had to be ended")
"""
TIMED: Final = ("--again-until", "inf", "--timeout", "1")


@pytest.mark.parametrize(
    ("test", "limits"),
    [
        pytest.param("assert 0", ("--again-until", "inf"), id="it fails twice"),
        pytest.param(AT_ITS_SECOND_TRY, ("--again-until", "1"), id="it is late"),
        pytest.param(NOW, TIMED, id="its time is over"),
        pytest.param(FAILS_AT_THE_END, TIMED, id="its time is over, and something else fails then"),
    ],
)
def test_a_long_test_fails_where(place: Path, test: str, limits: tuple[str, ...]) -> None:
    body = test if "def " in test else f"def test_it(): {test}"
    (place / "tests/images/test_i.py").write_text(body)
    status, lines = run(place, "-p", "pytest_rerunfailures", "-p", "pytest_timeout", *limits)
    assert (status, lines[-1].count("1 failed, 5 passed")) == (1, 1)
    assert "FAILED tests/images/test_i.py::test_it (call)" in lines


def test_a_second_try_is_never_left_out(place: Path) -> None:
    """It would begin too late, and its failure would be forgotten."""
    until = time.time() + 12
    (place / "tests/images/test_i.py").write_text(
        f"import time\ndef test_it():\n    time.sleep(max(0, {until + 1} - time.time()))\n    assert 0\n"
    )
    status, lines = run(place, *AGAIN, "--until", str(until))
    assert (status, lines[-1].count("1 failed")) == (1, 1)
