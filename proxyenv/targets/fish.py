"""``env.fish``: for fish, with the same promises as ``env.sh``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.targets.sections import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_HEADER = """\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by fish.
# `proxyenv_deactivate` gives back what this file replaces.

function _proxyenv_keep
    if not contains -- $argv[1] (string split ' ' -- "$PROXYENV_ACTIVE")
        if set -q $argv[1]
            set -l name $argv[1]
            set -gx PROXYENV_OLD_$name $$name
        end
        set -gx PROXYENV_ACTIVE "$PROXYENV_ACTIVE $argv[1]"
    end
end
function _proxyenv_set
    _proxyenv_keep $argv[1]
    set -gx $argv[1] $argv[2]
end
function _proxyenv_unset
    _proxyenv_keep $argv[1]
    set -e $argv[1]
end
"""

_FOOTER = """\

function proxyenv_deactivate
    for name in {names}
        if contains -- $name (string split ' ' -- "$PROXYENV_ACTIVE")
            set -l old PROXYENV_OLD_$name
            if set -q $old
                set -gx $name $$old
                set -e $old
            else
                set -e $name
            end
        end
    end
    set -e PROXYENV_ACTIVE
end
functions -e _proxyenv_keep _proxyenv_set _proxyenv_unset
"""


def render_fish(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.fish``."""
    names = " ".join(variable.name for variable in variables)
    return (
        _HEADER
        + "\n"
        + "".join(render_sections(variables, quote=quote, guard=("if test -r {}", "end")))
        + _FOOTER.format(names=names)
    )


def quote(value: str) -> str:
    r"""A word that fish reads as *value*: between quotes, only `\` and `'` are special."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
