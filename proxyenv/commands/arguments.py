"""Reads a command line: which verb it names, and its options, by ``argparse``.

Only the options of the verb that was named are declared, so that no other verb is imported.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from proxyenv import __version__
from proxyenv.commands import VERBS, list_group, load_command
from proxyenv.errors import UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.option import Option
from proxyenv.model.url import mask_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


_DESCRIPTION: Final = "Prefect and every other client behind an intercepting proxy."
_EPILOG: Final = "exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted"
_WITH_VALUE: Final = ("--output", "--color", "--prefix")
"""The global options that may stand before the verb with a value in an argument of its own."""

_UNASKED: Final = partial(argparse.HelpFormatter, width=80)
"""Each option that is added gets a formatter, which imports `shutil` to ask for the width of the terminal."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", mask_userinfo(message), hint=f"see `{self.prog} --help`")


def read_arguments(arguments: Sequence[str], command: Sequence[str] = ()) -> tuple[str, argparse.Namespace]:
    """The verb, and the options that were given. ``--help`` prints and ends the process.

    Args:
        arguments: the command line without the program's name. Global options may stand before the verb.
        command: for ``run``: what stands after ``--``.

    Raises:
        UsageError: ``usage``.
    """
    verb, rest = find_verb(arguments)
    if not VERBS.get(verb, ("", ""))[0]:
        _explain_group(verb, rest)
    return verb, build_parser(verb).parse_args(rest, argparse.Namespace(words=tuple(command)))


def split_command(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Take the command line of ``run`` apart, for everybody's options may stand in the command too.

    Returns:
        What stands before the first `--`, and what after it; of another verb, everything and nothing.
    """
    if "--" not in arguments:
        return arguments, []
    index = arguments.index("--")
    if "run" not in arguments[:index]:
        return arguments, []
    return arguments[:index], arguments[index + 1 :]


def find_verb(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The verb of a command line, empty where it names none, and what stands beside it."""
    verb, used = "", set()
    for index in _plain(arguments):
        longer = f"{verb} {arguments[index]}".lstrip()
        if longer not in VERBS:
            break
        verb = longer
        used.add(index)
        if VERBS[verb][0]:
            break
    return verb, [argument for index, argument in enumerate(arguments) if index not in used]


def _plain(arguments: Sequence[str]) -> Iterator[int]:
    """The indices of those arguments that are neither a global option nor the value of one."""
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument.startswith("-"):
            skip = len(argument) > len("--") and any(name.startswith(argument) for name in _WITH_VALUE)
        else:
            yield index


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


def _explain_group(verb: str, rest: Sequence[str]) -> NoReturn:
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
    unknown = next((rest[index] for index in _plain(rest)), None)
    if unknown is None or "--help" in rest or "-h" in rest:
        parser.parse_args([word for word in rest if word.startswith("-")])
        parser.error(f"a verb is missing: one of {', '.join(list_group(verb))}")
    parser.error(f"there is no verb `{f'{verb} {unknown}'.lstrip()}`: one of {', '.join(list_group(verb))}")


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("everywhere")
    group.add_argument(
        "--output", choices=("text", "json"), default="text", help="what to print on standard output"
    )
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="whether to use colours"
    )
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument("-q", "--quiet", action="store_true", help="say only what was asked for")
    group.add_argument("--prefix", metavar="DIR", help="keep all files of the installation under DIR")
