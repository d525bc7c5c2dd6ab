from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.catalog.shells.posix import parse_posix, parse_values, render_posix
from proxyenv.model.target import Variable

VALUES = st.text(st.characters(exclude_characters="\0"))
VARIABLES = st.builds(
    Variable,
    st.from_regex("[A-Za-z_][A-Za-z0-9_]*", fullmatch=True),
    st.none() | VALUES,
    st.none() | VALUES.filter(bool),
    st.just(value=False),
)


@given(st.lists(VARIABLES).map(tuple))
def test_an_env_file_read_back_is_what_was_written(variables: tuple[Variable, ...]) -> None:
    assert parse_posix(render_posix(variables)) == variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('_proxyenv_set A it"\'"s', {"A": "it's"}, id="quotes of another kind"),
        pytest.param('old() {\n    eval "x\n}\n_proxyenv_set A 1\n', {"A": "1"}, id="an earlier header"),
        pytest.param("_proxyenv_set A 'x\n_proxyenv_set B 2\n", {"B": "2"}, id="a broken line"),
        pytest.param("_proxyenv_set A 1; touch x\n", {}, id="a line with more on it"),
        pytest.param("_proxyenv_unset A\n", {}, id="unset"),
        pytest.param("if [ -r /no ]; then\n    _proxyenv_set A 1\nfi\n", {"A": "1"}, id="a file to look for"),
    ],
)
def test_what_an_env_file_sets(text: str, expected: dict[str, str]) -> None:
    assert parse_values(text) == expected
