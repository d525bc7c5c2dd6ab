"""JSON: one object for any program, and the settings of VS Code's terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import BYTE, EnvFormat, refuse_passwords
from proxyenv.catalog.shells.shell import NOT_UTF_8, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.target import Variable

_FROM_SHELL: Final = (
    "start VS Code with `code` in a shell that has the env file: its terminals get it from there"
)
_VSCODE_PLATFORMS: Final = {"darwin": "osx", "win32": "windows"}


def render_json(variables: tuple[Variable, ...], _platform: str) -> str:
    """One object: name to value, or to ``null`` for what is to be unset."""
    require(variables, NOT_UTF_8, where="JSON", reason=BYTE)
    return _document(_mapping(variables))


def render_vscode(variables: tuple[Variable, ...], platform: str) -> str:
    """``terminal.integrated.env`` of this platform, for VS Code's ``settings.json``; ``null`` unsets.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: settings are synchronised.
    """
    where = "VS Code's settings"
    refuse_passwords(variables, where="what VS Code synchronises to other machines", hint=_FROM_SHELL)
    require(variables, NOT_UTF_8, where=where, reason=BYTE)
    require(variables, r"\$\{", where=where, reason="a `${`, which VS Code replaces")
    name = _VSCODE_PLATFORMS.get(platform, "linux")
    return _document({f"terminal.integrated.env.{name}": _mapping(variables)})


def _mapping(variables: Iterable[Variable]) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in variables}


def _document(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: Final = (
    EnvFormat(
        name="json",
        reader="scripts: one object, in which `null` unsets",
        render=render_json,
        limits="values must be UTF-8",
    ),
    EnvFormat(
        name="vscode",
        reader="VS Code's `settings.json`: the environment of its terminal",
        render=render_vscode,
        limits="no password, no `${`; values must be UTF-8",
    ),
)
