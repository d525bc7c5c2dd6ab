"""Long lines are read in a time that grows with their length alone."""

from __future__ import annotations

import pytest

from proxyenv.errors import PlanError
from proxyenv.formats.settings import FORMATS
from support.growth import soon

LONG = 120_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"x y"' + " " * LONG, id="a key and blanks"),
        pytest.param('"x y"' + " " * LONG + "!", id="a key, blanks and what is no value"),
        pytest.param("a 1" + " " * LONG + "!", id="a value and blanks"),
        pytest.param("a" + " ," * (LONG // 2), id="commas"),
    ],
)
def test_a_long_line_of_yarn(text: str) -> None:
    with soon(5), pytest.raises(PlanError, match="line 1 is no setting"):
        FORMATS["yarnrc"].get(text, "cafile", source="x")


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        pytest.param('"a b" 1 # why', "a b", "1", id="a key in quotes and a comment"),
        pytest.param('a , "b" "x y"', "b", '"x y"', id="two keys"),
        pytest.param("a true", "a", "true", id="a word"),
        pytest.param("a" + " " * LONG + "1", "a", "1", id="blanks between"),
    ],
)
def test_a_line_of_yarn(line: str, key: str, value: str) -> None:
    assert FORMATS["yarnrc"].get(line, key, source="x") == value
