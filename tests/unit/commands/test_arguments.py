"""What the options of the trust mode and of activation ask for, and a command line read without argparse."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import (
    COMMON,
    find_verb,
    read_arguments,
    read_options,
    read_request,
    split_command,
)
from proxyenv.commands.parser import build_parser
from proxyenv.errors import UsageError
from support.machines import make_session

if TYPE_CHECKING:
    from proxyenv.model.intent import Request


def read(*arguments: str) -> Request:
    verb, options = read_arguments(["setup", *arguments])
    return read_request(make_session(verb, options))


@pytest.mark.parametrize(
    ("arguments", "activate", "activation"),
    [
        pytest.param((), None, None, id="nothing said"),
        pytest.param(("--activate",), True, None, id="the profile is made active"),
        pytest.param(("--no-activate",), False, None, id="the profile is left alone"),
        pytest.param(("--activate", "shell"), None, "shell", id="shells"),
        pytest.param(("--activate", "plugin"), None, "plugin", id="the plugin"),
        pytest.param(("--activate=both",), None, "both", id="both"),
        pytest.param(
            ("--activate", "plugin", "--no-activate"), False, "plugin", id="the plugin, profile alone"
        ),
        pytest.param(("--activate", "--yes"), True, None, id="another option follows"),
    ],
)
def test_activate(arguments: tuple[str, ...], activate: bool | None, activation: str | None) -> None:
    request = read(*arguments)
    assert (request.activate, request.activation) == (activate, activation)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--activate", "--no-activate"), id="a contradiction"),
        pytest.param(("--activate", "cron"), id="an unknown way"),
        pytest.param(("--trust", "system"), id="an unknown trust mode"),
    ],
)
def test_it_refuses(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        read(*arguments)


def test_trust_and_environments() -> None:
    request = read("--trust", "truststore", "--venv", "a", "--venv", "b")
    assert (request.trust, request.venvs) == ("truststore", ("a", "b"))


@pytest.mark.parametrize(
    ("arguments", "verb", "rest"),
    [
        pytest.param(["setup", "-y"], "setup", ["-y"], id="verb first"),
        pytest.param(["-q", "setup"], "setup", ["-q"], id="global switch first"),
        pytest.param(["--output", "json", "status"], "status", ["--output", "json"], id="value before verb"),
        pytest.param(["--output=json", "status"], "status", ["--output=json"], id="joined value"),
        pytest.param(["--out", "json", "status"], "status", ["--out", "json"], id="shortened option"),
        pytest.param(["--prefix", "status", "diff"], "diff", ["--prefix", "status"], id="value like a verb"),
        pytest.param(["trust", "fetch", "a.test"], "trust fetch", ["a.test"], id="verb of a group"),
        pytest.param(["trust", "-v", "fetch"], "trust fetch", ["-v"], id="switch between the two"),
        pytest.param(["routes", "status"], "routes", ["status"], id="host named as a verb"),
        pytest.param(["trust"], "trust", [], id="group alone"),
        pytest.param(["stattus"], "", ["stattus"], id="no verb"),
        pytest.param([], "", [], id="nothing"),
    ],
)
def test_the_verb_of_a_command_line(arguments: list[str], verb: str, rest: list[str]) -> None:
    assert find_verb(arguments) == (verb, rest)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--output", "json"], "a verb is missing: one of setup, ", id="no verb"),
        pytest.param(["trust"], "a verb is missing: one of inspect, fetch, ", id="no verb of a group"),
        pytest.param(["stattus"], "there is no verb `stattus`: one of setup, ", id="unknown verb"),
        pytest.param(
            ["trust", "put"], "there is no verb `trust put`: one of inspect, ", id="unknown in a group"
        ),
        pytest.param(["status", "--bogus"], "unrecognized arguments: --bogus", id="unknown option"),
        pytest.param(
            ["setup", "--no-such=http://ada:geheim@p.test"],
            "unrecognized arguments: --no-such=http://****@p.test",
            id="password in an unknown option",
        ),
        pytest.param(
            ["setup", "--pca", "https://pki.test/ca?site=eu&token=geheim"],
            "unrecognized arguments: --pca https://pki.test/ca?site=****&token=****",
            id="token behind an unknown option",
        ),
        pytest.param(
            ["trust", "https://pki.test/ca?token=geheim"],
            "there is no verb `trust https://pki.test/ca?token=****`: one of inspect, ",
            id="token in place of a verb",
        ),
    ],
)
def test_a_command_line_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_arguments(arguments)
    assert raised.value.message.startswith(message)


def test_what_follows_two_dashes_belongs_to_the_command() -> None:
    assert split_command(["run", "-q", "--", "a", "--", "-q"]) == (["run", "-q"], ["a", "--", "-q"])
    assert split_command(["routes", "--", "a.test"]) == (["routes", "--", "a.test"], [])


READABLE = sorted(verb for verb, (module, _) in VERBS.items() if module)
OPTIONS = [*COMMON.values(), *(each for verb in READABLE for each in load_command(verb).options.values())]
WORDS = st.sampled_from(
    [*sorted({flag for each in OPTIONS for flag in each.flags}), "--no-rc", "--no-derive", "--prof", "-vq",
     "a.test", "", "-", "-1", "--", "json", "bash", "both", "shell", "--output=json", "--color=x", "--ca="]
)  # fmt: skip


@given(st.sampled_from(READABLE), st.lists(WORDS, max_size=4))
@example("setup", ["--activate", "--ca", "a", "--ca=b", "--no-proxy", "", "--no-rc", "-y", "--base=both"])
@example("setup", ["--ca-password-env", "A", "--ca-password-file", "b"])
@example("explain", [])
def test_argparse_reads_the_same(verb: str, words: list[str]) -> None:
    values = read_options({**COMMON, **load_command(verb).options}, words)
    if values is not None:
        assert values == vars(build_parser(verb).parse_args(words, SimpleNamespace()))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="no option"),
        pytest.param(["--output", "json", "-q"], id="options of every verb"),
        pytest.param(["--output=json"], id="a joined value"),
    ],
)
def test_usual_options_of_status_need_no_argparse(words: list[str]) -> None:
    assert read_options(COMMON, words) is not None
