"""``proxyenv run -- COMMAND``: one command in the environment, however little of one there is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from proxyenv.apply.program import become
from proxyenv.catalog.shells.posix import parse_posix
from proxyenv.errors import DiscoveryError, UsageError, not_installed
from proxyenv.machine.config_directory import find_config_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from proxyenv.cli.session import Result, Session
    from proxyenv.model.target import Variable

_NOT_FOUND = 127
_NOT_RUN = 126


def split_command(arguments: list[str]) -> tuple[list[str], list[str]]:
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


def run_command(session: Session, command: Sequence[str]) -> Result:
    """Become the command; this returns only by an exception.

    Raises:
        UsageError: ``usage``: there is no command.
        DiscoveryError: ``not-installed`` or ``file-unreadable``.
        SystemExit: 127 when the command is not found, 126 when it cannot be run, as shells have it; on
            Windows the status of the command.
    """
    if not command:
        raise UsageError(
            "usage", "`run` needs a command after `--`", hint="`proxyenv run -- COMMAND ARGUMENT ...`"
        )
    directory = find_config_directory(getattr(session.options, "prefix", None))
    variables = read_variables(directory)
    environment = merge(session.host.environment, variables, readable=lambda path: os.access(path, os.R_OK))
    try:
        become(command, environment)
    except (OSError, ValueError) as error:
        session.terminal.remark(f"proxyenv: `{command[0]}` cannot be run: {_reason(error, command[0])}")
        found = not isinstance(error, FileNotFoundError)
        raise SystemExit(_NOT_RUN if found else _NOT_FOUND) from error


def _reason(error: OSError | ValueError, program: str) -> str:
    if isinstance(error, FileNotFoundError) and os.access(program, os.X_OK):
        return "it is there, but not the program that its first line names"
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return f"no program, and no script that begins with `#!`; `sh {program}` would be one for a shell"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def read_variables(directory: str) -> tuple[Variable, ...]:
    """What ``env.sh`` sets and unsets, and which file it looks for before it does.

    Args:
        directory: of the env files.

    Raises:
        DiscoveryError: ``not-installed``, or ``file-unreadable``: it is not as this version writes it.
    """
    path = f"{directory}/env.sh"
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:  # noqa: PTH123 - a string
            variables = parse_posix(file.read())
    except FileNotFoundError as error:
        raise not_installed() from error
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{path}` cannot be read: {error.strerror}") from error
    if not variables:
        raise DiscoveryError(
            "file-unreadable",
            f"`{path}` is not as proxyenv writes it",
            hint="`proxyenv refresh` writes it anew",
        )
    return variables


def merge(
    environment: Mapping[str, str], variables: Sequence[Variable], *, readable: Callable[[str], bool]
) -> dict[str, str]:
    """The environment as it is after sourcing: what names a missing file is left as it was.

    Args:
        environment: before.
        variables: to set and to unset.
        readable: whether a file can be read.
    """
    merged = dict(environment)
    for variable in variables:
        if variable.file is not None and not readable(variable.file):
            continue
        if variable.value is None:
            merged.pop(variable.name, None)
        else:
            merged[variable.name] = variable.value
    return merged
