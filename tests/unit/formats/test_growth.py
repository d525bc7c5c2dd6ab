"""Settings over very many lines: the time to read them grows as they do."""

from __future__ import annotations

import pytest

from proxyenv.formats.settings import FORMATS
from support.growth import is_linear


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        pytest.param("properties", "a" * 80 + "\\\n", id="a property over many lines"),
        pytest.param("gitconfig", "[a]\nb = " + "a" * 80 + "\\\n", id="a value over many lines"),
    ],
)
def test_a_setting_over_many_lines(name: str, unit: str) -> None:
    assert is_linear(
        lambda text: list(FORMATS[name].items(text, source="x")), lambda size: unit * size, 8_000
    )
