from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.catalog.env_formats import WRITTEN, find_format, load_formats
from proxyenv.errors import PlanError
from proxyenv.model.target import Variable
from support.env_readers import read_github_list, read_gitlab_list

if TYPE_CHECKING:
    from collections.abc import Callable


def render_as(name: str, variables: tuple[Variable, ...]) -> str:
    known = find_format(name)
    assert known is not None
    return known.render(variables, "linux")


VALUE = "a b\"$c`\\#'%"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("systemd", VALUE, 'K="a b\\"\\$c\\`\\\\#\'%"\n', id="systemd"),
        pytest.param("environment.d", "a `b", 'K="a \\`b"\n', id="environment.d"),
        pytest.param("github", "a\nb", "K<<PROXYENV_END\na\nb\nPROXYENV_END\n", id="several lines"),
        pytest.param(
            "github", "PROXYENV_END\n", "K<<PROXYENV_END_\nPROXYENV_END\n\nPROXYENV_END_\n", id="mark"
        ),
        pytest.param("gitlab", "a=b", "K=a=b\n", id="gitlab"),
        pytest.param("dockerfile", VALUE, 'ENV K="a b\\"\\$c`\\\\#\'%"\n', id="dockerfile"),
        pytest.param("direnv", "it's", "export K='it'\"'\"'s'\n", id="direnv"),
        pytest.param("json", "é", '{\n  "K": "é"\n}\n', id="json"),
    ],
)
def test_a_format(name: str, value: str, expected: str) -> None:
    assert render_as(name, (Variable("K", value),)) == expected


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        pytest.param("systemd", "\x01", "value-unrepresentable", id="systemd drops it"),
        pytest.param("environment.d", "$x", "value-unrepresentable", id="expanded"),
        pytest.param("environment.d", "", "value-unrepresentable", id="set to nothing"),
        pytest.param("gitlab", "a$b", "value-unrepresentable", id="expanded in a job"),
        pytest.param("gitlab", "x" * (5120 - 3), "value-unrepresentable", id="one byte too long"),
        pytest.param("github", "a\rb", "value-unrepresentable", id="carriage return"),
        pytest.param("gitlab", "x y", "value-unrepresentable", id="blank"),
        pytest.param("gitlab", "x" * 6000, "value-unrepresentable", id="too long"),
        pytest.param("gitlab", "http://u:p@h:1", "password-refused", id="password in a report"),
        pytest.param("dockerfile", "http://u:p@h:1", "password-refused", id="password in an image"),
        pytest.param("dockerfile", "a\nb", "value-unrepresentable", id="line break"),
        pytest.param("vscode", "http://u:p@h:1", "password-refused", id="password in what is synchronised"),
        pytest.param("vscode", "${env:X}", "value-unrepresentable", id="replaced"),
    ],
)
def test_what_a_format_refuses(name: str, value: str, code: str) -> None:
    with pytest.raises(PlanError) as caught:
        render_as(name, (Variable("K", value),))
    assert caught.value.code == code
    assert not value or value not in caught.value.message


@pytest.mark.parametrize(("platform", "name"), [("linux", "linux"), ("darwin", "osx"), ("win32", "windows")])
def test_vscode_calls_platforms_by_names_of_its_own(platform: str, name: str) -> None:
    known = find_format("vscode")
    assert known is not None
    text = known.render((Variable("K", "v"), Variable("GONE", None)), platform)
    assert json.loads(text) == {f"terminal.integrated.env.{name}": {"K": "v", "GONE": None}}


@given(st.lists(st.text(max_size=20), max_size=4))
@pytest.mark.parametrize(("name", "read"), [("github", read_github_list), ("gitlab", read_gitlab_list)])
def test_a_ci_system_reads_every_value_that_is_written(
    name: str, read: Callable[[bytes], dict[str, str]], values: list[str]
) -> None:
    variables = tuple(Variable(f"N{number}", value) for number, value in enumerate(values))
    try:
        text = render_as(name, variables)
    except PlanError:
        return
    assert (read(text.encode()) if text else {}) == {each.name: each.value for each in variables}


@pytest.mark.parametrize(
    "value", ["PROXYENV_END", "a\nPROXYENV_END", "a\n\n", "\n", "x<<y", "<<PROXYENV_END"]
)
def test_a_github_runner_reads_what_looks_like_its_own_marks(value: str) -> None:
    text = render_as("github", (Variable("A", value), Variable("B", "after")))
    assert read_github_list(text.encode()) == {"A": value, "B": "after"}


def test_the_longest_report_that_gitlab_takes_is_written() -> None:
    text = render_as("gitlab", (Variable("K", "x" * (5119 - 3)),))
    assert read_gitlab_list(text.encode()) == {"K": "x" * 5116}


def test_setup_loads_every_format_that_it_writes() -> None:
    files = {each.env_file for each in load_formats() if each.env_file}
    assert {each.env_file for each in load_formats(WRITTEN)} >= files
