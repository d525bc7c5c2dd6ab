r"""``env.csh``: for tcsh, which is ``csh`` nearly everywhere, with the same promises as ``env.sh``.

There are no functions: the way back is a text in a shell variable, which an alias evaluates. A condition
in one line expands what it guards even where it does not hold, so that every condition has a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import Shell, in_home, one_of, render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable


def quote(value: str) -> str:
    r"""A word that csh reads as *value*: also between quotes, `!` and a line break need a `\`."""
    inner = value.replace("'", "'\\''").replace("!", "\\!").replace("\n", "\\\n")
    return f"'{inner}'"


_OFF: Final = """\
set _proxyenv_noglob = $?noglob
set noglob
foreach _proxyenv_name ( $PROXYENV_ACTIVE )
    if ( $_proxyenv_name:q =~ [A-Za-z_]* && $_proxyenv_name:q !~ *[^A-Za-z0-9_]* ) then
        eval 'set _proxyenv_had = $?PROXYENV_OLD_'$_proxyenv_name
        if ( $_proxyenv_had ) then
            eval 'setenv '$_proxyenv_name' $PROXYENV_OLD_'$_proxyenv_name':q'
            unsetenv PROXYENV_OLD_$_proxyenv_name
        else
            unsetenv $_proxyenv_name
        endif
    endif
end
unsetenv PROXYENV_ACTIVE
if ( ! $_proxyenv_noglob ) unset noglob
unset _proxyenv_name _proxyenv_had _proxyenv_noglob
"""

_KEEP: Final = """\
eval 'set _proxyenv_had = $?'$_proxyenv_name
if ( $_proxyenv_had ) then
    eval 'set _proxyenv_value = ( $'$_proxyenv_name':q )'
    unset $_proxyenv_name
    eval 'set _proxyenv_had = $?'$_proxyenv_name
    if ( $_proxyenv_had ) then
        eval 'setenv PROXYENV_OLD_'$_proxyenv_name' $'$_proxyenv_name':q'
    else
        eval 'set '$_proxyenv_name' = ( $_proxyenv_value:q )'
    endif
    unset _proxyenv_value
endif
setenv PROXYENV_ACTIVE "$PROXYENV_ACTIVE $_proxyenv_name"
"""

_HEADER: Final = f"""\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in tcsh.
# `proxyenv_deactivate` restores what this file replaces.

set _proxyenv_backslash_quote = $?backslash_quote
unset backslash_quote
if ( $?histchars ) then
    set _proxyenv_histchars = $histchars:q
    unset histchars
endif
set _proxyenv_keep = {quote(_KEEP)}
set _proxyenv_off = {quote(_OFF)}
alias proxyenv_deactivate 'if ( $?PROXYENV_ACTIVE ) eval $_proxyenv_off:q'
proxyenv_deactivate
setenv PROXYENV_ACTIVE ''
"""

_FOOTER: Final = """\
if ( $?_proxyenv_histchars ) then
    set histchars = $_proxyenv_histchars:q
endif
if ( $_proxyenv_backslash_quote ) set backslash_quote
unset _proxyenv_name _proxyenv_had _proxyenv_keep _proxyenv_histchars _proxyenv_backslash_quote
"""

_GUARD: Final = ("if ( -r {} ) then", "endif")


def render_csh(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.csh``."""
    return (
        _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD, command=_command)) + _FOOTER
    )


def _command(variable: Variable) -> str:
    name = variable.name
    new = f"unsetenv {name}" if variable.value is None else f"setenv {name} {quote(variable.value)}"
    return f"set _proxyenv_name = {name}\neval $_proxyenv_keep:q\n{new}"


def _source(path: str) -> str:
    return f"if ( -r {path} ) source {path}\n"


SHELLS: Final = (
    Shell(
        name="tcsh",
        also=("csh",),
        env_file="csh",
        render=render_csh,
        quote=quote,
        source=_source,
        rc_files=one_of(".tcshrc", ".cshrc"),  # it reads `.cshrc` only where there is no `.tcshrc`
        traces=in_home(".cshrc", ".tcshrc"),
        # Debian's `csh.cshrc` reads every file of the directory
        for_all=(
            ("/etc/csh/cshrc.d", "/etc/csh/cshrc.d/proxyenv"),
            ("/etc/csh.cshrc", "/etc/csh.cshrc"),
        ),
    ),
)
