"""direnv: an ``.envrc``, which bash reads; direnv itself restores what it replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import EnvFormat
from proxyenv.catalog.shells.posix import quote
from proxyenv.catalog.shells.shell import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_GUARD: Final = ("if [ -r {} ]; then", "fi")


def render_direnv(variables: tuple[Variable, ...], _platform: str) -> str:
    """``export`` and ``unset``; what needs a file is guarded as in ``env.sh``."""
    return "".join(render_sections(variables, quote=quote, guard=_GUARD, command=_export))


def _export(variable: Variable) -> str:
    if variable.value is None:
        return f"unset {variable.name}"
    return f"export {variable.name}={quote(variable.value)}"


FORMATS: Final = (
    EnvFormat(
        name="direnv",
        reader="direnv: `proxyenv env --format direnv > .envrc && direnv allow`",
        render=render_direnv,
    ),
)
