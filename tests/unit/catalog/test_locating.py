"""Root's command and the timer find every file again that this shell's variables led to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.catalog.locating import AskedVariables, find_locating, find_naming
from proxyenv.catalog.tools import load_tools
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.timers import choose_timer
from proxyenv.model.findings import TimerFindings
from proxyenv.model.intent import Request
from proxyenv.plan.stores import render_invocation
from support.machines import MadeUpMachine, make_host

OF_TOOLS: Final = {
    *("CLOUDSDK_CONFIG", "CONDARC", "DOCKER_CONFIG", "GRADLE_USER_HOME", "PIP_CONFIG_FILE"),
    *("POETRY_CONFIG_DIR", "UV_CONFIG_FILE", "VSCODE_APPDATA", "VSCODE_PORTABLE", "WGETRC"),
    "XDG_CONFIG_HOME",
}
NAMES: Final = (
    *sorted(OF_TOOLS),
    *("NPM_CONFIG_USERCONFIG", "npm_config_userconfig", "PREFECT_HOME", "PREFECT_PROFILES_PATH"),
    *("XDG_DATA_HOME", "XDG_STATE_HOME", "ZDOTDIR"),
)
ELSEWHERE: Final = "/data/my files"


def test_a_tool_asks_for_no_variable_that_is_not_handed_on() -> None:
    asked = AskedVariables()
    machine = MadeUpMachine(environment=asked)
    for file in (file for tool in load_tools() for file in tool.files if file.name):
        assert tuple(file.paths(machine)) is not None
    assert asked.names == OF_TOOLS
    for name in asked.names:
        assert find_locating(make_host(environment={name: ELSEWHERE})) == {name: ELSEWHERE}


@pytest.mark.parametrize("name", NAMES)
def test_roots_command_and_the_timer_have_it(name: str) -> None:
    host = make_host(environment={name: ELSEWHERE})
    command = render_invocation(host, python="/usr/bin/python3")
    assert command == f"sudo HOME=/home/ada '{name}={ELSEWHERE}' /usr/bin/python3 -P -m proxyenv"
    timer = TimerFindings("/usr/bin/python3", is_here=True, lingers=True)
    (_, service), *_ = choose_timer(host, timer, merge_intent(Request(timer=True))).files
    assert f'Environment="{name}={ELSEWHERE}"\n' in service


def test_what_says_nothing_of_a_place_stays_here() -> None:
    host = make_host(
        environment={
            "HTTPS_PROXY": "http://ada:s3cret@proxy.corp.example:3128",
            "PWD": "/home/ada/project",
            "TOKEN": "/s3cret",
            "VIRTUAL_ENV": "/home/ada/venv",
            "WGETRC": "wgetrc",
            "XDG_CONFIG_HOME": "",
        }
    )
    assert find_locating(host) == {}


@pytest.mark.parametrize(
    ("path", "grammar", "named"),
    [
        ("/home/ada/.config/wgetrc", "wgetrc", ("WGETRC=/home/ada/.config/wgetrc",)),
        ("/data/gradle/gradle.properties", "properties", ("GRADLE_USER_HOME=/data/gradle",)),
        ("/data/elsewhere", "properties", ()),
    ],
)
def test_a_file_names_the_variable_that_led_to_it(path: str, grammar: str, named: tuple[str, ...]) -> None:
    assert find_naming(make_host(), Path(path), grammar) == named
