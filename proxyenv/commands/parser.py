"""The parser of a verb, by ``argparse``: for ``--help``, for errors, and for what is not read without it.

Only the options of the verb that was named are declared, so that no other verb is imported.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from proxyenv import __version__
from proxyenv.commands import VERBS, list_group, load_command
from proxyenv.commands.arguments import COMMON, DEFAULTS, find_words
from proxyenv.errors import UsageError
from proxyenv.model.url import mask_userinfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proxyenv.model.option import Option

_DESCRIPTION: Final = "Prefect and every other client behind an intercepting proxy."
_EPILOG: Final = "exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted"

_UNASKED: Final = partial(argparse.HelpFormatter, width=80)
"""Each option that is added gets a formatter, which imports `shutil` to ask for the width of the terminal."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", mask_userinfo(message), hint=f"see `{self.prog} --help`")


def build_parser(verb: str) -> argparse.ArgumentParser:
    """The parser of one verb."""
    command, (_, summary) = load_command(verb), VERBS[verb]
    parser = _Parser(
        prog=f"proxyenv {verb}",
        usage=command.usage,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_EPILOG,
        argument_default=None,
        formatter_class=_UNASKED,
    )
    _add_common(parser)
    add_options(parser, command.options)
    parser.formatter_class = argparse.HelpFormatter
    return parser


def explain_group(verb: str, rest: Sequence[str]) -> NoReturn:
    """Print the help of the program or of a group of verbs, or say that a verb is missing."""
    summary = VERBS[verb][1] if verb else ""
    parser = _Parser(
        prog=f"proxyenv {verb}".rstrip(),
        description=f"{summary[0].upper()}{summary[1:]}." if verb else _DESCRIPTION,
        epilog=_EPILOG,
    )
    _add_common(parser)
    if not verb:
        parser.add_argument("--version", action="version", version=f"proxyenv {__version__}")
    group = parser.add_subparsers(metavar="VERB" if not verb else "COMMAND", parser_class=_Parser)
    for name, words in list_group(verb).items():
        group.add_parser(name, help=words)
    unknown = next((rest[index] for index in find_words(rest)), None)
    if unknown is None or "--help" in rest or "-h" in rest:
        parser.parse_args([word for word in rest if word.startswith("-")])
        parser.error(f"a verb is missing: one of {', '.join(list_group(verb))}")
    parser.error(f"there is no verb `{f'{verb} {unknown}'.lstrip()}`: one of {', '.join(list_group(verb))}")


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_options(parser, COMMON)
    parser.set_defaults(**DEFAULTS)


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
