"""What the env files of all shells have in common: the order, and a guard around what names a file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.model.target import Variable


def render_sections(
    variables: tuple[Variable, ...],
    *,
    quote: Callable[[str], str],
    guard: tuple[str, str],
    command: Callable[[Variable], str] | None = None,
) -> Iterator[str]:
    """Lines that set or unset each variable, those that depend on a file only while it can be read.

    Args:
        variables: in order.
        quote: makes a word of the shell's language.
        guard: the shell's way to begin, with `{}` for the quoted path, and to end a condition.
        command: what sets or unsets one; by default a call of the env file's own functions.
    """
    make = command or (lambda variable: _call(variable, quote))
    for file, group in groupby(variables, key=lambda variable: variable.file):
        commands = [f"{make(variable)}\n" for variable in group]
        if file is None:
            yield from commands
        else:
            yield guard[0].format(quote(file)) + "\n"
            yield from (f"    {command}" for command in commands)
            yield guard[1] + "\n"


def _call(variable: Variable, quote: Callable[[str], str]) -> str:
    if variable.value is None:
        return f"_proxyenv_unset {variable.name}"
    return f"_proxyenv_set {variable.name} {quote(variable.value)}"
