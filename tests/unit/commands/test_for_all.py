"""Hints with ``--system``, and the command line that root has to type."""

from __future__ import annotations

import pytest

from proxyenv.commands import load_command
from proxyenv.commands.arguments import read_arguments
from proxyenv.commands.for_all import name_system, render_options


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("`proxyenv refresh` writes it again", "`proxyenv refresh --system` writes it again"),
        ("`proxyenv setup --ca FILE`", "`proxyenv setup --system --ca FILE`"),
        ("`proxyenv setup --system --ca FILE`", "`proxyenv setup --system --ca FILE`"),
        ("`proxyenv env --shell fish`", "`proxyenv env --shell fish`"),
        (
            "`proxyenv trust install`, `proxyenv rollback`",
            "`proxyenv trust install`, `proxyenv rollback --system`",
        ),
        ("`proxyenv uninstall --prefix /a` first", "`proxyenv uninstall --prefix /a` first"),
        ("proxyenv setup", "proxyenv setup"),
    ],
)
def test_a_command_in_a_hint_names_the_installation_that_is_meant(text: str, named: str) -> None:
    assert name_system(text) == named


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--system"], id="a switch"),
        pytest.param(["--system", "--proxy", "proxy:1"], id="a value"),
        pytest.param(["--system", "--ca", "a b.pem", "--ca", "c.pem"], id="a repeated value"),
        pytest.param(["--system", "--no-proxy", "a,b"], id="a list"),
        pytest.param(["--system", "--no-derive", "--rc"], id="yes and no"),
        pytest.param(["--system", "--no-activate"], id="only no"),
        pytest.param(["--system", "--activate=plugin"], id="an optional value"),
        pytest.param(["--system", "--activate"], id="an optional value left out"),
        pytest.param(["--system", "--service", "a", "--dry-run", "--yes", "--no-check"], id="several"),
    ],
)
def test_the_command_line_is_what_was_typed(words: list[str]) -> None:
    _, options = read_arguments(["setup", *words])
    rendered = list(render_options(load_command("setup").options, options))
    assert read_arguments(["setup", *rendered])[1] == options
    assert sorted(rendered) == sorted(words)


def test_a_password_is_left_out_of_the_command_line() -> None:
    _, options = read_arguments(["setup", "--system", "--proxy", "http://me:p4ss@proxy:1", "--service", "a"])
    rendered = list(render_options(load_command("setup").options, options))
    assert sorted(rendered) == ["--service", "--system", "a"]
