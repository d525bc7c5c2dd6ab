"""Questions that a person answers."""

from __future__ import annotations

import io

import pytest

from proxyenv.commands.terminal import Terminal
from proxyenv.errors import UsageError


class Typed(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def choose(typed: str) -> int:
    answers, screen = Typed(typed), io.StringIO()
    terminal = Terminal("never", False, False, {}, answers, screen, screen, lambda _: "")
    return terminal.choose("Which proxy?", ("one", "two"), hint=None)


@pytest.mark.parametrize("odd", ["²", "0", "3", "-1", "two", "", "9" * 5000])
def test_what_is_no_number_of_a_choice_is_asked_again(odd: str) -> None:
    assert choose(f"{odd}\n 2 \n") == 1


def test_the_end_of_the_input_chooses_nothing() -> None:
    with pytest.raises(UsageError, match="no choice was made"):
        choose("")
