"""A declaration becomes an argument of a parser."""

from __future__ import annotations

import argparse

import pytest

from proxyenv.commands.parser import add_options
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.option import Option

OPTIONS = {
    "name": Option(("-n", "--name"), "a name"),
    "tags": Option(("--tag",), "tags (repeatable)", takes="values"),
    "hosts": Option(("--hosts",), "hosts, as 100 % text", takes="list"),
    "yes": Option(("-y", "--yes"), "ask nothing", takes="yes"),
    "keep": Option(("--no-keep",), "do not keep it", takes="no"),
    "rc": Option(("--rc",), "whether to edit rc files", takes="yes-no", group="shells"),
    "mode": Option(("--mode",), "how", takes="optional-value", choices=("fast", "slow")),
    "left": Option(("--left",), "left", excludes="side"),
    "right": Option(("--right",), "right", excludes="side"),
    "key": Option((), "a key that only the file has", takes="list"),
    "secret": Option(("--secret",), "nobody is told", hidden=True),
    "files": Option(("FILE",), "what to read", takes="values", required=False),
}


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, OPTIONS)
    return parser


def test_nothing_said_is_none_or_an_empty_list() -> None:
    assert vars(make_parser().parse_args([])) == {
        "name": None, "tags": [], "hosts": None, "yes": None, "keep": None, "rc": None, "mode": None,
        "left": None, "right": None, "secret": None, "files": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        pytest.param(["-n", "ada"], "name", "ada", id="short flag"),
        pytest.param(["--tag", "a", "--tag", "b"], "tags", ["a", "b"], id="repeated"),
        pytest.param(["--hosts", "a,b"], "hosts", ("a,b",), id="list in one value"),
        pytest.param(["--hosts", ""], "hosts", ("",), id="empty list is said"),
        pytest.param(["--yes"], "yes", True, id="yes"),
        pytest.param(["--no-keep"], "keep", False, id="no"),
        pytest.param(["--rc"], "rc", True, id="yes of two"),
        pytest.param(["--no-rc"], "rc", False, id="no of two"),
        pytest.param(["--mode"], "mode", True, id="value left out"),
        pytest.param(["--mode", "slow"], "mode", "slow", id="value given"),
        pytest.param(["--secret", "x"], "secret", "x", id="hidden option"),
        pytest.param(["a", "b"], "files", ["a", "b"], id="positional arguments"),
    ],
)
def test_a_value_is_read(arguments: list[str], name: str, value: object) -> None:
    assert vars(make_parser().parse_args(arguments))[name] == value


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--mode", "warp"], id="not one of the choices"),
        pytest.param(["--left", "a", "--right", "b"], id="two that exclude each other"),
    ],
)
def test_a_wrong_value_is_refused(arguments: list[str]) -> None:
    with pytest.raises(argparse.ArgumentError):
        make_parser().parse_args(arguments)


def test_help_has_headings_and_leaves_out_what_is_hidden() -> None:
    shown = make_parser().format_help()
    assert "shells:\n  --rc, --no-rc         whether to edit rc files" in shown
    assert "as 100 % text" in shown
    assert "secret" not in shown


def test_no_two_options_share_a_key() -> None:
    keys = [option.key for option in SETUP_OPTIONS.values() if option.key]
    assert len(keys) == len(set(keys))
