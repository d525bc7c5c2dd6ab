"""``env.sh``: for sh, bash, zsh, ksh and their kin.

Static text: sourcing it starts no process. It may be sourced twice, after a change, and by a child
shell; ``proxyenv_deactivate`` gives back what it replaced, also in that child: the names and the earlier
values travel in the environment.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.sections import render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

# A name from `PROXYENV_ACTIVE` is used only if it is one: the variable could hold anything. What a function
# needs are its arguments, so that no variable of the file's own is left behind or stands in the way.
# `command` takes from `export` and `unset` that they end the shell where a variable is read-only; in zsh
# `emulate` gives it that meaning, and takes away what the user's options would change. No shell says in a
# portable way whether a variable is exported, and dash in none: there it counts as exported.
_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by sh, bash, zsh or ksh.
# `proxyenv_deactivate` gives back what this file replaces.

proxyenv_deactivate() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    set -- "${PROXYENV_ACTIVE-} "
    while [ -n "$1" ]; do
        set -- "${1#* }" "${1%% *}"
        case "$2" in
            ""|[0-9]*|*[!A-Za-z0-9_]*) continue ;;
        esac
        if command unset "$2"; then
            if eval "[ -n \\"\\${PROXYENV_OLD_$2+x}\\" ]"; then
                eval "export $2=\\"\\$PROXYENV_OLD_$2\\""
            elif eval "[ -n \\"\\${PROXYENV_PLAIN_$2+x}\\" ]"; then
                eval "$2=\\"\\$PROXYENV_PLAIN_$2\\""
            fi
        fi
        unset "PROXYENV_OLD_$2" "PROXYENV_PLAIN_$2"
    done
    unset PROXYENV_ACTIVE
}
_proxyenv_is_plain() {
    case "${ZSH_VERSION:+zsh}${BASH_VERSION:+bash $BASH_VERSION}${KSH_VERSION-}" in
        zsh*) eval "case \\${(t)$1} in *export*) return 1 ;; esac" ;;
        "bash "[123].*|"bash 4."[0123].*) return 1 ;;
        bash*) eval "case \\${$1@a} in *x*) return 1 ;; esac" ;;
        *MIRBSD*|*"AJM 93u"*)
            eval "set -- \\"\\${ typeset -p $1; }\\""
            case "${1%%=*}" in *" -"*x*" "*) return 1 ;; esac ;;
        *) return 1 ;;
    esac
}
_proxyenv_take() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    if eval "[ -z \\"\\${$1+x}\\" ]"; then
        :
    elif _proxyenv_is_plain "$1"; then
        eval "PROXYENV_PLAIN_$1=\\"\\$$1\\""
    else
        eval "export PROXYENV_OLD_$1=\\"\\$$1\\""
    fi
    if command unset "$1"; then
        export PROXYENV_ACTIVE="${PROXYENV_ACTIVE-} $1"
    else
        unset "PROXYENV_OLD_$1" "PROXYENV_PLAIN_$1"
        return 1
    fi
}
_proxyenv_set() {
    if _proxyenv_take "$1"; then eval "export $1=\\"\\$2\\""; fi
}
_proxyenv_unset() {
    _proxyenv_take "$1" || :
}

proxyenv_deactivate
"""

_FOOTER: Final = "unset -f _proxyenv_is_plain _proxyenv_take _proxyenv_set _proxyenv_unset\n"

_GUARD: Final = ("if [ -r {} ]; then", "fi")


def render_posix(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.sh``."""
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD)) + _FOOTER


_WORD: Final = r"(?:'[^']*'|\"'\"|[^\s'\"])+"
_COMMAND: Final = re.compile(
    rf"^(?: *_proxyenv_set (?P<set>\w+) (?P<value>{_WORD})| *_proxyenv_unset (?P<unset>\w+)"
    rf"|if \[ -r (?P<file>{_WORD}) \]; then|fi)$",
    re.MULTILINE,
)


def parse_posix(text: str) -> tuple[Variable, ...]:
    """The variables of an ``env.sh``, in order: :func:`render_posix` backwards.

    What else stands there is passed over, and so is a line that somebody broke: one that an earlier
    version wrote is read like ours.
    """
    from proxyenv.model.target import Variable

    variables: list[Variable] = []
    file: str | None = None
    for found in _COMMAND.finditer(text):
        if found["set"] is not None:
            variables.append(Variable(found["set"], _unquote(found["value"]), file))
        elif found["unset"] is not None:
            variables.append(Variable(found["unset"], None, file))
        else:
            file = None if found["file"] is None else _unquote(found["file"])
    return tuple(variables)


def parse_values(text: str) -> dict[str, str]:
    """Name to value of what an ``env.sh`` sets, whether or not the files are there that it looks for."""
    return {each.name: each.value for each in parse_posix(text) if each.value is not None}


def quote(value: str) -> str:
    """A word that every POSIX shell reads as *value*."""
    return shlex.quote(value)


def _unquote(word: str) -> str:
    """The value of a word that :func:`quote` made."""
    return re.sub(r"'([^']*)'|\"(')\"", lambda part: part[1] if part[2] is None else part[2], word)
