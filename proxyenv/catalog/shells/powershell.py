"""``env.ps1``: for Windows PowerShell 5.1 and PowerShell 7, with the same promises as ``env.sh``.

The text is pure ASCII, whatever the values hold: Windows PowerShell reads a script without a byte order
mark in the ANSI code page, so that every other character is written as its number. That spares the
typographic quotes too, which PowerShell takes for quotes. A variable cannot be empty there: to set it to
nothing removes it. On Windows `http_proxy` and `HTTP_PROXY` are one variable, whose earlier value is kept
once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import NOT_UTF_8, RcFile, Shell, render_sections, require

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Home
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in PowerShell: . FILE
# `proxyenv_deactivate` restores what this file replaces.

function global:proxyenv_deactivate {
    foreach ($name in ([string]$env:PROXYENV_ACTIVE).Split(' ')) {
        if ($name -cmatch '^[A-Za-z_][A-Za-z0-9_]*$') {
            if (Test-Path -LiteralPath "Env:$name") { Remove-Item -LiteralPath "Env:$name" }
            if (Test-Path -LiteralPath "Env:PROXYENV_OLD_$name") {
                $old = (Get-Item -LiteralPath "Env:PROXYENV_OLD_$name").Value
                Set-Item -LiteralPath "Env:$name" -Value $old
                Remove-Item -LiteralPath "Env:PROXYENV_OLD_$name"
            }
        }
    }
    if (Test-Path -LiteralPath 'Env:PROXYENV_ACTIVE') { Remove-Item -LiteralPath 'Env:PROXYENV_ACTIVE' }
}
function _proxyenv_keep([string]$name) {
    $active = " $env:PROXYENV_ACTIVE "
    if ([IO.Path]::DirectorySeparatorChar -eq '/') { $kept = $active -clike "* $name *" }
    else { $kept = $active -like "* $name *" }
    if ($kept) { return }
    if (Test-Path -LiteralPath "Env:$name") {
        Set-Item -LiteralPath "Env:PROXYENV_OLD_$name" -Value (Get-Item -LiteralPath "Env:$name").Value
    }
    $env:PROXYENV_ACTIVE = "$env:PROXYENV_ACTIVE $name"
}
function _proxyenv_set([string]$name, [string]$value) {
    _proxyenv_keep $name
    Set-Item -LiteralPath "Env:$name" -Value $value
}
function _proxyenv_unset([string]$name) {
    _proxyenv_keep $name
    if (Test-Path -LiteralPath "Env:$name") { Remove-Item -LiteralPath "Env:$name" }
}

proxyenv_deactivate
"""

_FOOTER: Final = (
    "Remove-Item -LiteralPath 'Function:_proxyenv_keep', 'Function:_proxyenv_set', "
    "'Function:_proxyenv_unset'\n"
)

_GUARD: Final = ("if (Test-Path -LiteralPath {} -PathType Leaf) {{", "}")


def render_powershell(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.ps1``.

    Raises:
        PlanError: ``value-unrepresentable``, for what is not Unicode.
    """
    reason = "a byte that is not UTF-8, and PowerShell has Unicode only"
    require(variables, NOT_UTF_8, where="`env.ps1`", reason=reason)
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD)) + _FOOTER


def quote(value: str) -> str:
    """An expression that PowerShell evaluates to *value*: `'` is doubled, no other character is special."""
    literal = value.replace("'", "''")
    parts = re.split("([^\\n\\r\\t\\x20-\\x7e])", literal)
    if len(parts) == 1:
        return f"'{literal}'"
    words = [f"'{part}'" if index % 2 == 0 else _number(part) for index, part in enumerate(parts)]
    return "(" + " + ".join(word for index, word in enumerate(words) if index == 0 or word != "''") + ")"


def _number(letter: str) -> str:
    """One character by its UTF-16 code units, as .NET has them."""
    units = letter.encode("utf-16-be")
    return " + ".join(
        f"[char]0x{int.from_bytes(units[start : start + 2]):04X}" for start in range(0, len(units), 2)
    )


def _source(path: str) -> str:
    return f"if (Test-Path -LiteralPath {path} -PathType Leaf) {{ . {path} }}\n"


def _profiles(home: Home) -> tuple[Path, ...]:
    """`profile.ps1`, which every program that hosts PowerShell reads.

    On Windows there are two editions, each with a directory of its own below the user's documents.
    """
    if home.platform == "win32":
        documents = home.path / "Documents"
        return tuple(documents / name / "profile.ps1" for name in ("PowerShell", "WindowsPowerShell"))
    return (home.config / "powershell/profile.ps1",)


SHELLS: Final = (
    Shell(
        name="powershell",
        also=("pwsh",),
        env_file="ps1",
        render=render_powershell,
        quote=quote,
        source=_source,
        rc_files=lambda home: tuple(RcFile((path,)) for path in _profiles(home)),
        traces=lambda home: tuple(path.parent for path in _profiles(home)),
        newline=None,
        limits="an empty value removes the variable; values must be Unicode",
        tested="written after Microsoft's documentation, and parsed by a grammar of it; not run here",
    ),
)
