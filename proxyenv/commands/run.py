"""``proxyenv run -- COMMAND``: one command in the environment, however little of one there is."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from proxyenv.apply.programs import become
from proxyenv.commands.command import Command, Reply
from proxyenv.errors import UsageError
from proxyenv.machine.config_directory import (
    find_config_directory,
    is_executable,
    is_readable,
    read_variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from proxyenv.commands.command import Session
    from proxyenv.model.target import Variable

_NOT_FOUND = 127
_NOT_RUN = 126


def run(session: Session) -> Reply:
    """Become the command; this returns only where that fails.

    Returns:
        Status 127 when the command is not found, 126 when it cannot be run, as shells have it.

    Raises:
        UsageError: ``usage``: there is no command.
        DiscoveryError: ``not-installed`` or ``file-unreadable``.
        SystemExit: on Windows, with the status of the command.
    """
    command = session.options.words
    if not command:
        raise UsageError(
            "usage", "`run` needs a command after `--`", hint="`proxyenv run -- COMMAND ARGUMENT ...`"
        )
    variables = read_variables(find_config_directory(session.options.prefix))
    environment = merge(session.host.environment, variables, readable=is_readable)
    try:
        become(command, environment)
    except (OSError, ValueError) as error:
        session.terminal.remark(f"proxyenv: `{command[0]}` cannot be run: {_reason(error, command[0])}")
        found = not isinstance(error, FileNotFoundError)
        return Reply(None, status="failed", code=_NOT_RUN if found else _NOT_FOUND)


def _reason(error: OSError | ValueError, program: str) -> str:
    if isinstance(error, FileNotFoundError) and is_executable(program):
        return "it is there, but not the program that its first line names"
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return f"no program, and no script that begins with `#!`; `sh {program}` would be one for a shell"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


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


COMMANDS = {"run": Command(run, type(None), usage="proxyenv run [--prefix DIR] -- COMMAND [ARGUMENT ...]")}
