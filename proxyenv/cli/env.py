"""``proxyenv env``: the env file as it lies there, and nothing imported to print it."""

from __future__ import annotations

import sys

from proxyenv.machine.config_directory import find_config_directory

DIALECTS = {
    "ash": "sh",
    "bash": "sh",
    "busybox": "sh",
    "cmd": "bat",
    "csh": "csh",
    "dash": "sh",
    "elvish": "elv",
    "fish": "fish",
    "ksh": "sh",
    "list": "list",
    "mksh": "sh",
    "nu": "nu",
    "nushell": "nu",
    "powershell": "ps1",
    "pwsh": "ps1",
    "sh": "sh",
    "tcsh": "csh",
    "xonsh": "xsh",
    "yash": "sh",
    "zsh": "sh",
}
"""What `--shell` may say → the ending of the env file that answers."""

FORMATS = (
    "direnv",
    "docker",
    "dockerfile",
    "environment.d",
    "github",
    "gitlab",
    "json",
    "systemd",
    "vscode",
)
"""What `--format` may say; `docker` is the same as `--shell list`."""


def print_exports(arguments: list[str]) -> int | None:
    """Print the exports of one dialect.

    Args:
        arguments: what follows ``env``: ``--shell NAME`` and ``--prefix DIR``.

    Returns:
        The exit status, or ``None`` when the whole command line has to look at the arguments: they
        are not understood here, or nothing is installed.
    """
    options = {"--shell": "sh", "--prefix": ""}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in options:
            return None
        options[name] = value if equals else next(rest, "")
    dialect = DIALECTS.get(options["--shell"])
    if dialect is None:
        return None
    path = f"{find_config_directory(options['--prefix'] or None)}/env.{dialect}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs as much as all the rest
            content = file.read()
    except OSError:
        return None
    sys.stdout.buffer.write(content)
    return 0
