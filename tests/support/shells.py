"""The shells that source the env files: how each is started, also with options that few people set."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from support.machine import TOOLS, require_client
from support.native_install import require_tools

__all__ = ["POSIX", "SHELLS", "TELLS", "Shell", "find_program", "read_environment", "run", "source"]


class Shell(NamedTuple):
    command: tuple[str, ...]
    file: str = "env.sh"
    source: str = "."
    before: str = ""  # what has to stand before anything else
    program: str = "env -0"
    separator: str = "; "


ODD_ZSH: Final = (
    "setopt ksh_arrays sh_word_split glob_subst null_glob rc_expand_param ksh_glob ignore_braces err_return "
    "no_unset warn_create_global typeset_silent all_export posix_builtins; IFS=_a/; "
)
ODD_TCSH: Final = "set backslash_quote noglob noclobber nonomatch; set histchars = '%^'\n"

SHELLS: Final = {
    "bash": Shell(("bash", "--norc")),
    "bash --posix": Shell(("bash", "--norc", "--posix")),
    "bash -eu": Shell(("bash", "--norc", "-eu")),
    "bash, odd options": Shell(
        ("bash", "--norc", "-efuC"), before="shopt -s nocasematch nullglob extglob; IFS=_a/; "
    ),
    "busybox": Shell(("busybox", "sh")),
    "busybox, odd options": Shell(("busybox", "sh", "-efuC"), before="IFS=_a/; "),
    "dash": Shell(("dash",)),
    "dash, odd options": Shell(("dash", "-efuC"), before="IFS=_a/; "),
    "elvish": Shell(
        ("elvish", "-norc"),
        "env.elv",
        "eval &on-end={|n| set proxyenv_deactivate~ = $n[proxyenv_deactivate~] } (slurp < FILE)",
        before="var proxyenv_deactivate~ = { }\n",
        separator="\n",
    ),
    "fish": Shell(("fish", "--no-config"), "env.fish", "source"),
    "ksh": Shell(("ksh",)),
    "ksh, odd options": Shell(("ksh", "-efuC"), before="IFS=_a/; "),
    "mksh": Shell(("mksh",)),
    "mksh, odd options": Shell(("mksh", "-efuC"), before="IFS=_a/; "),
    "nushell": Shell(("nu", "-n"), "env.nu", "source", program="^env -0"),
    "tcsh": Shell(("tcsh", "-f"), "env.csh", "source", separator="\n"),
    "tcsh, odd options": Shell(("tcsh", "-f"), "env.csh", "source", before=ODD_TCSH, separator="\n"),
    "xonsh": Shell(("xonsh", "--no-rc"), "env.xsh", "source", separator="\n"),
    "yash": Shell(("yash", "--norcfile")),
    "yash, odd options": Shell(("yash", "--norcfile", "-efuC"), before="IFS=_a/; "),
    "zsh": Shell(("zsh", "-f")),
    "zsh -eu": Shell(("zsh", "-f", "-eu")),
    "zsh, odd options": Shell(("zsh", "-f"), before=ODD_ZSH),
}
POSIX: Final = tuple(name for name, shell in SHELLS.items() if shell.file == "env.sh")
TELLS: Final = tuple(
    name
    for name in SHELLS
    if name.startswith(("bash", "zsh", "ksh", "mksh", "fish", "tcsh")) and "odd" not in name
)
"""The shells that can say whether a variable is exported, or that need not be asked."""


def find_program(name: str) -> str:
    """Debian's, or one that is installed for these tests."""
    if name not in {"nu", "xonsh"}:
        return require_client(name)
    return str(getattr(require_tools(TOOLS), name))


def source(shell: Shell, directory: str = ".") -> str:
    path = f"{directory}/{shell.file}"
    return shell.source.replace("FILE", path) if "FILE" in shell.source else f"{shell.source} {path}"


def run(
    name: str, directory: Path, script: str, environment: dict[str, str] | None = None, *, says: str = ""
) -> dict[str, str]:
    """The environment that a program sees at the end of *script*, in which `SOURCE` sources the env file.

    Args:
        name: of the shell, in :data:`SHELLS`.
        directory: where the env files are.
        script: commands with `; ` between them.
        environment: before.
        says: what stands in a complaint; by default there must be none.
    """
    shell = SHELLS[name]
    script = script.replace("SOURCE", source(shell)) + f"; {shell.program}"
    done = subprocess.run(
        [
            find_program(shell.command[0]),
            *shell.command[1:],
            "-c",
            shell.before + script.removeprefix("true; ").replace("; ", shell.separator),
        ],
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "LANG": "C.UTF-8", **(environment or {})},
        capture_output=True,
        check=True,
    )
    assert says in done.stderr.decode() if says else done.stderr == b""
    return read_environment(done.stdout)


def read_environment(output: bytes) -> dict[str, str]:
    """What ``env -0`` prints, without what shells write themselves."""
    pairs = (entry.partition("=") for entry in output.decode("utf-8", "surrogateescape").split("\0") if entry)
    noise = {"_", "SHLVL", "PWD", "OLDPWD", "LAST_EXIT_CODE", "NU_VERSION", "IFS"}
    return {key: value for key, _, value in pairs if key not in noise}
