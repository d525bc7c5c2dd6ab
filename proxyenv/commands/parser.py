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
from proxyenv.errors import TextAsked, UsageError
from proxyenv.model.suggestion import ask_for, find_similar
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proxyenv.model.option import Option

_DESCRIPTION: Final = "Prefect and every other client behind an intercepting proxy."
_EPILOG: Final = "exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted"

_UNASKED: Final = partial(argparse.HelpFormatter, width=80)
"""Each option that is added gets a formatter, which imports `shutil` to ask for the width of the terminal."""


class _Parser(argparse.ArgumentParser):
    _typed: Sequence[str] = ()

    def _print_message(self, message: str, file: object = None) -> NoReturn:  # noqa: ARG002 - as argparse has it
        """Hand over what `--help` and `--version` print; argparse hides that it could not be written."""
        raise TextAsked(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", _hide(message, self._typed), hint=self._see_help())

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - as argparse has it
        self._typed = tuple(args)
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            words = _hide(" ".join(unknown), unknown)
            hint = self._explain(unknown[0]) or self._see_help()
            raise UsageError("usage", f"unrecognized arguments: {words}", hint=hint)
        return found

    def _explain(self, unknown: str) -> str | None:
        flags = {flag.lstrip("-"): flag for flag in self._option_string_actions if flag.startswith("--")}
        named = unknown.partition("=")[0].lstrip("-") if unknown.startswith("-") else ""
        close = ask_for([flags[name] for name in find_similar(named, flags)])
        return close and f"{close} See `{self.prog} --help`"

    def _see_help(self) -> str:
        return f"see `{self.prog} --help`"


def _hide(message: str, words: Sequence[str]) -> str:
    from proxyenv.model.shown import hide_credentials  # `explain` and `help` have no need of it

    return hide_credentials(message, words)


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
    add_options(parser, {**COMMON, **command.options})  # a verb may know more formats of `--output`
    parser.set_defaults(**DEFAULTS)
    parser.formatter_class = argparse.HelpFormatter
    return parser


def build_whole() -> tuple[argparse.ArgumentParser, tuple[tuple[argparse.Action, Option], ...]]:
    """One parser of all verbs, for completion.

    Returns:
        It, and what was added for each option of each verb.
    """
    whole = _start_group("")
    groups: dict[str, Any] = {"": whole.add_subparsers()}
    added: list[tuple[argparse.Action, Option]] = []
    for verb, (module, summary) in VERBS.items():
        *outer, name = verb.split()
        parser = groups[" ".join(outer)].add_parser(name, help=summary)
        options = {**COMMON, **(load_command(verb).options if module else {})}
        added += ((action, options[name]) for name, action in add_options(parser, options).items())
        if not module:
            groups[verb] = parser.add_subparsers()
    return whole, tuple(added)


def build_help(verb: str) -> str:
    """What ``--help`` prints.

    Args:
        verb: a key of :data:`VERBS`, or empty for the whole program.
    """
    is_group = not verb or not VERBS[verb][0]
    return (_build_group(verb) if is_group else build_parser(verb)).format_help()


def explain_group(verb: str, rest: Sequence[str]) -> NoReturn:
    """Say that a verb is missing or unknown.

    Raises:
        TextAsked: the help of the program or of a group of verbs.
        UsageError: ``usage``.
    """
    parser = _build_group(verb)
    words = tuple(find_words(rest))
    unknown = rest[words[0]] if words else None
    if unknown is None or "--help" in rest or "-h" in rest:
        parser.parse_args([argument for index, argument in enumerate(rest) if index not in words])
        parser.error(f"a verb is missing: one of {', '.join(list_group(verb))}")
    wanted = f"{verb} {unknown}".lstrip()
    message = f"there is no verb `{show_location(wanted)}`: one of {', '.join(list_group(verb))}"
    raise UsageError("usage", message, hint=suggest_verb(wanted) or f"see `{parser.prog} --help`")


def _build_group(verb: str) -> _Parser:
    parser = _start_group(verb)
    group = parser.add_subparsers(metavar="VERB" if not verb else "COMMAND", parser_class=_Parser)
    for name, words in list_group(verb).items():
        group.add_parser(name, help=words)
    return parser


def _start_group(verb: str) -> _Parser:
    """The parser of the program, or of a group of verbs, without its verbs."""
    summary = VERBS[verb][1] if verb else ""
    parser = _Parser(
        prog=f"proxyenv {verb}".rstrip(),
        description=f"{summary[0].upper()}{summary[1:]}." if verb else _DESCRIPTION,
        epilog=_EPILOG,
    )
    _add_common(parser)
    if not verb:
        parser.add_argument("--version", action="version", version=f"proxyenv {__version__}")
    return parser


def suggest_verb(unknown: str) -> str | None:
    """The question whether another verb was meant; ``None`` where none is like it.

    Args:
        unknown: what stands where a verb should; for one of a group, with the name of the group.
    """
    *group, word = unknown.split()
    in_groups = [verb for verb in VERBS if verb.split()[1:] == [word]]
    if not group and in_groups:
        return ask_for(in_groups)
    return ask_for([" ".join((*group, each)) for each in find_similar(word, list_group(" ".join(group)))])


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_options(parser, COMMON)
    parser.set_defaults(**DEFAULTS)


def add_options(parser: argparse.ArgumentParser, options: Mapping[str, Option]) -> dict[str, argparse.Action]:
    """Add options to a parser, under their headings.

    Args:
        parser: of a verb.
        options: by the name of the attribute that holds the value; ``None``, or an empty list for an option
            that may be repeated, says that the option was not given.

    Returns:
        What was added, by the same names.
    """
    added: dict[str, argparse.Action] = {}
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
            added[name] = place.add_argument(name, **_help(option), **_positional(option))
        else:
            added[name] = place.add_argument(*option.flags, dest=name, **_help(option), **_named(option))
    return added


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
