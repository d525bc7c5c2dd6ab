"""The files of a timer: what systemd and launchd read in them is what was meant."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from proxyenv.catalog.timers import TIMERS, find_timer, find_timer_of
from proxyenv.catalog.timers.systemd import quote_word
from proxyenv.catalog.timers.timer import TimerOrder
from proxyenv.errors import PlanError
from support.machines import make_host

ORDER = TimerOrder(
    ("/opt/py thon/bin/python", "-P", "-m", "proxyenv", "--prefix", "/srv/50%/$x"),
    {"HOME": '/home/a"b', "PREFECT_HOME": "/srv/50%"},
)


@pytest.mark.parametrize(
    ("word", "written"),
    [
        pytest.param("/usr/bin/python3.11", "/usr/bin/python3.11", id="plain"),
        pytest.param("--if-stale", "--if-stale", id="an option"),
        pytest.param("/srv/my files", '"/srv/my files"', id="a blank"),
        pytest.param("50%", '"50%%"', id="a specifier"),
        pytest.param("$HOME", '"$$HOME"', id="a variable"),
        pytest.param('a"b\\c', '"a\\"b\\\\c"', id="a quote and a backslash"),
        pytest.param("", '""', id="nothing"),
        pytest.param("é", '"é"', id="another letter"),
    ],
)
def test_a_word_of_a_command_is_quoted(word: str, written: str) -> None:
    assert quote_word(word) == written


def test_systemd_gets_a_service_a_timer_and_what_starts_it() -> None:
    timer = find_timer("linux")
    assert timer is not None
    files = dict(timer.files(make_host(home=Path("/home/ada")), ORDER))
    assert [str(path) for path in files] == [
        "/home/ada/.config/systemd/user/proxyenv-refresh.service",
        "/home/ada/.config/systemd/user/proxyenv-refresh.timer",
        "/home/ada/.config/systemd/user/timers.target.d/proxyenv-refresh.conf",
    ]
    service, hourly, wants = files.values()
    assert 'ExecStart="/opt/py thon/bin/python" -P -m proxyenv --prefix "/srv/50%%/$$x"\n' in service
    assert 'Environment="HOME=/home/a\\"b"\nEnvironment="PREFECT_HOME=/srv/50%%"\n' in service
    assert "OnUnitActiveSec=60min\n" in hourly
    assert "Wants=proxyenv-refresh.timer\n" in wants


def test_systemd_is_looked_for_where_it_reads() -> None:
    timer = find_timer("linux")
    assert timer is not None
    host = make_host(home=Path("/home/ada"), environment={"XDG_CONFIG_HOME": "/srv/config"})
    paths = [str(path) for path, _ in timer.files(host, ORDER)]
    assert paths[0] == "/srv/config/systemd/user/proxyenv-refresh.service"


def test_launchd_gets_an_agent() -> None:
    timer = find_timer("darwin")
    assert timer is not None
    ((path, text),) = timer.files(make_host(home=Path("/Users/ada")), ORDER)
    assert str(path) == "/Users/ada/Library/LaunchAgents/org.proxyenv.refresh.plist"
    assert plistlib.loads(text.encode()) == {
        "Label": "org.proxyenv.refresh",
        "ProgramArguments": list(ORDER.command),
        "EnvironmentVariables": dict(ORDER.environment),
        "WorkingDirectory": "/",
        "StartInterval": 3600,
        "ProcessType": "Background",
    }
    assert timer.start(path)[-1] == ("launchctl", "bootstrap", "gui/{uid}", str(path))


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\udc80b"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_what_no_file_can_say_is_refused(platform: str, value: str) -> None:
    timer = find_timer(platform)
    assert timer is not None
    with pytest.raises(PlanError, match="control character or is not UTF-8"):
        timer.files(make_host(), TimerOrder((value,), {}))


def test_windows_has_none_that_is_known() -> None:
    assert find_timer("win32") is None


def test_the_file_that_triggers_says_which_timer_it_is() -> None:
    triggers = [Path("/anywhere") / each.trigger for each in TIMERS]
    assert [find_timer_of(path) for path in triggers] == list(TIMERS)
    assert find_timer_of(Path("/anywhere/proxyenv-refresh.service")) is None
    assert all("refresh" in path.name for path in triggers)  # by which `apply_changes` looks for them
