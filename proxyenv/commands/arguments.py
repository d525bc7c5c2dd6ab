"""Reads a command line: which verb it names, and its options.

What is spelt in full is read from the declarations of the options. Everything else, ``--help`` and whatever
is wrong among it, is left to ``argparse``, which takes longer to import than reading the command line.
"""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from proxyenv.commands import VERBS, load_command
from proxyenv.errors import UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.option import Option
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proxyenv.commands.command import Session
    from proxyenv.model.intent import Request


COMMON: Final = {
    "output": Option(
        ("--output",), "what to print on standard output", choices=("text", "json"), group="everywhere"
    ),
    "color": Option(
        ("--color",), "whether to use colours", choices=("auto", "always", "never"), group="everywhere"
    ),
    "verbose": Option(("-v", "--verbose"), "say more", takes="yes", group="everywhere"),
    "quiet": Option(("-q", "--quiet"), "say only what was asked for", takes="yes", group="everywhere"),
    "prefix": Option(
        ("--prefix",), "keep all files of the installation under DIR", metavar="DIR", group="everywhere"
    ),
}
"""The options of every verb."""

DOCUMENTS: Final = {
    "output": COMMON["output"]._replace(choices=("text", "json", "markdown", "html")),
    "anonymize": Option(
        ("--anonymize",),
        "replace names, addresses, users, paths and fingerprints, the same everywhere in the report",
        takes="yes",
    ),
}
"""For verbs whose reports are shown to others."""

DEFAULTS: Final = {"output": "text", "color": "auto", "verbose": False, "quiet": False}
"""Their values where they are not given; that of any other option is ``None``, or an empty list."""

NO_CHECK: Final = {"no_check": Option(("--no-check",), "do not check the result", takes="yes")}

CONSENT: Final = {
    "dry_run": Option(("--dry-run",), "show what would change, and stop", takes="yes"),
    "yes": Option(("-y", "--yes"), "ask nothing", takes="yes"),
}
"""For verbs that change something."""

_WITH_VALUE: Final = tuple(option.flag for option in COMMON.values() if not option.is_switch)
"""The options that may stand before the verb with a value in an argument of its own."""


def choose_options(*names: str) -> dict[str, Option]:
    """Some of the options of ``setup``, for a verb that takes no others."""
    return {name: SETUP_OPTIONS[name] for name in names}


def read_arguments(arguments: Sequence[str], command: Sequence[str] = ()) -> tuple[str, SimpleNamespace]:
    """The verb, and the options that were given.

    The verb is empty where nothing is asked for but text.

    Args:
        arguments: the command line without the program's name. Global options may stand before the verb.
        command: for ``run``: what stands after ``--``.

    Raises:
        TextAsked: by ``--help``.
        UsageError: ``usage`` or ``url-invalid``.
    """
    verb, rest = find_verb(arguments)
    if not verb and not any(find_words(rest)):
        values = read_options(COMMON, rest)
        if values is not None and values["output"] == "text":
            return verb, SimpleNamespace(words=(), **values)
    if not VERBS.get(verb, ("", ""))[0]:
        from proxyenv.commands.parser import explain_group

        explain_group(verb, rest)
    if verb == "run" and not command:
        _require_dashes(rest)
    options = {**COMMON, **load_command(verb).options}
    values = read_options(options, rest)
    found = SimpleNamespace(words=tuple(command), **(values or {}))
    if values is None:
        from proxyenv.commands.parser import build_parser

        build_parser(verb).parse_args(rest, found)
    if any(":" in str(vars(found).get(name)) for name, each in options.items() if each.kinds):
        from proxyenv.commands.locations import require_locations

        require_locations(options, vars(found))
    return verb, found


def read_options(options: Mapping[str, Option], arguments: Sequence[str]) -> dict[str, Any] | None:
    """The values of options that are spelt in full, as ``argparse`` would read them.

    Returns:
        Every value by the name of its option; ``None`` where ``argparse`` has to look: an abbreviation, a
        value that begins with a dash, a positional argument, anything that is wrong.
    """
    flags = {flag: name for name, option in options.items() for flag in _flags(option)}
    values: dict[str, Any] = {
        name: DEFAULTS.get(name, [] if option.takes == "values" else None)
        for name, option in options.items()
        if option.flags
    }
    if any(option.is_positional and option.required for option in options.values()):
        return None
    rest, given = list(arguments), set()
    while rest:
        flag, equals, value = _split(rest.pop(0))
        name = flags.get(flag)
        if name is None:
            return None
        option = options[name]
        if not equals and not option.is_switch and rest and not rest[0].startswith("-"):
            equals, value = "=", rest.pop(0)
        read = _read_value(option, flag, value if equals else None)
        if read is None:
            return None
        given.add(name)
        values[name] = [*values[name], read] if option.takes == "values" else read
    exclusive = [options[name].excludes for name in given if options[name].excludes]
    return values if len(exclusive) == len(set(exclusive)) else None


def _flags(option: Option) -> Iterator[str]:
    if not option.is_positional:
        yield from option.flags
        if option.takes == "yes-no":
            yield f"--no-{option.flag.removeprefix('--')}"


def _split(argument: str) -> tuple[str, str, str]:
    return argument.partition("=") if argument.startswith("--") else (argument, "", "")


def _read_value(option: Option, flag: str, value: str | None) -> Any:  # noqa: ANN401 - as an attribute holds it
    """The value that one use of an option gives; ``None`` where there is something wrong with it."""
    if option.is_switch:
        no = option.takes == "no" or flag not in option.flags
        return None if value is not None else not no
    if value is None:
        return True if option.takes == "optional-value" else None
    if option.choices and value not in option.choices:
        return None
    return (value,) if option.takes == "list" else value


def read_request(session: Session) -> Request:
    """The request that the options of ``setup``, ``diff``, ``discover`` and ``refresh`` make.

    Raises:
        UsageError: see :func:`proxyenv.decide.given.judge_given`; or ``proxy-password``.
        TrustError: see there.
    """
    from proxyenv.decide.given import judge_given
    from proxyenv.model.intent import Request

    given = {name: value for name, value in vars(session.options).items() if name in SETUP_OPTIONS}
    if given.get("activation") is True:
        if given.get("activate") is False:
            raise UsageError("usage", "`--activate` and `--no-activate` exclude each other")
        given |= {"activation": None, "activate": True}
    texts = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    request = Request(**(given | texts), refresh=session.verb == "refresh")
    judge_given(request)
    if any("@" in (given.get(name) or "") for name, option in SETUP_OPTIONS.items() if option.sensitive):
        from proxyenv.commands.proxy_password import settle_given

        return request._replace(proxy_password=settle_given(session, given))
    return request


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


def _require_dashes(rest: Sequence[str]) -> None:
    """Refuse a command that does not stand after `--`."""
    index = next(find_words(rest), None)
    if index is not None:
        typed = shlex.join(rest[index:])
        shown = typed if show_location(typed) == typed else "COMMAND ARGUMENT ..."
        raise UsageError("usage", "`run` needs `--` before the command", hint=f"`proxyenv run -- {shown}`")


def find_verb(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The verb of a command line, empty where it names none, and what stands beside it."""
    verb, used = "", set()
    for index in find_words(arguments):
        longer = f"{verb} {arguments[index]}".lstrip()
        if longer not in VERBS:
            break
        verb = longer
        used.add(index)
        if VERBS[verb][0]:
            break
    return verb, [argument for index, argument in enumerate(arguments) if index not in used]


def find_words(arguments: Sequence[str]) -> Iterator[int]:
    """The indices of those arguments that are neither a global option nor the value of one."""
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument.startswith("-"):
            skip = len(argument) > len("--") and any(name.startswith(argument) for name in _WITH_VALUE)
        else:
            yield index
