"""``env.nu``: for nushell, with the same promises as ``env.sh``.

nushell reads ``source FILE`` before it runs anything, and defines what is in it in the shell itself. Since
0.111 `http_proxy` and `HTTP_PROXY` are one variable on every platform, and it keeps the spelling in which it
was first set. To hide one spelling and set the other would bring back the inherited value, so each is set as
it is spelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import NOT_UTF_8, RcFile, Shell, render_sections, require
from proxyenv.model.host import find_given

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Home
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in nushell.
# `proxyenv_deactivate` restores what this file replaces.

def _proxyenv_spellings [name: string] {
    $env | columns | str join "\n" | parse --regex ('(?mi)^(?<name>' + $name + ')$') | get name
}
def --env proxyenv_deactivate [] {
    let names = ($env.PROXYENV_ACTIVE? | default '' | split row ' ' | where {|it|
        $it =~ '^[A-Za-z_][A-Za-z0-9_]*$'
    })
    for name in $names {
        let there = (_proxyenv_spellings $name)
        let old = (_proxyenv_spellings $'PROXYENV_OLD_($name)')
        for spelling in $there {
            if ($old | is-empty) {
                hide-env --ignore-errors $spelling
            } else {
                load-env {$spelling: ($env | get $old.0)}
            }
        }
        if ($there | is-empty) and ($old | is-not-empty) { load-env {$name: ($env | get $old.0)} }
    }
    for name in $names {
        for old in (_proxyenv_spellings $'PROXYENV_OLD_($name)') { hide-env --ignore-errors $old }
    }
    if ('PROXYENV_ACTIVE' in $env) { hide-env PROXYENV_ACTIVE }
}
def --env _proxyenv_keep [name: string] {
    let active = ($env.PROXYENV_ACTIVE? | default '' | split row ' ')
    for there in (_proxyenv_spellings $name | where {|it| $it not-in $active}) {
        load-env {$'PROXYENV_OLD_($there)': ($env | get $there)}
        $env.PROXYENV_ACTIVE = $"($env.PROXYENV_ACTIVE? | default '') ($there)"
    }
}
def --env _proxyenv_set [name: string, value: string] {
    _proxyenv_keep $name
    let there = (_proxyenv_spellings $name)
    if ($there | is-empty) {
        $env.PROXYENV_ACTIVE = $"($env.PROXYENV_ACTIVE? | default '') ($name)"
    }
    for spelling in [...$there $name] { load-env {$spelling: $value} }
}
def --env _proxyenv_unset [name: string] {
    _proxyenv_keep $name
    for there in (_proxyenv_spellings $name) { hide-env --ignore-errors $there }
}

proxyenv_deactivate
"""

_FOOTER: Final = "hide _proxyenv_keep\nhide _proxyenv_set\nhide _proxyenv_unset\n"

_GUARD: Final = ("if ({} | path exists) {{", "}")

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def render_nushell(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.nu``.

    Raises:
        PlanError: ``value-unrepresentable``, for what is not Unicode.
    """
    reason = "a byte that is not UTF-8, and nushell reads nothing else"
    require(variables, NOT_UTF_8, where="`env.nu`", reason=reason)
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD)) + _FOOTER


def quote(value: str) -> str:
    """A word that nushell reads as *value*: `$` and `(` mean nothing in a string that is no template."""
    return f'"{value.translate(_ESCAPES)}"'


def _source(path: str) -> str:
    return f"source (if ({path} | path exists) {{ {path} }} else {{ null }})\n"


def _directory(home: Home) -> Path:
    """Where nushell keeps its configuration: the platform says so, unless `XDG_CONFIG_HOME` does."""
    if find_given(home.environment, "XDG_CONFIG_HOME") or home.platform not in {"darwin", "win32"}:
        base = home.config
    else:
        base = home.roaming if home.platform == "win32" else home.path / "Library/Application Support"
    return base / "nushell"


SHELLS: Final = (
    Shell(
        name="nushell",
        also=("nu",),
        env_file="nu",
        render=render_nushell,
        quote=quote,
        source=_source,
        rc_files=lambda home: (
            RcFile((_directory(home) / "autoload/proxyenv.nu",)),
        ),  # it reads every file there
        traces=lambda home: (_directory(home),),
        limits="since 0.111 it has one variable for `http_proxy` and `HTTP_PROXY`; values must be UTF-8",
    ),
)
