"""``proxyenv help`` and ``proxyenv version``: the usual."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from proxyenv import __version__
from proxyenv.commands import VERBS
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.parser import build_help, suggest_verb
from proxyenv.errors import UsageError
from proxyenv.model.option import Option
from proxyenv.model.url import show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.commands.command import Session


class HelpResult(NamedTuple):
    """The help of a verb.

    Args:
        verb: its name, empty for the whole program.
        text: what `--help` prints.
    """

    verb: str
    text: str


class VersionResult(NamedTuple):
    """What runs here.

    Args:
        version: of proxyenv.
        python: the version of the Python that runs it.
    """

    version: str
    python: str


def run_help(session: Session) -> Reply:
    """What ``proxyenv VERB --help`` prints.

    Raises:
        UsageError: ``usage``: there is no such verb.
    """
    verb = " ".join(session.options.verbs)
    if verb and verb not in VERBS:
        hint = suggest_verb(verb) or "`proxyenv help` lists all verbs"
        raise UsageError("usage", f"there is no verb `{show_location(verb)}`", hint=hint)
    text = build_help(verb)
    return Reply(HelpResult(verb, text), (text.rstrip("\n"),))


def run_version(_session: Session) -> Reply:
    """The versions of this program, and of what runs it."""
    found = VersionResult(__version__, ".".join(map(str, sys.version_info[:3])))
    return Reply(found, (f"proxyenv {found.version}, Python {found.python}",))


_VERB = {"verbs": Option(("VERB",), "the verb to explain", takes="values", required=False)}

COMMANDS = {
    "help": Command(run_help, HelpResult, _VERB),
    "version": Command(run_version, VersionResult),
}
