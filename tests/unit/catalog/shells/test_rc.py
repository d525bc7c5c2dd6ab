from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.shells.rc import KIN, SHELLS, rc_candidates, rc_files, rc_newline

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
        pytest.param("zsh", "linux", {"ZDOTDIR": "/h"}, (".zshenv",), ".zshenv", id="zsh, ZDOTDIR is home"),
        pytest.param("ksh", "linux", {}, (), ".kshrc .profile", id="ksh"),
        pytest.param("mksh", "linux", {}, (), ".mkshrc .profile", id="mksh"),
        pytest.param("yash", "linux", {}, (), ".yash_profile", id="yash"),
        pytest.param("yash", "linux", {}, (".yashrc",), ".yash_profile .yashrc", id="yash, its own rc file"),
        pytest.param("sh", "linux", {}, (".bash_profile",), ".profile", id="sh"),
        pytest.param(
            "fish", "linux", {"XDG_CONFIG_HOME": "/h/x"}, (), "x/fish/conf.d/proxyenv.fish", id="fish"
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
    files = rc_files(
        shell, HOME, environment, platform=platform, existing=frozenset(HOME / name for name in existing)
    )
    names = " ".join(str(path.relative_to(HOME)) for path in files)
    assert names == expected


def test_whatever_may_be_chosen_is_looked_at() -> None:
    known = set(rc_candidates(HOME, {"ZDOTDIR": "/h/z"}, "linux"))
    everything = frozenset(known)
    for shell in SHELLS:
        chosen = rc_files(shell, HOME, {"ZDOTDIR": "/h/z"}, platform="linux", existing=everything)
        assert set(chosen) <= known


def test_kin_are_shells() -> None:
    assert set(KIN.values()) <= set(SHELLS)
    assert not set(KIN) & set(SHELLS)


@pytest.mark.parametrize(("shell", "expected"), [("powershell", None), ("bash", "\n"), ("tcsh", "\n")])
def test_only_powershell_gets_crlf(shell: str, expected: str | None) -> None:
    assert rc_newline(shell) == expected
