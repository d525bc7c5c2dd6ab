"""The env files in the real shells: every value byte for byte, nothing executed, everything given back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from proxyenv.model.target import Variable
from proxyenv.targets.env_files import RENDERERS
from support.machine import AS_FOUND, require_client
from support.shell_install import ensure_shells


class Shell(NamedTuple):
    command: tuple[str, ...]
    file: str
    source: str
    before: str = ""  # what has to stand before anything else
    program: str = "env -0"
    separator: str = "; "


SHELLS: Final = {
    "bash": Shell(("bash", "--norc"), "env.sh", "."),
    "bash --posix": Shell(("bash", "--norc", "--posix"), "env.sh", "."),
    "bash -eu": Shell(("bash", "--norc", "-eu"), "env.sh", "."),
    "busybox": Shell(("busybox", "sh"), "env.sh", "."),
    "dash": Shell(("dash",), "env.sh", "."),
    "dash -eu": Shell(("dash", "-eu"), "env.sh", "."),
    "elvish": Shell(
        ("elvish", "-norc"),
        "env.elv",
        "eval &on-end={|n| set proxyenv_deactivate~ = $n[proxyenv_deactivate~] } (slurp < FILE)",
        before="var proxyenv_deactivate~ = { }\n",
        separator="\n",
    ),
    "fish": Shell(("fish", "--no-config"), "env.fish", "source"),
    "ksh": Shell(("ksh",), "env.sh", "."),
    "mksh": Shell(("mksh",), "env.sh", "."),
    "nushell": Shell(("nu", "-n"), "env.nu", "source", program="^env -0"),
    "tcsh": Shell(("tcsh", "-f"), "env.csh", "source", separator="\n"),
    "xonsh": Shell(("xonsh", "--no-rc"), "env.xsh", "source", separator="\n"),
    "yash": Shell(("yash", "--norcfile"), "env.sh", "."),
    "zsh": Shell(("zsh", "-f"), "env.sh", "."),
    "zsh -eu": Shell(("zsh", "-f", "-eu"), "env.sh", "."),
}

HOSTILE: Final = {
    "blank": "two  words ",
    "single quote": "it's",
    "double quote": 'say "x"',
    "curly quotes": "\u2018x\u2019 \u201cy\u201d",
    "command": "$(touch executed)",
    "backticks": "`touch executed`",
    "variable": "$HOME ${HOME}",
    "backslash": "a\\b\\",
    "backslash and quote": "\\'",
    "history": "a!b!!",
    "semicolon": "; touch executed",
    "line break": "a\nb",
    "tab": "a\tb",
    "letters": "h\u00e9 \u65e5\u672c",
    "hash": "#x",
    "glob": "* ? [a]",
    "tilde": "~",
    "hyphen": "-n",
    "percent": "%PATH% %s",
    "empty": "",
    "long": "x" * 100_000,
}


def write_env_files(directory: Path, variables: tuple[Variable, ...]) -> None:
    for ending in ("sh", "fish", "csh", "nu", "xsh", "elv"):
        (directory / f"env.{ending}").write_text(RENDERERS[ending](variables), "utf-8", newline="")


def source(shell: Shell, directory: str = ".") -> str:
    path = f"{directory}/{shell.file}"
    return shell.source.replace("FILE", path) if "FILE" in shell.source else f"{shell.source} {path}"


def find_program(name: str) -> str:
    """Debian's, or one that is installed for these tests; without a network a laptop skips it."""
    if name not in {"nu", "xonsh"}:
        return require_client(name)
    place = Path(AS_FOUND.get("PROXYENV_TOOLS") or Path(__file__).parents[2] / ".tools")
    try:
        return ensure_shells(place, machine=AS_FOUND)[name]
    except AssertionError:
        if AS_FOUND.get("CI"):
            raise
        pytest.skip(f"`{name}` cannot be installed")


def run(name: str, directory: Path, script: str, environment: dict[str, str] | None = None) -> dict[str, str]:
    """The environment that a program sees at the end of *script*, in which `SOURCE` sources the env file."""
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
    assert done.stderr == b""
    pairs = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    noise = {"_", "SHLVL", "PWD", "OLDPWD", "LAST_EXIT_CODE", "NU_VERSION"}  # shells write these themselves
    return {key: value for key, _, value in pairs if key not in noise}


@pytest.mark.parametrize("name", SHELLS)
def test_every_value_arrives_byte_for_byte_and_nothing_is_executed(name: str, tmp_path: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(HOSTILE.values())}
    write_env_files(tmp_path, tuple(Variable(key, value) for key, value in values.items()))
    seen = run(name, tmp_path, "SOURCE")
    assert {key: seen.get(key) for key in values} == values
    assert not (tmp_path / "executed").exists()


BEFORE: Final = {"KEPT": "old's $(value)", "EMPTY": "", "GONE": "unset me", "OTHER": "untouched"}
AFTER: Final = (
    Variable("KEPT", "new"),
    Variable("EMPTY", "full"),
    Variable("FRESH", "x"),
    Variable("GONE", None),
)


@pytest.mark.parametrize("name", SHELLS)
def test_sourcing_sets_and_unsets(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    seen = run(name, tmp_path, "SOURCE", BEFORE)
    assert (seen["KEPT"], seen["EMPTY"], seen["FRESH"]) == ("new", "full", "x")
    assert "GONE" not in seen
    assert seen["OTHER"] == "untouched"


@pytest.mark.parametrize("script", ["SOURCE; proxyenv_deactivate", "SOURCE; SOURCE; proxyenv_deactivate"])
@pytest.mark.parametrize("name", SHELLS)
def test_deactivate_gives_everything_back(name: str, script: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    assert run(name, tmp_path, script, BEFORE) == run(name, tmp_path, "true", BEFORE)


@pytest.mark.parametrize("name", SHELLS)
def test_a_child_shell_that_sources_again_can_give_everything_back(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    inherited = run(name, tmp_path, "SOURCE", BEFORE)
    assert run(name, tmp_path, "SOURCE; proxyenv_deactivate", inherited) == run(
        name, tmp_path, "true", BEFORE
    )


@pytest.mark.parametrize("name", SHELLS)
def test_deactivating_twice_is_harmless(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    script = "SOURCE; proxyenv_deactivate; proxyenv_deactivate"
    assert run(name, tmp_path, script, BEFORE) == run(name, tmp_path, "true", BEFORE)


@pytest.mark.parametrize("name", SHELLS)
def test_a_variable_that_names_a_missing_file_is_left_alone(name: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing it's.pem")
    write_env_files(tmp_path, (Variable("SSL_CERT_FILE", missing, file=missing),))
    before = {"SSL_CERT_FILE": "/the/user's own.pem"}
    assert run(name, tmp_path, "SOURCE", before)["SSL_CERT_FILE"] == "/the/user's own.pem"
    assert run(name, tmp_path, "SOURCE; proxyenv_deactivate", before) == run(name, tmp_path, "true", before)


@pytest.mark.parametrize("name", SHELLS)
def test_a_variable_that_names_a_file_is_set(name: str, tmp_path: Path) -> None:
    there = tmp_path / "it's there.pem"
    there.touch()
    write_env_files(tmp_path, (Variable("SSL_CERT_FILE", str(there), file=str(there)),))
    assert run(name, tmp_path, "SOURCE")["SSL_CERT_FILE"] == str(there)


@pytest.mark.parametrize("name", SHELLS)
def test_what_a_newer_env_file_no_longer_sets_is_given_back(name: str, tmp_path: Path) -> None:
    (tmp_path / "older").mkdir()
    write_env_files(tmp_path / "older", (Variable("WSS_PROXY", "old"), Variable("KEPT", "older")))
    write_env_files(tmp_path, (Variable("KEPT", "new"),))
    shell = SHELLS[name]
    both = f"{source(shell, './older')}; SOURCE"
    seen = run(name, tmp_path, both, BEFORE)
    assert (seen["KEPT"], "WSS_PROXY" in seen) == ("new", False)
    after = run(name, tmp_path, f"{both}; proxyenv_deactivate", BEFORE)
    assert after == run(name, tmp_path, "true", BEFORE)


@pytest.mark.parametrize("name", SHELLS)
def test_a_hostile_list_of_names_executes_nothing(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, (Variable("KEPT", "new"),))
    hostile = {"PROXYENV_ACTIVE": "x;touch${IFS}executed $(touch${IFS}executed) `touch${IFS}executed` 9 -f"}
    assert run(name, tmp_path, "SOURCE", hostile)["KEPT"] == "new"
    assert not (tmp_path / "executed").exists()


def test_universal_variables_of_fish_are_never_touched(tmp_path: Path) -> None:
    fish = require_client("fish")
    write_env_files(tmp_path, (Variable("ALL_PROXY", None), Variable("SSL_CERT_FILE", "ours")))

    def told(script: str) -> str:
        done = subprocess.run(
            [fish, "-c", script],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    show = "env | string match -r '^(?:ALL_PROXY|SSL_CERT_FILE)=.*' | sort"
    told("set -Ux ALL_PROXY universal; set -Ux SSL_CERT_FILE mine")
    assert told(f"source env.fish; {show}") == "ALL_PROXY=\nSSL_CERT_FILE=ours\n"
    assert (
        told(f"source env.fish; proxyenv_deactivate; {show}") == "ALL_PROXY=universal\nSSL_CERT_FILE=mine\n"
    )
    assert told(show) == "ALL_PROXY=universal\nSSL_CERT_FILE=mine\n"


@pytest.mark.parametrize("name", ["bash", "dash", "zsh", "fish", "tcsh", "ksh", "mksh"])
def test_sourcing_starts_no_process(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    shell = SHELLS[name]
    strace, program = require_client("strace"), require_client(shell.command[0])

    def processes(script: str) -> int:
        log = tmp_path / "strace.log"
        subprocess.run(
            [
                strace,
                "-f",
                "-qq",
                "-e",
                "trace=clone,clone3,fork,vfork",
                "-o",
                log,
                program,
                *shell.command[1:],
                "-c",
                script,
            ],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            check=True,
        )
        return sum("CLONE_THREAD" not in line for line in log.read_text().splitlines())

    assert processes(f"{source(shell)}{shell.separator}proxyenv_deactivate") == processes(":")
    assert processes(f"env{shell.separator}true") > processes(":")
