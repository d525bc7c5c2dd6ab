"""bash, ksh, mksh, sh (dash, busybox), yash and zsh: all source ``env.sh``; their rc files differ.

Static text: sourcing it starts no process. It may be sourced twice, after a change, and by a child
shell; ``proxyenv_deactivate`` restores what it replaced, also in that child: the names and the earlier
values travel in the environment.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import RcFile, Shell, in_home, render_sections
from proxyenv.model.host import find_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.catalog.shells.shell import Home
    from proxyenv.model.target import Variable

# A name from `PROXYENV_ACTIVE` is used only if it is one: the variable could hold anything. What a function
# needs are its arguments, so that no variable of the file's own is left behind or stands in the way.
# `command` takes from `export` and `unset` that they end the shell where a variable is read-only; in zsh
# `emulate` gives it that meaning, and takes away what the user's options would change. No shell says in a
# portable way whether a variable is exported, and dash in none: there it counts as exported.
_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in sh, bash, zsh or ksh.
# `proxyenv_deactivate` restores what this file replaces.

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

    return tuple(Variable(*each) for each in _parse(text))


def parse_values(text: str) -> dict[str, str]:
    """Name to value of what an ``env.sh`` sets, whether or not the files are there that it looks for."""
    return {name: value for name, value, _ in _parse(text) if value is not None}


def parse_names(text: str) -> frozenset[str]:
    """The variables that an ``env.sh`` sets or unsets."""
    return frozenset(name for name, _, _ in _parse(text))


def _parse(text: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Each variable's name, its value where it is set, and the file without which it is left alone."""
    file: str | None = None
    for found in _COMMAND.finditer(text):
        if found["set"] is not None:
            yield found["set"], _unquote(found["value"]), file
        elif found["unset"] is not None:
            yield found["unset"], None, file
        else:
            file = None if found["file"] is None else _unquote(found["file"])


def quote(value: str) -> str:
    """A word that every POSIX shell reads as *value*."""
    return shlex.quote(value)


def _unquote(word: str) -> str:
    """The value of a word that :func:`quote` made."""
    return re.sub(r"'([^']*)'|\"(')\"", lambda part: part[1] if part[2] is None else part[2], word)


def _source(path: str) -> str:
    return f"if [ -r {path} ]; then . {path}; fi\n"


def _shell(
    name: str,
    rc_files: Callable[[Home], tuple[RcFile, ...]],
    traces: Callable[[Home], tuple[Path, ...]],
    *also: str,
    for_all: tuple[tuple[str, str], ...] = (),
    limits: str = "",
) -> Shell:
    return Shell(
        name, "sh", render_posix, quote, _source, rc_files, traces, for_all=for_all, also=also, limits=limits
    )


def _each(*names: str) -> Callable[[Home], tuple[RcFile, ...]]:
    return lambda home: tuple(RcFile((home.path / name,)) for name in names)


def _bash_files(home: Home) -> tuple[RcFile, ...]:
    """`.bashrc` when interactive, the first of the others at login (manual, "Bash Startup Files")."""
    login = in_home(".bash_profile", ".bash_login", ".profile")
    return RcFile((home.path / ".bashrc",)), RcFile(login(home))


def _yash_files(home: Home) -> tuple[RcFile, ...]:
    """`.yash_profile` at login. When interactive it reads its defaults unless there is a `.yashrc`."""
    return RcFile((home.path / ".yash_profile",)), RcFile((home.path / ".yashrc",), optional=True)


def _zsh_files(home: Home) -> tuple[RcFile, ...]:
    """`.zshenv` is always read, where `ZDOTDIR` says.

    But a `.zshenv` in the home that sets `ZDOTDIR` is the only one that a login reads.
    """
    at_home = home.path / ".zshenv"
    own = _zshenv(home)
    return (RcFile((own,)),) if own == at_home else (RcFile((own,)), RcFile((at_home,), optional=True))


def _zshenv(home: Home) -> Path:
    return (find_given(home.environment, "ZDOTDIR") or home.path) / ".zshenv"


_PROFILE: Final = (("/etc/profile.d", "/etc/profile.d/proxyenv.sh"),)
"""`/etc/profile` reads it at login."""

_ZSHENV: Final = (("/etc/zsh", "/etc/zsh/zshenv"), ("/etc/zshenv", "/etc/zshenv"))
"""Always read: in `/etc/zsh` on Debian, Arch and Alpine, in `/etc` on Fedora, RHEL and macOS."""

_CANNOT_TELL: Final = "cannot tell whether a variable was exported, and exports what it restores"

SHELLS: Final = (
    _shell(
        "sh", _each(".profile"), in_home(".profile"), "ash", "busybox", "dash",
        for_all=_PROFILE, limits=_CANNOT_TELL,
    ),
    _shell("bash", _bash_files, in_home(".bashrc", ".profile"), "rbash", for_all=_PROFILE),
    _shell("ksh", _each(".kshrc", ".profile"), in_home(".kshrc"), "ksh93", for_all=_PROFILE),
    _shell("mksh", _each(".mkshrc", ".profile"), in_home(".mkshrc"), "lksh", for_all=_PROFILE),
    _shell("yash", _yash_files, in_home(".yash_profile", ".yashrc"), limits=_CANNOT_TELL),
    _shell("zsh", _zsh_files, lambda home: (_zshenv(home),), for_all=_ZSHENV),
)  # fmt: skip
"""ksh and mksh read a file of their own when they are interactive, and `.profile` at login."""
