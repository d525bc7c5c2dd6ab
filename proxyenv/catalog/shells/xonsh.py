"""``env.xsh``: for xonsh, with the same promises as ``env.sh``.

xonsh holds values of some names, those that end in `PATH` or `DIRS`, as lists: what a program would see
is what is kept and given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells.shell import Shell, in_home, one_of, render_sections

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

_HEADER: Final = """\
# Written by proxyenv; `proxyenv setup` overwrites it. Source it in xonsh.
# `proxyenv_deactivate` restores what this file replaces.

def proxyenv_deactivate():
    seen = __xonsh__.env.detype()
    for name in seen.get("PROXYENV_ACTIVE", "").split(" "):
        if name.isascii() and name.isidentifier():
            __xonsh__.env.pop(name, None)
            old = __xonsh__.env.pop("PROXYENV_OLD_" + name, None)
            if old is not None:
                __xonsh__.env[name] = old
    __xonsh__.env.pop("PROXYENV_ACTIVE", None)

def _proxyenv_set(name, value):
    if name in _proxyenv_seen:
        __xonsh__.env["PROXYENV_OLD_" + name] = _proxyenv_seen[name]
    __xonsh__.env["PROXYENV_ACTIVE"] = __xonsh__.env.get("PROXYENV_ACTIVE", "") + " " + name
    __xonsh__.env.pop(name, None)
    if value is not None:
        __xonsh__.env[name] = value

aliases["proxyenv_deactivate"] = lambda: proxyenv_deactivate()
proxyenv_deactivate()
_proxyenv_seen = dict(__xonsh__.env.detype())
"""

_FOOTER: Final = "del _proxyenv_set, _proxyenv_seen\n"

_GUARD: Final = ("if __import__('os').access({}, 4):", "")


def render_xonsh(variables: tuple[Variable, ...]) -> str:
    """The text of ``env.xsh``."""
    return (
        _HEADER + "".join(render_sections(variables, quote=quote, guard=_GUARD, command=_command)) + _FOOTER
    )


def quote(value: str) -> str:
    """An expression that xonsh, which is a Python, evaluates to *value*; ASCII alone."""
    return ascii(value)


def _command(variable: Variable) -> str:
    value = None if variable.value is None else quote(variable.value)
    return f"_proxyenv_set({variable.name!r}, {value})"


def _source(path: str) -> str:
    return f"if __import__('os').access({path}, 4):\n    source @({path})\n"


SHELLS: Final = (
    Shell(
        name="xonsh",
        env_file="xsh",
        render=render_xonsh,
        quote=quote,
        source=_source,
        rc_files=one_of(".config/xonsh/rc.xsh", ".xonshrc"),
        traces=in_home(".xonshrc", ".config/xonsh/rc.xsh"),
    ),
)
