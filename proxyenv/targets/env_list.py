"""``env.list``: ``NAME=value`` lines, unquoted, for ``docker run --env-file`` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from proxyenv.model.target import Variable


def render_env_list(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.list``. What is to be unset cannot be said in it and is left out.

    Raises:
        PlanError: ``value-unrepresentable``, for a line break: the format has no quotes.
    """
    lines = []
    for variable in variables:
        if variable.value is None:
            continue
        if "\n" in variable.value or "\r" in variable.value or "\0" in variable.value:
            raise PlanError(
                "value-unrepresentable",
                f"`{variable.name}` holds a line break, which `env.list` cannot represent",
            )
        lines.append(f"{variable.name}={variable.value}\n")
    return "".join(lines)


def parse_env_list(text: str) -> dict[str, str]:
    """Name to value: everything after the first `=` is the value, as Docker reads it."""
    pairs = (line.partition("=") for line in text.split("\n") if line and not line.startswith("#"))
    return {name: value for name, equals, value in pairs if equals}
