"""``proxyenv completion``: what a shell needs to complete verbs, options and their values.

The script is static: completing starts no Python. It is written by shtab from the same declarations as the
parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.commands.command import Command, Reply
from proxyenv.commands.parser import build_whole, find_names
from proxyenv.model.option import Option
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    import argparse

    from proxyenv.commands.command import Session

_SHELLS: Final = ("bash", "zsh", "fish", "tcsh", "powershell")


class CompletionResult(NamedTuple):
    """The script for one shell.

    Args:
        shell: its name.
        script: to be read by the shell when it starts.
    """

    shell: str
    script: str


def run(session: Session) -> Reply:
    """Print the script."""
    shell = session.options.shell
    script = render_completion(shell)
    return Reply(CompletionResult(shell, script), (script.rstrip("\n"),))


def render_completion(shell: str) -> str:
    """The script that completes command lines of `proxyenv`.

    Args:
        shell: one of `bash`, `zsh`, `fish`, `tcsh` and `powershell`.
    """
    import shtab

    whole, added = build_whole()
    for action, option in added:
        _say_what_completes(action, option)
    script: str = shtab.complete(whole, shell)
    return script


def _say_what_completes(action: argparse.Action, option: Option) -> None:
    import shtab

    named: dict[str, Any] = {"FILE": shtab.FILE, "PATH": shtab.FILE, "DIR": shtab.DIRECTORY}
    kind = (option.metavar or "").partition("|")[0]
    if kind in named:
        vars(action)["complete"] = named[kind]
    elif option.names:
        action.choices = find_names(option.names)


_OPTIONS = {"shell": Option(("SHELL",), "whose completion", choices=_SHELLS, metavar="SHELL")}

COMMANDS = {"completion": Command(run, CompletionResult, _OPTIONS)}
