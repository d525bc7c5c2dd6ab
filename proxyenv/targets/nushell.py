"""``env.nu``: for nushell, with the same promises as ``env.sh``.

nushell reads ``source FILE`` before it runs anything, and defines what is in it in the shell itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.targets.limits import NOT_UTF_8, require
from proxyenv.targets.sections import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by nushell.
# `proxyenv_deactivate` gives back what this file replaces.

def --env proxyenv_deactivate [] {
    for name in ($env.PROXYENV_ACTIVE? | default '' | split row ' ') {
        if ($name =~ '^[A-Za-z_][A-Za-z0-9_]*$') {
            let old = $'PROXYENV_OLD_($name)'
            if ($name in $env) { hide-env $name }
            if ($old in $env) {
                load-env {$name: ($env | get $old)}
                hide-env $old
            }
        }
    }
    if ('PROXYENV_ACTIVE' in $env) { hide-env PROXYENV_ACTIVE }
}
def --env _proxyenv_keep [name: string] {
    if ($name in $env) { load-env {$'PROXYENV_OLD_($name)': ($env | get $name)} }
    $env.PROXYENV_ACTIVE = $"($env.PROXYENV_ACTIVE? | default '') ($name)"
}
def --env _proxyenv_set [name: string, value: string] {
    _proxyenv_keep $name
    load-env {$name: $value}
}
def --env _proxyenv_unset [name: string] {
    _proxyenv_keep $name
    if ($name in $env) { hide-env $name }
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
