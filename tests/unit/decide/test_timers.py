"""Whether there can be a timer, and what it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.decide.intent import merge_intent
from proxyenv.decide.timers import choose_timer
from proxyenv.errors import PlanError
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import TimerFindings
from proxyenv.model.installation import Layout
from proxyenv.model.intent import Intent, Request
from support.machines import make_host

GIVEN = merge_intent(Request(timer=True))
SAVED = merge_intent(Request(refresh=True), Configuration(timer=True))
HERE = TimerFindings("/opt/python", is_here=True, lingers=True)
HOST = make_host(home=Path("/home/ada"))


def service_of(intent: Intent, found: TimerFindings = HERE, **variables: str) -> str:
    (_, service), *_ = choose_timer(HOST._replace(environment=variables), found, intent).files
    return service


def test_it_runs_the_same_python_and_needs_nothing_of_this_shell() -> None:
    service = service_of(
        GIVEN, PATH="/odd", SHELL="/bin/zsh", PREFECT_HOME="/srv/prefect", XDG_DATA_HOME="rel"
    )
    assert "ExecStart=/opt/python -P -m proxyenv refresh --if-stale --yes\n" in service
    assert 'Environment="HOME=/home/ada"\nEnvironment="PREFECT_HOME=/srv/prefect"\nExecStart' in service


def test_it_names_the_prefix() -> None:
    host = HOST._replace(layout=Layout.under(Path("/srv/proxyenv")))
    (_, service), *_ = choose_timer(host, HERE, GIVEN).files
    assert "--yes --prefix /srv/proxyenv\n" in service


def test_without_systemd_it_says_so() -> None:
    with pytest.raises(PlanError) as caught:
        choose_timer(HOST, HERE._replace(is_here=False), GIVEN)
    assert caught.value.code == "timer-unavailable"
    assert "`--timer` needs a timer: systemd's user manager does not run here" in caught.value.message


def test_a_refresh_keeps_the_files_where_systemd_happens_not_to_run() -> None:
    assert service_of(SAVED, HERE._replace(is_here=False)) == service_of(GIVEN)


def test_a_platform_without_one_says_so() -> None:
    with pytest.raises(PlanError, match="`win32` has none that is known"):
        choose_timer(HOST._replace(platform="win32"), HERE, GIVEN)


def test_root_runs_no_python_that_others_can_replace() -> None:
    found = HERE._replace(writer="others may write to `/opt`")
    with pytest.raises(PlanError, match="would run `/opt/python` as root, and others may write to `/opt`"):
        choose_timer(HOST, found, GIVEN)


def test_whoever_logs_out_is_told() -> None:
    (note,) = choose_timer(HOST, HERE._replace(lingers=False), GIVEN).notes
    assert "`loginctl enable-linger`" in note


@pytest.mark.parametrize("intent", [merge_intent(Request()), merge_intent(Request(timer=False))])
def test_nobody_gets_one_unasked(intent: Intent) -> None:
    assert choose_timer(HOST, HERE, intent).files == ()
