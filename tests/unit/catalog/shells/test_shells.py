from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.env_formats import load_formats
from proxyenv.catalog.shells import get_shell, load_shells, names_with_rc_files, rc_candidates
from proxyenv.catalog.shells.shell import Home
from proxyenv.commands.exports import ENV_FILES

HOME = Path("/h")


@pytest.mark.parametrize(
    ("shell", "platform", "environment", "existing", "expected"),
    [
        pytest.param("bash", "linux", {}, (), ".bashrc .profile", id="bash"),
        pytest.param("zsh", "darwin", {}, (), ".zshenv", id="zsh"),
        pytest.param("zsh", "linux", {"ZDOTDIR": "/h/z"}, (), "z/.zshenv", id="zsh, ZDOTDIR"),
        pytest.param(
            "zsh", "linux", {"ZDOTDIR": "/h/z"}, (".zshenv",), "z/.zshenv .zshenv", id="zsh, .zshenv sets it"
        ),
        pytest.param("zsh", "linux", {"ZDOTDIR": "z"}, (), ".zshenv", id="zsh, ZDOTDIR is relative"),
        pytest.param("zsh", "linux", {"ZDOTDIR": "/h"}, (".zshenv",), ".zshenv", id="zsh, ZDOTDIR is home"),
        pytest.param("ksh", "linux", {}, (), ".kshrc .profile", id="ksh"),
        pytest.param("mksh", "linux", {}, (), ".mkshrc .profile", id="mksh"),
        pytest.param("yash", "linux", {}, (), ".yash_profile", id="yash"),
        pytest.param("yash", "linux", {}, (".yashrc",), ".yash_profile .yashrc", id="yash, its own rc file"),
        pytest.param("sh", "linux", {}, (".bash_profile",), ".profile", id="sh"),
        pytest.param(
            "fish", "linux", {"XDG_CONFIG_HOME": "/h/x"}, (), "x/fish/conf.d/proxyenv.fish", id="fish"
        ),
        pytest.param(
            "fish",
            "linux",
            {"XDG_CONFIG_HOME": "x"},
            (),
            ".config/fish/conf.d/proxyenv.fish",
            id="fish, XDG_CONFIG_HOME is relative",
        ),
        pytest.param("tcsh", "linux", {}, (), ".cshrc", id="tcsh"),
        pytest.param("tcsh", "linux", {}, (".tcshrc", ".cshrc"), ".tcshrc", id="tcsh reads one of the two"),
        pytest.param("xonsh", "linux", {}, (), ".xonshrc", id="xonsh"),
        pytest.param("elvish", "win32", {}, (), "AppData/Roaming/elvish/rc.elv", id="elvish, Windows"),
        pytest.param(
            "nushell",
            "darwin",
            {},
            (),
            "Library/Application Support/nushell/autoload/proxyenv.nu",
            id="nushell, macOS",
        ),
        pytest.param(
            "nushell",
            "darwin",
            {"XDG_CONFIG_HOME": "x"},
            (),
            "Library/Application Support/nushell/autoload/proxyenv.nu",
            id="nushell, XDG_CONFIG_HOME is relative",
        ),
        pytest.param(
            "powershell",
            "win32",
            {},
            (),
            "Documents/PowerShell/profile.ps1 Documents/WindowsPowerShell/profile.ps1",
            id="PowerShell, both editions",
        ),
        pytest.param("powershell", "linux", {}, (), ".config/powershell/profile.ps1", id="PowerShell, Linux"),
    ],
)
def test_rc_files(
    shell: str, platform: str, environment: dict[str, str], existing: tuple[str, ...], expected: str
) -> None:
    home = Home(HOME, environment, platform)
    files = get_shell(shell).choose_rc_files(home, frozenset(HOME / name for name in existing))
    names = " ".join(str(path.relative_to(HOME)) for path in files)
    assert names == expected


def test_whatever_may_be_chosen_is_looked_at() -> None:
    home = Home(HOME, {"ZDOTDIR": "/h/z"}, "linux")
    known = frozenset(rc_candidates(home))
    for shell in load_shells():
        assert set(shell.choose_rc_files(home, known)) <= known


def test_the_files_that_setup_may_edit() -> None:
    names = sorted(str(path.relative_to(HOME)) for path in rc_candidates(Home(HOME, {}, "linux")))
    assert names == [
        ".bash_login",
        ".bash_profile",
        ".bashrc",
        ".config/elvish/rc.elv",
        ".config/fish/conf.d/proxyenv.fish",
        ".config/nushell/autoload/proxyenv.nu",
        ".config/powershell/profile.ps1",
        ".config/xonsh/rc.xsh",
        ".cshrc",
        ".kshrc",
        ".mkshrc",
        ".profile",
        ".tcshrc",
        ".xonshrc",
        ".yash_profile",
        ".yashrc",
        ".zshenv",
    ]


@pytest.mark.parametrize(
    ("shell", "platform", "expected"),
    [
        ("bash", "linux", ".bashrc .profile"),
        ("sh", "linux", ".profile"),
        ("ksh", "linux", ".kshrc"),
        ("mksh", "linux", ".mkshrc"),
        ("yash", "linux", ".yash_profile .yashrc"),
        ("zsh", "linux", ".zshenv"),
        ("fish", "linux", ".config/fish/conf.d/proxyenv.fish"),
        ("tcsh", "linux", ".cshrc .tcshrc"),
        ("xonsh", "linux", ".xonshrc .config/xonsh/rc.xsh"),
        ("elvish", "linux", ".config/elvish/rc.elv"),
        ("nushell", "darwin", "Library/Application Support/nushell"),
        ("powershell", "win32", "Documents/PowerShell Documents/WindowsPowerShell"),
        ("cmd", "win32", ""),
    ],
)
def test_what_shows_that_somebody_uses_a_shell(shell: str, platform: str, expected: str) -> None:
    traces = get_shell(shell).traces(Home(HOME, {}, platform))
    assert " ".join(str(path.relative_to(HOME)) for path in traces) == expected


def test_no_two_shells_have_the_same_name() -> None:
    names = [name for shell in load_shells() for name in shell.names]
    assert len(names) == len(set(names))


def test_the_command_line_knows_every_shell() -> None:
    files = {name: shell.env_file for shell in load_shells() for name in shell.names}
    own = {each.env_file: each.env_file for each in load_formats() if each.env_file is not None}
    assert {**files, **own} == ENV_FILES


def test_cmd_alone_reads_no_file_at_its_start() -> None:
    assert {shell.name for shell in load_shells()} - {*names_with_rc_files()} == {"cmd"}


def test_a_name_that_no_shell_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        get_shell("command.com")


@pytest.mark.parametrize(("shell", "expected"), [("powershell", None), ("bash", "\n"), ("tcsh", "\n")])
def test_only_powershell_gets_crlf(shell: str, expected: str | None) -> None:
    assert get_shell(shell).newline == expected
