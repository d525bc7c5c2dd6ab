"""The environment in the formats of programs that are no shell: pure text, printed on request.

Each renderer says what its reader makes of a value, refuses what that reader would change, and leaves out
what is to be unset where the format has no word for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import posix
from proxyenv.catalog.shells.limits import NOT_UTF_8, require
from proxyenv.catalog.shells.sections import render_sections
from proxyenv.errors import PlanError
from proxyenv.model.url import mask_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.target import Variable

_BYTE: Final = "a byte that is not UTF-8"
_LINE_BREAK: Final = ("[\r\n]", "a line break, which ends the value there")
_GITLAB_BYTES: Final = 5 * 1024
_VSCODE: Final = {"darwin": "osx", "win32": "windows"}


def render_systemd(variables: tuple[Variable, ...]) -> str:
    r"""For ``EnvironmentFile=``: between `"`, a `\` takes the meaning of `"`, `\`, `$` and a backtick.

    systemd drops a value with a control character other than a tab or a line break, or that is not UTF-8.
    """
    return "".join(_systemd_lines(variables, where="systemd's `EnvironmentFile`"))


def render_environment_d(variables: tuple[Variable, ...]) -> str:
    """For ``environment.d``: as above, but a `$` is expanded, and what is set to nothing is ignored."""
    where = "`environment.d`"
    require(variables, r"\A\Z", where=where, reason="nothing, and systemd ignores such a line there")
    require(variables, r"\$", where=where, reason="a `$`, which systemd always expands there")
    return "".join(_systemd_lines(variables, where=where))


def _systemd_lines(variables: tuple[Variable, ...], *, where: str) -> Iterator[str]:
    require(variables, NOT_UTF_8, where=where, reason=_BYTE)
    reason = "a control character, and systemd drops such a value"
    require(variables, r"[^\t\n\x20-\x7e\x80-\U0010ffff]|[\x80-\x9f]", where=where, reason=reason)
    for name, value in _pairs(variables):
        yield f'{name}="{_escape(value, special=_SYSTEMD)}"\n'


_SYSTEMD: Final = '\\"$`'
_DOCKERFILE: Final = '\\"$'


def render_github(variables: tuple[Variable, ...]) -> str:
    """For the file that ``GITHUB_ENV`` names: a value of several lines stands between two marks."""
    require(variables, NOT_UTF_8, where="`GITHUB_ENV`", reason=_BYTE)
    require(variables, "\r", where="`GITHUB_ENV`", reason="a carriage return, which ends a line there")
    return "".join(_github_value(name, value) for name, value in _pairs(variables))


def _github_value(name: str, value: str) -> str:
    if "\n" not in value:
        return f"{name}={value}\n"
    mark = "PROXYENV_END"
    while mark in value:
        mark += "_"
    return f"{name}<<{mark}\n{value}\n{mark}\n"


def render_gitlab(variables: tuple[Variable, ...]) -> str:
    """For GitLab's ``artifacts:reports:dotenv``: no blanks, no quotes, no comments, at most 5 KiB.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: an artifact of a pipeline is open.
    """
    where = "GitLab's dotenv report"
    _refuse_passwords(variables, where=where)
    require(variables, NOT_UTF_8, where=where, reason=_BYTE)
    require(variables, r"\s", where=where, reason="a blank, which GitLab does not take")
    require(variables, r"\$", where=where, reason="a `$`, which GitLab expands in the jobs that get it")
    text = "".join(f"{name}={value}\n" for name, value in _pairs(variables))
    if len(text.encode()) >= _GITLAB_BYTES:
        size = len(text.encode())
        raise PlanError(
            "value-unrepresentable", f"{where} has to be smaller than 5 KiB, and this has {size} bytes"
        )
    return text


def render_dockerfile(variables: tuple[Variable, ...]) -> str:
    """``ENV`` instructions.

    Raises:
        PlanError: ``value-unrepresentable``, or ``password-refused``: who has the image has its environment.
    """
    where = "a Dockerfile"
    _refuse_passwords(variables, where=where)
    require(variables, NOT_UTF_8, where=where, reason=_BYTE)
    require(variables, _LINE_BREAK[0], where=where, reason=_LINE_BREAK[1])
    lines = (f'ENV {name}="{_escape(value, special=_DOCKERFILE)}"\n' for name, value in _pairs(variables))
    return "".join(lines)


def render_direnv(variables: tuple[Variable, ...]) -> str:
    """An ``.envrc``, which bash reads; what it replaces direnv itself gives back."""
    return "".join(
        render_sections(variables, quote=posix.quote, guard=("if [ -r {} ]; then", "fi"), command=_export)
    )


def _export(variable: Variable) -> str:
    if variable.value is None:
        return f"unset {variable.name}"
    return f"export {variable.name}={posix.quote(variable.value)}"


def render_vscode(variables: tuple[Variable, ...], *, platform: str) -> str:
    """``terminal.integrated.env`` of this platform, for VS Code's ``settings.json``; ``null`` unsets.

    Args:
        variables: in order.
        platform: as ``sys.platform`` says it.
    """
    require(variables, NOT_UTF_8, where="VS Code's settings", reason=_BYTE)
    reason = "a `${`, which VS Code replaces"
    require(variables, r"\$\{", where="VS Code's settings", reason=reason)
    return _json({f"terminal.integrated.env.{_VSCODE.get(platform, 'linux')}": _mapping(variables)})


def render_json(variables: tuple[Variable, ...]) -> str:
    """One object: name to value, or to ``null`` for what is to be unset."""
    require(variables, NOT_UTF_8, where="JSON", reason=_BYTE)
    return _json(_mapping(variables))


def _mapping(variables: Iterable[Variable]) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in variables}


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _pairs(variables: Iterable[Variable]) -> Iterator[tuple[str, str]]:
    yield from ((each.name, each.value) for each in variables if each.value is not None)


def _escape(value: str, *, special: str) -> str:
    return "".join(f"\\{letter}" if letter in special else letter for letter in value)


def _refuse_passwords(variables: Iterable[Variable], *, where: str) -> None:
    for name, value in _pairs(variables):
        if mask_userinfo(value) != value:
            raise PlanError(
                "password-refused", f"`{name}` holds a password, and others can read what is in {where}"
            )
