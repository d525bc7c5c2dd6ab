"""``env.sh``: for sh, bash, zsh, ksh and their kin.

Static text: sourcing it starts no process. It may be sourced twice and by a child shell, and
``proxyenv_deactivate`` gives back what it replaced, also in that child: the earlier values travel in
the environment.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from proxyenv.targets.sections import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_HEADER = """\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by sh, bash, zsh or ksh.
# `proxyenv_deactivate` gives back what this file replaces.

_proxyenv_keep() {
    case " ${PROXYENV_ACTIVE-} " in
        *" $1 "*) ;;
        *)
            eval "if [ -n \\"\\${$1+x}\\" ]; then export PROXYENV_OLD_$1=\\"\\$$1\\"; fi"
            export PROXYENV_ACTIVE="${PROXYENV_ACTIVE-} $1"
            ;;
    esac
}
_proxyenv_set() {
    _proxyenv_keep "$1"
    eval "export $1=\\"\\$2\\""
}
_proxyenv_unset() {
    _proxyenv_keep "$1"
    unset "$1"
}
"""

_FOOTER = """\

proxyenv_deactivate() {{
    for _proxyenv_name in {names}; do
        case " ${{PROXYENV_ACTIVE-}} " in
            *" $_proxyenv_name "*)
                eval "if [ -n \\"\\${{PROXYENV_OLD_$_proxyenv_name+x}}\\" ]; then
                    export $_proxyenv_name=\\"\\$PROXYENV_OLD_$_proxyenv_name\\"
                else
                    unset $_proxyenv_name
                fi
                unset PROXYENV_OLD_$_proxyenv_name"
                ;;
        esac
    done
    unset PROXYENV_ACTIVE _proxyenv_name
}}
unset -f _proxyenv_keep _proxyenv_set _proxyenv_unset
"""


def render_posix(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.sh``.

    A variable that names a file is set only while that file can be read: a variable that names a
    missing file breaks curl, httpx and uv outright.
    """
    names = " ".join(variable.name for variable in variables)
    return (
        _HEADER
        + "\n"
        + "".join(render_sections(variables, quote=quote, guard=("if [ -r {} ]; then", "fi")))
        + _FOOTER.format(names=names)
    )


def quote(value: str) -> str:
    """A word that every POSIX shell reads as *value*."""
    return shlex.quote(value)
