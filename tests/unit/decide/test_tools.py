"""Which tools are told, and what is said of those that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.decide import decide_target
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.tools import choose_tools
from proxyenv.errors import PlanError, UsageError
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.tools import find_paths
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, PrefectFindings
from proxyenv.model.intent import Request
from proxyenv.model.tools import ToolFindings
from support.machines import HOME, make_host

if TYPE_CHECKING:
    from proxyenv.model.target import Target


def decide(*names: str, proxy: str = "proxy.corp.test:3128", installed: tuple[str, ...] = ()) -> Target:
    findings = Findings(
        public_roots=(),
        certifi_version="2026.10.18",
        prefect=PrefectFindings(HOME / ".prefect/profiles.toml", None, None, None),
        tools=ToolFindings(installed=installed, paths=find_paths(LocalMachine(make_host()))),
    )
    return decide_target(make_host(), findings, merge_intent(Request(proxy=proxy, configure=names)))


def tools(target: Target) -> list[str]:
    return [file.tool for file in target.tools]


def test_nothing_is_told_unless_asked() -> None:
    assert tools(decide(installed=("docker", "maven"))) == []


def test_all_installed_is_what_is_here_and_stays_so_by_name() -> None:
    target = decide("all-installed", installed=("docker", "gradle"))
    assert (tools(target), target.configuration.configure) == (["docker", "gradle"], ("all-installed",))


def test_one_of_all_installed_that_cannot_be_told_is_a_note() -> None:
    target = decide(
        "all-installed", installed=("apt", "docker", "gradle"), proxy="http://ada:pw@proxy.corp.test:1"
    )
    assert tools(target) == ["gradle"]
    refused = [note for note in target.notes if "left as it is" in note]
    assert [note.split(":")[0] for note in refused] == ["`apt` is left as it is", "`docker` is left as it is"]
    assert all("whose URL has a password" in note and "pw" not in note for note in refused)


def test_apt_among_all_installed_is_a_note_for_those_who_are_not_root() -> None:
    target = decide("all-installed", installed=("apt",))
    assert tools(target) == []
    assert (
        "`apt` is left as it is: `/etc/apt/apt.conf.d/95proxyenv` can only be written by root; "
        "ask for it by its name" in target.notes
    )


def test_one_that_was_named_and_cannot_be_told_is_an_error() -> None:
    with pytest.raises(PlanError, match=r"`docker` is not given the proxy"):
        decide("all-installed", "docker", installed=("docker",), proxy="http://ada:pw@proxy.corp.test:1")


def test_java_is_a_variable_and_snap_a_command() -> None:
    target = decide("java", "snap")
    assert [variable.name for variable in target.variables][-1] == "JAVA_TOOL_OPTIONS"
    assert (
        "only root can tell snap, and only by a command: `sudo snap set system "
        "proxy.http=http://proxy.corp.test:3128 proxy.https=http://proxy.corp.test:3128 "
        "proxy.no-proxy=localhost,127.0.0.1,::1,0.0.0.0,host.docker.internal`"
    ) in target.notes


def test_java_is_said_to_have_no_way_to_give_credentials() -> None:
    target = decide("java", proxy="http://ada:pw@proxy.corp.test:1")
    (note,) = (note for note in target.notes if note.startswith("Java has no property"))
    assert "pw" not in note
    assert not any(note.startswith("Java has no property") for note in decide("java").notes)


def test_a_variable_of_the_users_own_is_named() -> None:
    host = make_host(environment={"JAVA_TOOL_OPTIONS": "-Xmx1g"})
    findings = Findings((), "2026.10.18", PrefectFindings(HOME / ".prefect/profiles.toml", None, None, None))
    notes = decide_target(host, findings, merge_intent(Request(proxy="p:1", configure=("java",)))).notes
    assert any(
        note.startswith("`JAVA_TOOL_OPTIONS` is set here, and the env files replace it") for note in notes
    )


SAVED = Configuration(configure=("wget",))


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [((), ("wget",)), (("maven", "apt", "maven"), ("apt", "maven")), (("none",), ())],
    ids=["as before", "what is asked, once", "none takes it back"],
)
def test_what_is_asked_wins_over_what_is_saved(asked: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert choose_tools(merge_intent(Request(configure=asked), SAVED)) == chosen


@pytest.mark.parametrize("asked", [("emacs",), ("none", "wget")], ids=["an unknown name", "none and another"])
def test_what_makes_no_sense_is_refused(asked: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        choose_tools(merge_intent(Request(configure=asked), SAVED))
