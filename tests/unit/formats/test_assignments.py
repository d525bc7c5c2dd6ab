"""Files that set variables, as pam_env, systemd and shells read them."""

from __future__ import annotations

import pytest

from proxyenv.formats.assignments import expand, read_pam, read_sysconfig, read_systemd


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("A=x", "x", id="plain"),
        pytest.param("export A=x\n", "x", id="export"),
        pytest.param("  A=x # why\n", "x ", id="the blank before a comment stays"),
        pytest.param('A="x # why"\n', "x ", id="a comment even in quotes"),
        pytest.param("A='x y'\n", "x y", id="single quotes"),
        pytest.param('A="x" \n', 'x" ', id="a quote before a blank stays"),
        pytest.param('A="x"y"\n', 'x"y', id="a quote inside stays"),
        pytest.param("A=x\\\ny\n", "xy", id="a line that goes on"),
        pytest.param("A=$B\n", "$B", id="no variables"),
        pytest.param("A=\n", "", id="empty"),
    ],
)
def test_pam(text: str, value: str) -> None:
    assert [(each.name, each.value, each.line) for each in read_pam(text)] == [("A", value, 1)]


@pytest.mark.parametrize("text", ["A-B=x\n", "# A=x\n", "A\n", "A =x\n", "=x\n"])
def test_pam_passes_over_what_is_no_variable(text: str) -> None:
    assert list(read_pam(text)) == []


SYSTEMD = r"""# c
A=plain # not a comment
B="two words"
D=${A}x$B
E=${NOPE:-dflt}
F=${A:+alt}
I=a\
b
K="a\"b"
L=
export H=1
O=$$A
R="a
b"
Z=z
"""


def test_systemd() -> None:
    known: dict[str, str] = {}
    for each in read_systemd(SYSTEMD):
        known[each.name] = expand(each.value, known)
    assert known == {
        "A": "plain # not a comment",
        "B": "two words",
        "D": "plain # not a commentxtwo words",
        "E": "dflt",
        "F": "alt",
        "I": "ab",
        "K": 'a"b',
        "O": "$A",
        "R": "a\nb",
        "Z": "z",
    }


def test_a_quote_without_an_end_is_bounded() -> None:
    text = 'A="' + "x\n" * 20_000
    assert len(list(read_systemd(text))) == 1


def test_sysconfig() -> None:
    text = '## Type: yesno\nP="yes"\nH="http://p.test:1" # why\nQ=\'a, b\'\nN=\nB=x#y\n'
    assert [(each.name, each.value, each.line) for each in read_sysconfig(text)] == [
        ("P", "yes", 2),
        ("H", "http://p.test:1", 3),
        ("Q", "a, b", 4),
        ("N", "", 5),
        ("B", "x", 6),
    ]


@pytest.mark.parametrize(
    "value",
    [pytest.param("${A:-" * 20_000, id="no end of a fallback"), pytest.param("$B" * 50_000, id="grows")],
)
def test_what_is_hostile_ends_soon_and_stays_small(value: str) -> None:
    assert len(expand(value, {"B": "x" * 100_000})) == 100_000
