"""Gives a parser the options of a verb, and reads their values back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.commands.command import Session
    from proxyenv.model.intent import Request

NO_CHECK: Final = {"no_check": Option(("--no-check",), "do not check the result", takes="yes")}

CONSENT: Final = {
    "dry_run": Option(("--dry-run",), "show what would change, and stop", takes="yes"),
    "yes": Option(("-y", "--yes"), "ask nothing", takes="yes"),
}
"""For verbs that change something."""


def choose_options(*names: str) -> dict[str, Option]:
    """Some of the options of ``setup``, for a verb that takes no others."""
    return {name: SETUP_OPTIONS[name] for name in names}


def add_options(parser: argparse.ArgumentParser, options: Mapping[str, Option]) -> None:
    """Add options to a parser, under their headings.

    Args:
        parser: of a verb.
        options: by the name of the attribute that holds the value; ``None``, or an empty list for an option
            that may be repeated, says that the option was not given.
    """
    groups: dict[str, argparse._ArgumentGroup] = {}
    exclusive: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for name, option in options.items():
        if not option.flags:
            continue
        place: argparse._ActionsContainer = parser
        if option.group:
            if option.group not in groups:
                groups[option.group] = parser.add_argument_group(option.group)
            place = groups[option.group]
        if option.excludes:
            if option.excludes not in exclusive:
                exclusive[option.excludes] = place.add_mutually_exclusive_group()
            place = exclusive[option.excludes]
        if option.is_positional:
            place.add_argument(name, **_help(option), **_positional(option))
        else:
            place.add_argument(*option.flags, dest=name, **_help(option), **_named(option))


def _help(option: Option) -> dict[str, Any]:
    if option.hidden:
        return {"help": argparse.SUPPRESS}
    return {"help": render_help(option).replace("%", "%%")}


def render_help(option: Option) -> str:
    """The help of an option, with the names that it takes."""
    return option.help.format(names=", ".join(find_names(option.names))) if option.names else option.help


def find_names(catalogue: str) -> tuple[str, ...]:
    """The names that an option of that catalogue takes."""
    if catalogue == "shells":
        from proxyenv.catalog.shells import names_with_rc_files

        return names_with_rc_files()
    from proxyenv.catalog.tools import configurable

    return tuple(configurable())


def _named(option: Option) -> dict[str, Any]:
    if option.takes == "yes-no":
        return {"action": argparse.BooleanOptionalAction, "default": None}
    if option.is_switch:
        return {"action": f"store_{str(option.takes == 'yes').lower()}", "default": None}
    value: dict[str, Any] = {"choices": option.choices or None, "metavar": option.metavar}
    if option.takes == "values":
        return value | {"action": "append", "default": []}
    if option.takes == "optional-value":
        return value | {"nargs": "?", "const": True}
    if option.takes == "list":
        return value | {"type": lambda text: (text,)}
    return value


def _positional(option: Option) -> dict[str, Any]:
    value: dict[str, Any] = {"choices": option.choices or None, "metavar": option.metavar or option.flag}
    if option.takes == "values":
        return value | {"nargs": "+" if option.required else "*"}
    return value if option.required else value | {"nargs": "?"}


def read_request(session: Session) -> Request:
    """The request that the options of ``setup``, ``diff``, ``discover`` and ``refresh`` make.

    Raises:
        UsageError: ``usage``: the profile is to be made active and is not to be.
    """
    from proxyenv.model.intent import Request

    given = {name: value for name, value in vars(session.options).items() if name in SETUP_OPTIONS}
    if given.get("activation") is True:
        if given.get("activate") is False:
            raise UsageError("usage", "`--activate` and `--no-activate` exclude each other")
        given |= {"activation": None, "activate": True}
    texts = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return Request(**(given | texts), refresh=session.verb == "refresh")
