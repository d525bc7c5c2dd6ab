"""``env.sh``: for sh, bash, zsh, ksh and their kin.

Static text: sourcing it starts no process. It may be sourced twice, after a change, and by a child
shell; ``proxyenv_deactivate`` gives back what it replaced, also in that child: the names and the earlier
values travel in the environment.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.targets.sections import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

# A name from `PROXYENV_ACTIVE` is used only if it is one: the variable could hold anything.
_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by sh, bash, zsh or ksh.
# `proxyenv_deactivate` gives back what this file replaces.

proxyenv_deactivate() {
    _proxyenv_rest="${PROXYENV_ACTIVE-}"
    while [ -n "$_proxyenv_rest" ]; do
        _proxyenv_name="${_proxyenv_rest%% *}"
        case "$_proxyenv_rest" in
            *" "*) _proxyenv_rest="${_proxyenv_rest#* }" ;;
            *) _proxyenv_rest= ;;
        esac
        case "$_proxyenv_name" in
            ""|[0-9]*|*[!A-Za-z0-9_]*) continue ;;
        esac
        eval "if [ -n \\"\\${PROXYENV_OLD_$_proxyenv_name+x}\\" ]; then
            export $_proxyenv_name=\\"\\$PROXYENV_OLD_$_proxyenv_name\\"
        else
            unset $_proxyenv_name
        fi
        unset PROXYENV_OLD_$_proxyenv_name"
    done
    unset PROXYENV_ACTIVE _proxyenv_rest _proxyenv_name
}
_proxyenv_keep() {
    eval "if [ -n \\"\\${$1+x}\\" ]; then export PROXYENV_OLD_$1=\\"\\$$1\\"; fi"
    export PROXYENV_ACTIVE="${PROXYENV_ACTIVE-} $1"
}
_proxyenv_set() {
    _proxyenv_keep "$1"
    eval "export $1=\\"\\$2\\""
}
_proxyenv_unset() {
    _proxyenv_keep "$1"
    unset "$1"
}

proxyenv_deactivate
"""

_FOOTER: Final = "unset -f _proxyenv_keep _proxyenv_set _proxyenv_unset\n"

_GUARD: Final = ("if [ -r {} ]; then", "fi")


def render_posix(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.sh``."""
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD)) + _FOOTER


def parse_posix(text: str) -> tuple[Variable, ...]:
    """The variables of an ``env.sh``, in order: :func:`render_posix` backwards.

    What else stands there is passed over, and so is a line that somebody broke.
    """
    from proxyenv.model.target import Variable  # noqa: PLC0415 - brings dataclasses

    variables: list[Variable] = []
    file: str | None = None
    for line in text.partition(_HEADER)[2].split("\n"):
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        match words:
            case ["if", "[", "-r", file, "];", "then"]:
                pass
            case ["fi"]:
                file = None
            case ["_proxyenv_set", name, value]:
                variables.append(Variable(name, value, file))
            case ["_proxyenv_unset", name]:
                variables.append(Variable(name, None, file))
    return tuple(variables)


def quote(value: str) -> str:
    """A word that every POSIX shell reads as *value*."""
    return shlex.quote(value)
