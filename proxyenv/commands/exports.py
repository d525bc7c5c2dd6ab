"""Which env file answers ``proxyenv env``, found and read without importing anything that takes time."""

from __future__ import annotations

from proxyenv.machine.config_directory import find_config_directory, find_env_file

# What `env --shell` takes, and the ending of the env file that it prints. scripts/tables writes it from the
# catalogue, which takes longer to load than all else here.
# <!-- table: env-files -->
ENV_FILES = {
    "ash": "sh",
    "bash": "sh",
    "busybox": "sh",
    "cmd": "bat",
    "csh": "csh",
    "dash": "sh",
    "elvish": "elv",
    "fish": "fish",
    "ksh": "sh",
    "ksh93": "sh",
    "list": "list",
    "lksh": "sh",
    "mksh": "sh",
    "nu": "nu",
    "nushell": "nu",
    "powershell": "ps1",
    "pwsh": "ps1",
    "rbash": "sh",
    "sh": "sh",
    "tcsh": "csh",
    "xonsh": "xsh",
    "yash": "sh",
    "zsh": "sh",
}
# <!-- end -->


def find_exports(arguments: list[str]) -> bytes | None:
    """The exports in the language of one shell, as they were written.

    Args:
        arguments: what follows ``env``: ``--shell NAME`` and ``--prefix DIR``.

    Returns:
        The content of the env file, or ``None`` when the whole command line has to look at the arguments:
        they are not understood here, or nothing is installed.
    """
    options = {"--shell": "sh", "--prefix": ""}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in options:
            return None
        options[name] = value if equals else next(rest, "")
    ending = ENV_FILES.get(options["--shell"])
    if ending is None:
        return None
    return find_env_file(find_config_directory(options["--prefix"] or None), ending)
