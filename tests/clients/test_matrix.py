"""Every client, four questions: with the written variables it trusts what it should, and nothing else.

A fresh process each time. Whether it accepted a server is not what the client says, but whether its request
arrived there; that it went through the proxy, the proxy says.
"""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from proxyenv.catalog.clients.table import find_client
from proxyenv.catalog.shells.posix import parse_values, render_posix
from proxyenv.decide.client import select_variables
from proxyenv.demo.stage import empty_environment
from proxyenv.model.target import Variable
from support.machine import find_cargo, in_ci
from support.matrix_clients import DRIVERS, find_driver
from support.matrix_driver import Driver, Question
from support.matrix_programs import HTTPLIB2
from support.matrix_world import IN_STORE, INTERCEPTED, PUBLIC, UNKNOWN, Network, open_network
from support.mounts import may_mount
from support.native_install import require_tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.native_clients import Tools

pytestmark = pytest.mark.slow

SECONDS: Final = 60
AT_ONCE: Final = 5
SLOW: Final = frozenset({"apprise", "poetry", "prefect-git", "prefect-websockets"})
"""Drivers that take ten seconds and more, and are variants of others."""
IN_SHELL: Final = '. "$0" && exec "$@"'


NOTHING, OWN, ALL = "the proxy alone", "env --client", "the env file"
"""What a client is given."""

PASSED: Final = ("https_proxy",)
"""What a driver hands on by an option, to a client that takes no proxy from the environment."""


Answers = dict[str, list["Future[str | None]"]]
"""By driver: what is wrong with each answer, or nothing."""


class Case(NamedTuple):
    """One client in the network, with a directory of its own."""

    driver: Driver
    network: Network
    tools: Tools
    directory: Path


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with open_network(tmp_path_factory.mktemp("matrix")) as network:
        yield network


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    installed = require_tools(tmp_path_factory.mktemp("home-of-tools"))
    return replace(installed, cargo=find_cargo() or "")


@pytest.fixture(scope="session")
def answers(
    request: pytest.FixtureRequest,
    network: Network,
    tools: Tools,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Answers]:
    """What came of the questions to the clients that are to be tested, all asked from the beginning.

    Most of the time a client waits: for its imports, or before it tries again.
    """
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    chosen = {each.params["driver"].name for each in parameters if each and "driver" in each.params}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = {}
        for driver in (driver for driver in DRIVERS if driver.name in chosen):
            if driver.is_here and (may_mount() or not driver.store):
                case = Case(driver, network, tools, tmp_path_factory.mktemp(driver.name))
                answers[driver.name] = [pool.submit(question, case) for question in QUESTIONS]
        yield answers
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "driver",
    [pytest.param(each, id=each.name, marks=in_ci if each.name in SLOW else ()) for each in DRIVERS],
)
def test_client_trusts_what_it_should(driver: Driver, answers: Answers) -> None:
    driver.require()
    if driver.store and not may_mount():
        pytest.skip("needs a mount namespace of its own")
    problems = [problem for answer in answers[driver.name] if (problem := answer.result()) is not None]
    assert not problems, "\n\n".join(problems)


def test_every_driver_is_of_a_row() -> None:
    assert [driver.name for driver in DRIVERS if find_client(driver.client) is None] == []


def test_most_clients_are_driven() -> None:
    assert len({driver.client for driver in DRIVERS}) >= 49


def test_httplib2_without_pysocks_goes_direct_and_says_nothing(
    network: Network, tools: Tools, tmp_path: Path
) -> None:
    program = f"import sys; sys.modules['socks'] = None; {HTTPLIB2}"
    driver = replace(
        find_driver("httplib2"),
        command=lambda tools, question: [tools.python, "-c", program, question.url],
    )
    case = Case(driver, network, tools, tmp_path)
    question = _make_question(case, f"direct.{INTERCEPTED}", trusting=True)
    done = _run(case, driver.command(tools, question), question, ALL)
    assert done.returncode == 1
    assert "Unable to find the server" in done.stdout
    assert not network.has_asked(question.host)


def _refuses_without(case: Case) -> str | None:
    """(a) With the proxy alone, what is behind the interceptor is refused."""
    return _ask(case, f"without.{INTERCEPTED}", NOTHING, accepts=False)


def _accepts(case: Case) -> str | None:
    """(b) With the env file sourced, it is accepted."""
    return None if case.driver.own else _ask(case, f"with.{INTERCEPTED}", ALL, accepts=True)


def _accepts_alone(case: Case) -> str | None:
    """(b) Likewise with what ``env --client`` prints, where that is all it needs."""
    return None if case.driver.told else _ask(case, f"own.{INTERCEPTED}", OWN, accepts=True)


def _keeps_public_roots(case: Case) -> str | None:
    """(c) What is not intercepted still verifies."""
    if case.driver.proves_roots is None:
        return _ask(case, f"with.{PUBLIC}", OWN if case.driver.own else ALL, accepts=True)
    question = _make_question(case, f"with.{PUBLIC}", trusting=True)
    done = _run(case, case.driver.proves_roots(case.tools, question), question, ALL)
    return None if done.returncode == 0 else f"its own roots are gone\n{done.stdout}"


def _refuses_unknown(case: Case) -> str | None:
    """(d) A server under a CA that nobody trusts is refused."""
    return _ask(case, f"with.{UNKNOWN}", OWN if case.driver.own else ALL, accepts=False)


QUESTIONS: Final = (_refuses_without, _accepts, _accepts_alone, _keeps_public_roots, _refuses_unknown)


def _ask(case: Case, place: str, environment: str, *, accepts: bool) -> str | None:
    """Let the client fetch, and say what is wrong with what came of it."""
    driver, network = case.driver, case.network
    question = _make_question(case, place, trusting=environment != NOTHING)
    done = _run(case, driver.command(case.tools, question), question, environment)
    said = f"{question.host}, status {done.returncode}\n{done.stdout}"
    if not network.has_asked(question.host):
        return f"it did not ask the proxy for {said}"
    if network.has_visited(question.host) != accepts:
        return f"it {'refused' if accepts else 'accepted'} {said}"
    if accepts and driver.finishes and done.returncode != 0:
        return f"it failed with {said}"
    if not accepts and driver.admits and done.returncode == 0:
        return f"it did not mind the failure of {said}"
    return None


def _make_question(case: Case, place: str, *, trusting: bool) -> Question:
    kind, _, domain = place.partition(".")
    home = case.directory / f"{kind}-{domain}"
    home.mkdir()
    for name in (*case.driver.told_proxy, *(case.driver.told if trusting else ())):
        (home / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(case.network.home / name, home / name)
    data = case.network.home / ".local" / "share" / "proxyenv"
    host = f"{case.driver.name.replace('_', '-')}-{kind}.{domain}"
    return Question(host, case.network.proxy.url, home, data, trusting)


def _run(
    case: Case, command: Sequence[str], question: Question, environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the client in a process that has only what was written."""
    driver, network = case.driver, case.network
    env_file = network.env_file if environment == ALL else question.directory / "env.sh"
    if environment != ALL:
        env_file.write_text(render_posix(_select(case, environment)), "utf-8")
    command = ("sh", "-c", IN_SHELL, str(env_file), *command)
    if driver.store:
        store = str(network.stores[question.trusting and driver.store == "corporate"])
        command = ("unshare", "--mount", "sh", "-c", IN_STORE, store, *command)
    settings = {name: value.replace("URL", question.url) for name, value in driver.settings.items()}
    return subprocess.run(
        command,
        env={**empty_environment(question.directory), "LC_ALL": "C.UTF-8", **settings},
        cwd=question.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


def _select(case: Case, environment: str) -> tuple[Variable, ...]:
    """What ``env --client`` prints, or that without what names a file."""
    written = parse_values(case.network.env_file.read_text("utf-8"))
    client = find_client(case.driver.client)
    assert client is not None
    common = tuple(Variable(name, written[name]) for name in PASSED) if client.proxy is None else ()
    variables = (*common, *select_variables(client, written))
    return tuple(variable for variable in variables if environment == OWN or variable.file is None)
