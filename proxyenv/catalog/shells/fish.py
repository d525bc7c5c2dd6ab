"""``env.fish``: for fish, with the same promises as ``env.sh``.

Only global variables are set, hidden and given back: a universal one belongs to every session of the
user, now and later, and is never touched. fish exports it past a global one that is not exported, so
where it has to be hidden an empty one stands before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import RcFile, Shell, render_sections

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.shells.shell import Home
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in fish.
# `proxyenv_deactivate` restores what this file replaces.

function proxyenv_deactivate
    for name in (string split ' ' -- "$PROXYENV_ACTIVE")
        if string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- $name
            set -l old PROXYENV_OLD_$name
            set -eg $name
            if set -qgx $old
                set -gx $name $$old
            else if set -qg $old
                set -gu $name $$old
            end
            set -eg $old
        end
    end
    set -e PROXYENV_ACTIVE
end
function _proxyenv_keep
    if set -qg $argv[1]
        set -l name $argv[1]
        set -l export -gu
        set -qgx $name; and set export -gx
        set $export PROXYENV_OLD_$name $$name
    end
    set -gx PROXYENV_ACTIVE "$PROXYENV_ACTIVE $argv[1]"
end
function _proxyenv_set
    _proxyenv_keep $argv[1]
    set -gx $argv[1] $argv[2]
end
function _proxyenv_unset
    _proxyenv_keep $argv[1]
    set -eg $argv[1]
    if set -qU $argv[1]
        set -gx $argv[1] ''
    end
end

proxyenv_deactivate
"""

_FOOTER: Final = "functions -e _proxyenv_keep _proxyenv_set _proxyenv_unset\n"

_GUARD: Final = ("if test -r {}", "end")


def render_fish(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.fish``."""
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD)) + _FOOTER


def quote(value: str) -> str:
    r"""A word that fish reads as *value*: between quotes, only `\` and `'` are special."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _source(path: str) -> str:
    return f"if test -r {path}\n    source {path}\nend\n"


def _rc_file(home: Home) -> Path:
    """Every file in `conf.d` is read."""
    return home.config / "fish/conf.d/proxyenv.fish"


SHELLS: Final = (
    Shell(
        name="fish",
        env_file="fish",
        render=render_fish,
        quote=quote,
        source=_source,
        rc_files=lambda home: (RcFile((_rc_file(home),)),),
        traces=lambda home: (_rc_file(home),),
        # one in the home that has the same name takes its place
        for_all=(("/etc/fish", "/etc/fish/conf.d/proxyenv.fish"),),
    ),
)
