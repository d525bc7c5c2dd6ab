"""Which rc files a shell reads, and the lines that make it source the env file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import csh, elvish, fish, nushell, posix, powershell, xonsh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.installation import Layout

SHELLS: Final = (
    *("bash", "elvish", "fish", "ksh", "mksh", "nushell"),
    *("powershell", "sh", "tcsh", "xonsh", "yash", "zsh"),
)
"""The shells whose rc files are edited. `cmd` has none."""

KIN: Final = {
    **dict.fromkeys(("ash", "busybox", "dash"), "sh"),
    "csh": "tcsh",
    "ksh93": "ksh",
    "lksh": "mksh",
    "nu": "nushell",
    "pwsh": "powershell",
    "rbash": "bash",
}
"""Other names of them, as `SHELL` may have them."""

_LOGIN: Final = (".bash_profile", ".bash_login")
_ALSO: Final = {"tcsh": ".tcshrc", "xonsh": ".config/xonsh/rc.xsh", "yash": ".yashrc"}
_INTERACTIVE: Final = {"ksh": (".kshrc",), "mksh": (".mkshrc",)}
_OTHERS: Final = (*_LOGIN, *_ALSO.values(), ".zshenv")
"""Files that are chosen only where they exist."""


def rc_candidates(home: Path, environment: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    """Every file that :func:`rc_files` may choose from or look at."""
    chosen = [
        path
        for shell in SHELLS
        for path in rc_files(shell, home, environment, platform=platform, existing=frozenset())
    ]
    return tuple(dict.fromkeys((*chosen, *(home / name for name in _OTHERS))))


def rc_files(  # noqa: PLR0911 - one answer for each shell
    shell: str, home: Path, environment: Mapping[str, str], *, platform: str, existing: frozenset[Path]
) -> tuple[Path, ...]:
    """The files to edit, so that login and interactive shells both get the environment.

    A login bash reads the first of `.bash_profile`, `.bash_login` and `.profile` that exists, an
    interactive one `.bashrc` (bash manual, "Bash Startup Files"). zsh always reads `.zshenv`, where
    `ZDOTDIR` says; but a `.zshenv` at home that sets `ZDOTDIR` is the only one that a login reads. ksh and
    mksh read a file of their own when they are interactive and `.profile` at login, yash `.yash_profile` at
    login, and its defaults unless there is a `.yashrc`. fish reads every file in `conf.d`, nushell every
    file in `autoload`, tcsh `.cshrc` where there is no `.tcshrc`, and PowerShell `profile.ps1` in every
    program that hosts it.
    """

    def there(*names: str) -> tuple[Path, ...]:
        return tuple(home / name for name in names if home / name in existing)

    configuration = _configuration(home, environment)
    match shell:
        case "bash":
            return home / ".bashrc", (*there(*_LOGIN), home / ".profile")[0]
        case "zsh":
            own = Path(environment.get("ZDOTDIR") or home) / ".zshenv"
            return tuple(dict.fromkeys((own, *there(".zshenv"))))
        case "fish":
            return (configuration / "fish/conf.d/proxyenv.fish",)
        case "yash":
            return home / ".yash_profile", *there(_ALSO[shell])
        case "tcsh" | "xonsh":
            return ((*there(_ALSO[shell]), home / (".cshrc" if shell == "tcsh" else ".xonshrc"))[0],)
        case "elvish":
            return (_roaming(home, environment, platform, configuration) / "elvish/rc.elv",)
        case "nushell":
            return (_nushell(home, environment, platform) / "nushell/autoload/proxyenv.nu",)
        case "powershell":
            return _powershell(home, environment, platform)
        case _:
            return *(home / name for name in _INTERACTIVE.get(shell, ())), home / ".profile"


def _configuration(home: Path, environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config")


def _roaming(home: Path, environment: Mapping[str, str], platform: str, otherwise: Path) -> Path:
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData/Roaming")
    return otherwise


def _nushell(home: Path, environment: Mapping[str, str], platform: str) -> Path:
    """Nushell asks the platform where configuration lies, unless `XDG_CONFIG_HOME` says so."""
    own = home / "Library/Application Support" if platform == "darwin" else home / ".config"
    return Path(environment.get("XDG_CONFIG_HOME") or _roaming(home, environment, platform, own))


def _powershell(home: Path, environment: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    """On Windows both editions, each in a directory of its own below the user's documents."""
    if platform == "win32":
        return tuple(
            home / "Documents" / name / "profile.ps1" for name in ("PowerShell", "WindowsPowerShell")
        )
    return (_configuration(home, environment) / "powershell/profile.ps1",)


def rc_traces(shell: str, home: Path, environment: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    """What lies in the home of somebody who uses the shell: its rc file, or a directory that only it has."""
    files = rc_files(shell, home, environment, platform=platform, existing=frozenset())
    match shell:
        case "ksh" | "mksh":
            return files[:1]
        case "nushell":
            return tuple(path.parents[1] for path in files)
        case "powershell":
            return tuple(path.parent for path in files)
        case "tcsh" | "xonsh" | "yash":
            return *files, home / _ALSO[shell]
        case _:
            return files


def render_source_line(shell: str, layout: Layout) -> str:  # noqa: PLR0911 - one line for each shell
    """The body of the block: source the shell's env file while it is there."""
    match shell:
        case "fish":
            path = fish.quote(str(layout.env_file("fish")))
            return f"if test -r {path}\n    source {path}\nend\n"
        case "tcsh":
            path = csh.quote(str(layout.env_file("csh")))
            return f"if ( -r {path} ) source {path}\n"
        case "powershell":
            path = powershell.quote(str(layout.env_file("ps1")))
            return f"if (Test-Path -LiteralPath {path} -PathType Leaf) {{ . {path} }}\n"
        case "nushell":
            path = nushell.quote(str(layout.env_file("nu")))
            return f"source (if ({path} | path exists) {{ {path} }} else {{ null }})\n"
        case "xonsh":
            path = xonsh.quote(str(layout.env_file("xsh")))
            return f"if __import__('os').access({path}, 4):\n    source @({path})\n"
        case "elvish":
            return _elvish_line(elvish.quote(str(layout.env_file("elv"))))
        case _:
            path = posix.quote(str(layout.env_file("sh")))
            return f"if [ -r {path} ]; then . {path}; fi\n"


def rc_newline(shell: str) -> str | None:
    """What has to end the lines of the block; ``None`` for whatever the rest of the file has.

    Only PowerShell takes CRLF. To the others the carriage return is part of the last word: `fi` no longer
    ends the condition, and neither the block nor what follows is read.
    """
    return None if shell == "powershell" else "\n"


def _elvish_line(path: str) -> str:
    return (
        "use path\n"
        "var proxyenv_deactivate~ = { }\n"
        f"if (path:is-regular &follow-symlink {path}) {{\n"
        f"    eval (slurp < {path}) &on-end={{|ns| set proxyenv_deactivate~ = $ns[proxyenv_deactivate~] }}\n"
        "}\n"
    )
