"""The env files in the real shells: every value byte for byte, nothing executed, everything given back."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.catalog.env_files import load_renderers
from proxyenv.model.target import Variable
from support.machine import in_ci, require_client
from support.shells import POSIX, SHELLS, TELLS, find_program, read_environment, run, source

if TYPE_CHECKING:
    from pathlib import Path


ENDINGS: Final = "sh fish csh nu xsh elv"

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
    "carriage return": "a\rb\r\n",
    "control": "\x01\x1b[31m\x7f",
    "operators": "a&b|c<d>e(f){g}^h",
    "assignment": "A=b=c",
    "empty": "",
    "long": "x" * 100_000,
}


def write_env_files(directory: Path, variables: tuple[Variable, ...], *, endings: str = ENDINGS) -> None:
    for ending in endings.split():
        text = load_renderers()[ending](variables)
        (directory / f"env.{ending}").write_text(text, "utf-8", "surrogateescape", newline="")


@pytest.mark.parametrize("name", SHELLS)
def test_every_value_arrives_byte_for_byte_and_nothing_is_executed(name: str, tmp_path: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(HOSTILE.values())}
    write_env_files(tmp_path, tuple(Variable(key, value) for key, value in values.items()))
    seen = run(name, tmp_path, "SOURCE")
    assert {key: seen.get(key) for key in values} == values
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", SHELLS)
def test_every_earlier_value_is_given_back_byte_for_byte(name: str, tmp_path: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(HOSTILE.values())}
    write_env_files(tmp_path, tuple(Variable(key, "new") for key in values))
    seen = run(name, tmp_path, "SOURCE; SOURCE", values)
    assert {seen[key] for key in values} == {"new"}
    after = run(name, tmp_path, "SOURCE; SOURCE; proxyenv_deactivate", values)
    assert {key: after.get(key) for key in values} == values
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "name", [name for name in SHELLS if not name.startswith(("yash", "nushell", "elvish"))]
)
def test_bytes_that_are_not_utf_8_arrive(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, (Variable("KEPT", "/caf\udce9/x"),), endings="sh fish csh xsh")
    assert run(name, tmp_path, "SOURCE", {"KEPT": "/old\udcff"})["KEPT"] == "/caf\udce9/x"
    given = run(name, tmp_path, "SOURCE; proxyenv_deactivate", {"KEPT": "/old\udcff"})
    assert given["KEPT"] == "/old\udcff"


@in_ci
@pytest.mark.parametrize("name", [name for name in SHELLS if not name.startswith("yash")])
@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX"}], ids=["LANG=C", "LC_ALL=POSIX"])
def test_letters_arrive_where_the_locale_knows_only_ascii(
    name: str, locale: dict[str, str], tmp_path: Path
) -> None:
    write_env_files(tmp_path, (Variable("KEPT", "h\u00e9 \u65e5\u672c"),))
    before = {"KEPT": "\u00fc", **locale}
    assert run(name, tmp_path, "SOURCE", before)["KEPT"] == "h\u00e9 \u65e5\u672c"
    assert run(name, tmp_path, "SOURCE; proxyenv_deactivate", before) == run(name, tmp_path, "true", before)


BEFORE: Final = {
    "KEPT": "old's $(value)",
    "EMPTY": "",
    "GONE": "unset me",
    "OTHER": "untouched",
    "http_proxy": "lower",
    "HTTP_PROXY": "upper",
}
AFTER: Final = (
    Variable("http_proxy", "http://lower"),
    Variable("HTTP_PROXY", "http://upper"),
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
    if name != "nushell":
        assert (seen["http_proxy"], seen["HTTP_PROXY"]) == ("http://lower", "http://upper")


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


def test_every_shell_can_give_back_what_another_one_replaced(tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    before = {
        name: value for name, value in BEFORE.items() if name != "HTTP_PROXY"
    }  # nushell has one of them
    shells = [name for name in SHELLS if " " not in name]
    for name, other in zip(shells, [*shells[1:], shells[0]], strict=True):
        inherited = run(name, tmp_path, "SOURCE", before)
        after = run(other, tmp_path, "SOURCE; proxyenv_deactivate", inherited)
        if other == "nushell" and "HTTP_PROXY" in after:  # it chose this spelling of the two when it started
            after["http_proxy"] = after.pop("HTTP_PROXY")
        ours = {
            key: value for key, value in after.items() if key in {*before, "FRESH"} or "PROXY" in key.upper()
        }
        assert (name, other, ours) == (name, other, before)


@pytest.mark.parametrize("spelling", ["http_proxy", "HTTP_PROXY"])
def test_nushell_has_one_variable_of_both_spellings(spelling: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, (Variable("http_proxy", "http://new"), Variable("HTTP_PROXY", "http://new")))
    before = {spelling: "http://old"}
    seen = run("nushell", tmp_path, "SOURCE; SOURCE", before)
    assert {name: value for name, value in seen.items() if name.lower() == "http_proxy"} == {
        spelling: "http://new"
    }
    after = run("nushell", tmp_path, "SOURCE; SOURCE; proxyenv_deactivate", before)
    assert after == run("nushell", tmp_path, "true", before)


ASSIGN: Final = {"fish": "set -g PLAIN 'p -x PLAIN=q'", "tcsh": "set PLAIN = 'p -x PLAIN=q'"}


@pytest.mark.parametrize("name", TELLS)
def test_a_variable_that_was_not_exported_is_not_exported_afterwards(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, (Variable("PLAIN", "new"),))
    assign = ASSIGN.get(name, "PLAIN='p -x PLAIN=q'")
    seen = run(name, tmp_path, f"{assign}; SOURCE; SOURCE")
    assert (seen["PLAIN"], "PROXYENV_OLD_PLAIN" in seen) == ("new", False)
    script = f"{assign}; SOURCE; SOURCE; proxyenv_deactivate"
    assert run(name, tmp_path, script) == run(name, tmp_path, "true")
    telling = run(
        name,
        tmp_path,
        f'{script}; setenv TOLD "$PLAIN"' if name == "tcsh" else f'{script}; export TOLD="$PLAIN"',
    )
    assert telling["TOLD"] == "p -x PLAIN=q"


@pytest.mark.parametrize("name", ["dash", "busybox", "yash"])
def test_where_a_shell_cannot_tell_a_variable_counts_as_exported(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, (Variable("PLAIN", "new"),))
    after = run(name, tmp_path, "PLAIN='p q'; SOURCE; SOURCE; proxyenv_deactivate")
    assert after == {**run(name, tmp_path, "true"), "PLAIN": "p q"}


@pytest.mark.parametrize("name", POSIX)
def test_a_variable_that_may_not_be_changed_is_said_and_left(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    begin = "readonly KEPT GONE; "
    seen = run(name, tmp_path, f"{begin}SOURCE; SOURCE", BEFORE, says="KEPT")
    assert (seen["KEPT"], seen["GONE"], seen["FRESH"]) == ("old's $(value)", "unset me", "x")
    after = run(name, tmp_path, f"{begin}SOURCE; SOURCE; proxyenv_deactivate", BEFORE, says="KEPT")
    assert after == run(name, tmp_path, "true", BEFORE)


@pytest.mark.parametrize("name", POSIX)
def test_a_variable_that_became_read_only_keeps_nothing_else_from_being_given_back(
    name: str, tmp_path: Path
) -> None:
    write_env_files(tmp_path, AFTER)
    script = "SOURCE; readonly KEPT; proxyenv_deactivate"
    after = run(name, tmp_path, script, BEFORE, says="KEPT")
    assert after == {**run(name, tmp_path, "true", BEFORE), "KEPT": "new"}


@pytest.mark.parametrize("name", [*POSIX, "fish"])
def test_sourced_by_a_function_it_holds_for_the_whole_shell(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    begin = "function load; SOURCE; end; " if name == "fish" else "load() { SOURCE; }; "
    assert run(name, tmp_path, f"{begin}load; load", BEFORE)["KEPT"] == "new"
    after = run(name, tmp_path, f"{begin}load; load; proxyenv_deactivate", BEFORE)
    assert after == run(name, tmp_path, "true", BEFORE)


@pytest.mark.parametrize("name", [name for name in (*POSIX, "fish", "tcsh") if " " not in name])
def test_an_interactive_shell_has_every_value_too(name: str, tmp_path: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(HOSTILE.values())}
    write_env_files(tmp_path, tuple(Variable(key, value) for key, value in values.items()))
    shell = SHELLS[name]
    script = f"{source(shell)}\nenv -0 >seen\nproxyenv_deactivate\nenv -0 >after\nexit\n"
    subprocess.run(
        [find_program(shell.command[0]), *shell.command[1:], "-i"],
        input=script.encode(),
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"},
        capture_output=True,
        check=True,
        timeout=200,
    )
    seen = read_environment((tmp_path / "seen").read_bytes())
    assert {key: seen.get(key) for key in values} == values
    assert not any(key in values for key in read_environment((tmp_path / "after").read_bytes()))
    assert not (tmp_path / "executed").exists()


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


@pytest.mark.parametrize(
    "name",
    ["bash", "busybox", "dash", "fish", "ksh", "mksh", "tcsh", "yash", "zsh", "elvish", "nushell", "xonsh"],
)
def test_sourcing_starts_no_process(name: str, tmp_path: Path) -> None:
    write_env_files(tmp_path, AFTER)
    shell = SHELLS[name]
    strace, program = require_client("strace"), find_program(shell.command[0])

    def processes(*commands: str) -> int:
        log = tmp_path / "strace.log"
        trace = (strace, "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork,execve", "-o", log)
        script = shell.before + shell.separator.join(commands)
        subprocess.run(
            [*trace, program, *shell.command[1:], "-c", script],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PLAIN": "x", **BEFORE},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        starts = (
            line for line in log.read_text().splitlines() if re.search(r"\b(clone3?|v?fork|execve)\(", line)
        )
        return sum("CLONE_THREAD" not in line for line in starts)

    nothing = processes("cd .")
    assert processes(source(shell), source(shell), "proxyenv_deactivate") == nothing
    assert processes(shell.program, "cd .") > nothing
