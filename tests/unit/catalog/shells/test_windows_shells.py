from __future__ import annotations

import pytest

from proxyenv.catalog.env_files import render_env_files
from proxyenv.catalog.shells.cmd import render_batch
from proxyenv.catalog.shells.powershell import quote as powershell
from proxyenv.errors import PlanError
from proxyenv.model.target import Variable


@pytest.mark.parametrize("value", ["a\nb", 'a"b', "a!b", "é", "x" * 9000])
def test_what_cmd_cannot_hold_leaves_its_file_out(value: str) -> None:
    with pytest.raises(PlanError):
        render_batch((Variable("K", value),))
    if "\n" not in value:
        made = render_env_files((Variable("K", value),), None)
        assert "bat" not in made.texts
        assert [note.partition(" is left out: ")[0] for note in made.notes] == ["`env.bat`"]


def test_cmd_has_percent_signs_doubled() -> None:
    assert '@set "K=a%%PATH%%"\r\n' in render_batch((Variable("K", "a%PATH%"),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("it's", "'it''s'"),
        ("a\u2019b", "('a' + [char]0x2019 + 'b')"),
        ("\U0001f600", "('' + [char]0xD83D + [char]0xDE00)"),
    ],
)
def test_powershell_quotes(value: str, expected: str) -> None:
    assert powershell(value) == expected
