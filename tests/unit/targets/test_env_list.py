from __future__ import annotations

import pytest

from proxyenv.errors import PlanError
from proxyenv.model.target import Variable
from proxyenv.targets.env_list import parse_env_list, render_env_list


def test_values_stand_unquoted_and_what_is_unset_is_left_out() -> None:
    variables = (Variable("A", "x y#'\"$(id)=1 "), Variable("B", None), Variable("C", ""))
    assert render_env_list(variables) == "A=x y#'\"$(id)=1 \nC=\n"
    assert parse_env_list(render_env_list(variables)) == {"A": "x y#'\"$(id)=1 ", "C": ""}


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_line_break_is_refused(value: str) -> None:
    with pytest.raises(PlanError) as caught:
        render_env_list((Variable("A", value),))
    assert caught.value.code == "value-unrepresentable"
