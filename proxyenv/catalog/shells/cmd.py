"""``env.bat``: for ``cmd``, to be run by ``call FILE``; ``call FILE deactivate`` restores what it replaces.

``cmd`` has no quoting that holds everything, and reads a script in whatever code page the console has.
What it could change is refused, and then the file is left out. Upper and lower case are the same
in names, so each is written once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import Shell, require
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.target import Variable

_HEADER: Final = """\
@rem Written by proxyenv; `proxyenv setup` overwrites it. Run it by: call FILE
@rem `call FILE deactivate` restores what this file replaces.

@if defined PROXYENV_ACTIVE for %%n in (%PROXYENV_ACTIVE%) do @call :proxyenv_restore %%n
@set "PROXYENV_ACTIVE="
@if /i "%~1"=="deactivate" exit /b 0
"""

_FOOTER: Final = """\
@exit /b 0

:proxyenv_keep
@if defined %1 call set "PROXYENV_OLD_%1=%%%1%%"
@set "PROXYENV_ACTIVE=%PROXYENV_ACTIVE% %1"
@exit /b 0

:proxyenv_restore
@set "%1="
@if defined PROXYENV_OLD_%1 call set "%1=%%PROXYENV_OLD_%1%%"
@set "PROXYENV_OLD_%1="
@exit /b 0
"""

_LONGEST: Final = 8191
"""``cmd`` takes lines of up to 8191 characters."""

_REFUSED: Final = (
    ("[\\r\\n]", "a line break, and no quotes hold one there"),
    ('"', 'a `"`, which ends the quotes there'),
    ("!", "a `!`, which is lost where delayed expansion is on"),
    ("[^\\x20-\\x7e]", "a character beyond ASCII, which depends on the console's code page"),
)


def render_batch(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.bat``, with the line ends that ``cmd`` needs to find a label.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    for pattern, reason in _REFUSED:
        require(variables, pattern, where="`env.bat`", reason=reason)
    once = tuple({variable.name.upper(): variable for variable in variables}.values())
    lines = [line for variable in once for line in _lines(variable)]
    too_long = next((name for name, line in lines if len(line) > _LONGEST), None)
    if too_long is not None:
        raise PlanError(
            "value-unrepresentable",
            f"`{too_long}` cannot be written to `env.bat`: the line would be longer than `cmd` reads",
        )
    return (_HEADER + "".join(f"{line}\n" for _, line in lines) + _FOOTER).replace("\n", "\r\n")


def quote(value: str) -> str:
    """What `cmd` reads as *value* between `"` in a script."""
    return value.replace("%", "%%")


def _lines(variable: Variable) -> Iterator[tuple[str, str]]:
    """Its name and each line: the earlier value is kept, the new one set; nothing unsets.

    Each line has its condition to itself: nothing depends on how `cmd` reads a block of several.
    """
    guard = "@" if variable.file is None else f'@if exist "{quote(variable.file)}" '
    yield variable.name, f"{guard}call :proxyenv_keep {variable.name}"
    yield variable.name, f'{guard}set "{variable.name}={quote(variable.value or "")}"'


SHELLS: Final = (
    Shell(
        name="cmd",
        env_file="bat",
        render=render_batch,
        quote=quote,
        limits='only ASCII values without `"`, `!` and line breaks, in lines of at most 8191 characters; '
        "run by `call`, restored by `call env.bat deactivate`; reads no rc file",
        tested="run by Wine's `cmd` alone",
    ),
)
