"""Which rc files a shell reads, and the lines that make it source the env file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.targets import fish, posix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.layout import Layout

SHELLS: Final = ("bash", "fish", "sh", "zsh")
"""The shells whose rc files are edited."""

_LOGIN: Final = (".bash_profile", ".bash_login")


def rc_candidates(home: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Every file that :func:`rc_files` may choose from or look at."""
    return tuple(
        dict.fromkeys(
            path
            for shell in SHELLS
            for path in (
                *rc_files(shell, home, environment, existing=frozenset()),
                *(home / name for name in _LOGIN),
            )
        )
    )


def rc_files(
    shell: str, home: Path, environment: Mapping[str, str], *, existing: frozenset[Path]
) -> tuple[Path, ...]:
    """The files to edit, so that login and interactive shells both get the environment.

    A login bash reads the first of `.bash_profile`, `.bash_login` and `.profile` that exists, an
    interactive one `.bashrc` (bash manual, "Bash Startup Files"). zsh always reads `.zshenv`; fish
    reads every file in `conf.d`.
    """
    match shell:
        case "bash":
            login = next((home / name for name in _LOGIN if home / name in existing), home / ".profile")
            return home / ".bashrc", login
        case "zsh":
            return (Path(environment.get("ZDOTDIR") or home) / ".zshenv",)
        case "fish":
            return (
                Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "fish/conf.d/proxyenv.fish",
            )
        case _:
            return (home / ".profile",)


def render_source_line(shell: str, layout: Layout) -> str:
    """The body of the block: source the shell's env file while it is there."""
    if shell == "fish":
        path = fish.quote(str(layout.env_file("fish")))
        return f"if test -r {path}\n    source {path}\nend\n"
    path = posix.quote(str(layout.env_file("sh")))
    return f"if [ -r {path} ]; then . {path}; fi\n"
