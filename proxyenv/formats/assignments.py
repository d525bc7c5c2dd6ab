"""Files that set variables: ``/etc/environment``, ``environment.d`` and ``/etc/sysconfig``.

They are only read. Source: ``_parse_env_file`` of Linux-PAM's ``pam_env``; environment.d(5), with systemd
252's generator driven; sysconfig files as shells and libzypp read them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.formats.lines import read_rows
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 10_000
_LONGEST: Final = 100_000
_MOST_JOINED: Final = 50
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_PLAIN: Final = re.compile(rf"[ \t]*(?:export[ \t]+)?({_NAME})=(.*)")
_VARIABLE: Final = re.compile(rf"\$(?:\$|({_NAME})|\{{({_NAME})(?::([-+])([^}}]{{0,1000}}))?\}})")
"""A fallback is bounded, since one without an end would be looked for from every variable."""


class Assignment(NamedTuple):
    """One variable that a file sets.

    Args:
        name: of the variable.
        value: without quotes and comments.
        line: where it starts, from 1.
    """

    name: str
    value: str
    line: int


def read_pam(text: str) -> Iterator[Assignment]:
    """As ``pam_env`` does: ``#`` ends a line even in quotes, and one quote at each end of a value goes.

    Blanks at the end stay, so that a quote before them does too.
    """
    for line, whole in _join_lines(text):
        matched = _PLAIN.fullmatch(whole.partition("#")[0])
        if matched:
            value = matched[2]
            if value[:1] in {'"', "'"}:
                value = value[1:-1] if value[1:] and value[-1] in {'"', "'"} else value[1:]
            yield Assignment(matched[1], value, line)


def read_sysconfig(text: str) -> Iterator[Assignment]:
    """As a shell does where there are no variables in the values."""
    for row in _rows(text):
        matched = _PLAIN.fullmatch(row[1])
        if matched:
            value = re.match(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s#]*))""", matched[2])
            yield Assignment(matched[1], next(filter(None, value.groups()), "") if value else "", row[0])


def read_systemd(text: str) -> Iterator[Assignment]:
    """As systemd does: quotes, backslashes, lines that go on; one without a value sets nothing."""
    for line, whole in _join_lines(text[:_LONGEST], marks="#;", opens=True):
        name, equals, raw = whole.partition("=")
        value = _unquote(raw)
        if equals and value and re.fullmatch(_NAME, name.strip()):
            yield Assignment(name.strip(), value, line)


def expand(value: str, variables: Mapping[str, str]) -> str:
    """A value of ``environment.d`` with its variables replaced, ``${NAME:-other}`` too."""

    def replace(matched: re.Match[str]) -> str:
        name = matched[1] or matched[2]
        if name is None:
            return "$"
        set_to = variables.get(name, "")
        if matched[3] == "-":
            return set_to or expand(matched[4], variables)
        return (matched[4] if set_to else "") if matched[3] == "+" else set_to

    parts: list[str] = []
    length = end = 0
    for matched in _VARIABLE.finditer(value):
        parts += (value[end : matched.start()], replace(matched))
        length, end = length + len(parts[-2]) + len(parts[-1]), matched.end()
        if length > _LONGEST:
            break
    return "".join((*parts, value[end:]))[:_LONGEST]


def _rows(text: str) -> Iterator[tuple[int, str]]:
    rows = zip(read_rows(text), range(_MOST), strict=False)
    return ((row.number, row.text) for row, _ in rows)


def _join_lines(text: str, *, marks: str = "#", opens: bool = False) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, each with those that it goes on in.

    Args:
        text: the file.
        marks: what a comment begins with.
        opens: whether a quote that is open goes on too.
    """
    start, held = 0, ""
    for number, line in _rows(text):
        if not held and line.lstrip()[:1] in {*marks, ""}:
            continue
        start = start if held else number
        if line.endswith("\\") and not line.endswith("\\\\"):
            held += line[:-1]
        elif opens and number - start < _MOST_JOINED and _is_open(held + line):
            held += f"{line}\n"
        else:
            yield start, held + line
            held = ""
    if held:
        yield start, held


def _is_open(text: str) -> bool:
    """Whether a quote has no end. Only what follows the ``=`` is looked at."""
    return re.fullmatch(r"""(?:[^"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')*""", text, re.DOTALL) is None


def _unquote(raw: str) -> str:
    parts = re.findall(r"""\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'\\]+)""", raw.strip(), re.DOTALL)
    return "".join(
        escaped or re.sub(r"\\(.)", r"\1", double) or single or plain
        for escaped, double, single, plain in parts
    )
