"""``env.elv``: for elvish, with the same promises as ``env.sh``.

elvish evaluates a file in a namespace of its own; who evaluates it takes ``proxyenv_deactivate`` from
there, as the line in ``rc.elv`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import NOT_UTF_8, RcFile, Shell, render_sections, require

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Home
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Evaluate it in elvish.
# `proxyenv_deactivate` restores what this file replaces.

use path
use re
use str
fn proxyenv_deactivate {
    if (not (has-env PROXYENV_ACTIVE)) { return }
    for name [(str:split ' ' (get-env PROXYENV_ACTIVE))] {
        if (re:match '^[A-Za-z_][A-Za-z0-9_]*$' $name) {
            var old = PROXYENV_OLD_$name
            unset-env $name
            if (has-env $old) {
                set-env $name (get-env $old)
                unset-env $old
            }
        }
    }
    unset-env PROXYENV_ACTIVE
}
fn _proxyenv_keep {|name|
    if (has-env $name) { set-env PROXYENV_OLD_$name (get-env $name) }
    var active = ''
    if (has-env PROXYENV_ACTIVE) { set active = (get-env PROXYENV_ACTIVE) }
    set-env PROXYENV_ACTIVE $active' '$name
}
fn _proxyenv_set {|name value|
    _proxyenv_keep $name
    set-env $name $value
}
fn _proxyenv_unset {|name|
    _proxyenv_keep $name
    unset-env $name
}

proxyenv_deactivate
"""

_GUARD: Final = ("if (path:is-regular &follow-symlink {}) {{", "}")


def render_elvish(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.elv``.

    Raises:
        PlanError: ``value-unrepresentable``, for what is not Unicode.
    """
    reason = "a byte that is not UTF-8, and elvish reads nothing else"
    require(variables, NOT_UTF_8, where="`env.elv`", reason=reason)
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD))


def quote(value: str) -> str:
    """A word that elvish reads as *value*: between quotes, `'` is doubled, and nothing else is special."""
    return "'" + value.replace("'", "''") + "'"


def _source(path: str) -> str:
    return (
        "use path\n"
        "var proxyenv_deactivate~ = { }\n"
        f"if (path:is-regular &follow-symlink {path}) {{\n"
        f"    eval (slurp < {path}) &on-end={{|ns| set proxyenv_deactivate~ = $ns[proxyenv_deactivate~] }}\n"
        "}\n"
    )


def _rc_file(home: Home) -> Path:
    return (home.roaming if home.platform == "win32" else home.config) / "elvish/rc.elv"


SHELLS: Final = (
    Shell(
        name="elvish",
        env_file="elv",
        render=render_elvish,
        quote=quote,
        source=_source,
        rc_files=lambda home: (RcFile((_rc_file(home),)),),
        traces=lambda home: (_rc_file(home),),
        limits="values must be UTF-8",
    ),
)
