from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.catalog.env_files import render_env_files
from proxyenv.catalog.env_formats.docker import render_env_list
from proxyenv.errors import PlanError
from proxyenv.model.target import Variable
from support.env_readers import ReadError, read_docker_list


def test_values_stand_unquoted_and_what_is_unset_is_left_out() -> None:
    variables = (Variable("A", "x y#'\"$(id)=1 "), Variable("B", None), Variable("C", ""))
    assert render_env_list(variables) == "A=x y#'\"$(id)=1 \nC=\n"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("a\nb", "it holds a line break, and the format has no quotes", id="line break"),
        pytest.param("a\rb", "it holds a line break, and the format has no quotes", id="carriage return"),
        pytest.param("a\0b", "it holds a line break, and the format has no quotes", id="null byte"),
        pytest.param("\udcff", "it holds a byte that is not UTF-8, which Docker refuses", id="not UTF-8"),
        pytest.param(
            "x" * 65534, "its line has 65536 bytes, and Docker takes 65535", id="one byte more than it takes"
        ),
        pytest.param(
            "\u65e5" * 21845, "its line has 65537 bytes, and Docker takes 65535", id="bytes, not letters"
        ),
    ],
)
def test_what_docker_cannot_read_is_refused_and_leaves_the_file_out(value: str, reason: str) -> None:
    variables = (Variable("A", value),)
    with pytest.raises(PlanError) as caught:
        render_env_list(variables)
    assert caught.value.code == "value-unrepresentable"
    assert caught.value.message == f"`A` cannot be written to `env.list`: {reason}"
    made = render_env_files((), variables)
    assert "list" not in made.texts
    assert f"`env.list` is left out: {caught.value.message}" in made.notes
    assert "sh" in made.texts


def test_the_longest_line_that_docker_takes_is_written() -> None:
    text = render_env_list((Variable("A", "x" * 65533), Variable("B", "after")))
    assert read_docker_list(text.encode()) == {"A": "x" * 65533, "B": "after"}


@given(st.lists(st.text(), max_size=4))
def test_docker_reads_every_value_that_is_written(values: list[str]) -> None:
    variables = tuple(Variable(f"N{number}", value) for number, value in enumerate(values))
    try:
        text = render_env_list(variables)
    except PlanError:
        return
    assert read_docker_list(text.encode()) == {each.name: each.value for each in variables}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"\xef\xbb\xbfA=1\n", {"A": "1"}, id="byte order mark"),
        pytest.param(b"# A=0\n  # B=0\n\n \t\nC=1\n", {"C": "1"}, id="comments and empty lines"),
        pytest.param(b"A='x' #y \n", {"A": "'x' #y "}, id="no quotes, no comment at the end"),
        pytest.param(b" \tA=1\n", {"A": "1"}, id="blanks before a name"),
        pytest.param(b"HOME\nNONE\n", {"HOME": "/home/me"}, id="a name alone inherits"),
        pytest.param(b"A=1\r\nB=2", {"A": "1", "B": "2"}, id="CRLF, no final newline"),
        pytest.param(b"A=1=2\nA=3\n", {"A": "3"}, id="the last one wins"),
    ],
)
def test_the_reader_takes_what_docker_takes(content: bytes, expected: dict[str, str]) -> None:
    assert read_docker_list(content, {"HOME": "/home/me"}) == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"A=\xff\n", id="not UTF-8"),
        pytest.param(b"A" * 65536, id="too long"),
        pytest.param(b"A B=1\n", id="blank in a name"),
        pytest.param(b"A =1\n", id="blank after a name"),
        pytest.param(b"=1\n", id="no name"),
    ],
)
def test_the_reader_refuses_what_docker_refuses(content: bytes) -> None:
    with pytest.raises(ReadError):
        read_docker_list(content)
