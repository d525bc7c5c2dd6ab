r"""``env.csh``: for tcsh, which is ``csh`` nearly everywhere, with the same promises as ``env.sh``.

There are no functions: the way back is a text in a shell variable, which an alias evaluates. A condition
in one line expands what it guards even where it does not hold, so that every condition has a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.targets.sections import render_sections

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

_HEADER: Final = f"""\
# Written by proxyenv; `proxyenv setup` writes it anew. To be sourced by tcsh.
# `proxyenv_deactivate` gives back what this file replaces.

set _proxyenv_off = {quote(_OFF)}
alias proxyenv_deactivate 'if ( $?PROXYENV_ACTIVE ) eval $_proxyenv_off:q'
proxyenv_deactivate
setenv PROXYENV_ACTIVE ''
"""

_GUARD: Final = ("if ( -r {} ) then", "endif")


def render_csh(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.csh``."""
    return _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD, command=_command))


def _command(variable: Variable) -> str:
    name = variable.name
    new = f"unsetenv {name}" if variable.value is None else f"setenv {name} {quote(variable.value)}"
    return (
        f"if ( $?{name} ) then\n    setenv PROXYENV_OLD_{name} ${name}:q\nendif\n"
        f'setenv PROXYENV_ACTIVE "$PROXYENV_ACTIVE {name}"\n{new}'
    )
