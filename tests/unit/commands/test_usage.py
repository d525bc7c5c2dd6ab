"""``proxyenv help`` and ``version``, and what is asked of somebody who mistyped."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.cli import run
from proxyenv.commands import list_group
from proxyenv.commands.arguments import read_arguments
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "verb", [pytest.param("status", id="a verb"), pytest.param("trust", id="a group"), "trust status"]
)
def test_help_prints_what_the_option_prints(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", *verb.split()]) == 0
    asked = capsys.readouterr().out
    assert run([*verb.split(), "--help"]) == 0
    assert asked == capsys.readouterr().out


def test_help_alone_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help"]) == 0
    listed = [
        line.split()[0]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("    ") and line[4] != " "
    ]
    assert listed == list(list_group(""))


def test_the_version_is_that_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    plain = capsys.readouterr().out
    assert run(["version"]) == 0
    assert capsys.readouterr().out.startswith(plain.rstrip() + ", Python 3.")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        pytest.param("setpu", "did you mean `setup`?", id="a verb"),
        pytest.param("trust instal", "did you mean `trust install`?", id="a verb of a group"),
        pytest.param("inspect", "did you mean `trust inspect`?", id="a verb without its group"),
        pytest.param("help pol", "did you mean `pool`?", id="a verb to explain"),
        pytest.param("xyzzy", "see `proxyenv --help`", id="nothing like it"),
        pytest.param("pool xyzzy", "see `proxyenv pool --help`", id="nothing like it in a group"),
        pytest.param(
            "setup --no-chek", "did you mean `--no-check`? See `proxyenv setup --help`", id="an option"
        ),
        pytest.param(
            "check --urll=x", "did you mean `--url`? See `proxyenv check --help`", id="an option with a value"
        ),
        pytest.param("status --xyzzy", "see `proxyenv status --help`", id="no option like it"),
        pytest.param("status now", "see `proxyenv status --help`", id="a word too many"),
        pytest.param("run pip list -v", "`proxyenv run -- pip list -v`", id="a command without dashes"),
        pytest.param("run -v ls 'a b'", "`proxyenv run -- ls 'a b'`", id="a command with a blank"),
        pytest.param(
            "run curl http://ada:geheim@a.test",
            "`proxyenv run -- COMMAND ARGUMENT ...`",
            id="a command with a password",
        ),
    ],
)
def test_who_mistypes_is_helped(typed: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shlex.split(typed)) == 2
    assert capsys.readouterr().err.endswith(f"\n\nhint: {hint}\n")


@pytest.mark.parametrize("of_whom", [(), ("--pool", "images")], ids=["this machine", "workers"])
def test_a_letter_has_no_page(of_whom: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", *of_whom, "--for-it", "--output", "html"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "error[usage]: `--for-it` prints text, Markdown or JSON: leave out `--output html`\n" in said.err


@pytest.mark.parametrize("typed", ["http://ada:geheim@p.test", "help http://ada:geheim@p.test"])
def test_a_password_in_place_of_a_verb_is_not_shown(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(typed.split()) == 2
    assert "there is no verb `http://****@p.test`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "typed",
    [
        "explain http://ada:geheim@p.test",
        "env --client http://ada:geheim@p.test",
        "env --shell http://ada:geheim@p.test",
        "check --python http://ada:geheim@p.test",
        "setup --proxy p.test:1 --profile http://ada:geheim@p.test --yes",
        "setup --proxy p.test:1 --shell http://ada:geheim@p.test --yes",
    ],
)
@pytest.mark.parametrize("output", ["text", "json"])
def test_what_is_wrong_is_said_without_the_password(
    typed: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*typed.split(), "--output", output]) in {2, 3}
    said = capsys.readouterr()
    assert "p.test" in said.err
    assert "geheim" not in said.out + said.err


def test_the_printed_command_is_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_arguments(["run", "printf", "%s|", "a b", "-v"])
    words = shlex.split(str(raised.value.hint).strip("`"))
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.partition(":")[0]) == (3, "error[not-installed]")


@pytest.mark.parametrize("seconds", ["0", "²", "-1", "9" * 5000])
def test_a_timeout_is_a_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--all-pools", f"--timeout={seconds}"]) == 2
    assert f"`--timeout {seconds[:20]}" in capsys.readouterr().err
