"""What the options of the trust mode and of activation ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from proxyenv.commands.arguments import read_arguments
from proxyenv.commands.command import Session
from proxyenv.commands.options import read_request
from proxyenv.commands.terminal import Terminal
from proxyenv.errors import UsageError
from support.machines import make_host

if TYPE_CHECKING:
    from proxyenv.model.intent import Request


def read(*arguments: str) -> Request:
    verb, options = read_arguments(["setup", *arguments])
    terminal = Terminal("never", False, False, {}, None, StringIO(), StringIO(), str)
    return read_request(Session(verb, options, make_host(), terminal, datetime.now(UTC)))


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
