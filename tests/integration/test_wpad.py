"""``setup --wpad`` on a network that offers a PAC file: nothing is followed before somebody agrees to it."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

import proxyenv as package
from support.certificates import make_ca
from support.command import Ran
from support.enclosure import Enclosure, open_enclosure
from support.machine import in_ci
from support.pac_cases import make_function
from support.pac_server import PacServer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    in_ci,
]

URL: Final = "http://wpad.eu.corp.example/wpad.dat"
SCRIPT: Final = make_function(
    'return host == "index.corp.example" ? "DIRECT" : "PROXY proxy.corp.example:8080"'
)
OTHER: Final = SCRIPT.replace("proxy.corp.example", "evil.example")
TYPES: Final = """
import os, subprocess, sys
controller, terminal = os.openpty()
os.write(controller, sys.argv[1].encode())
sys.exit(subprocess.call(sys.argv[2:], stdin=terminal))
"""
ALONE: Final = ("--ca", "corp.pem", "--no-check")


class Network(NamedTuple):
    """A home on such a network."""

    home: Path
    enclosure: Enclosure
    server: PacServer

    def run(self, *arguments: str, typed: str = "") -> Ran:
        """Run a verb, with somebody at the terminal where something is *typed*."""
        command = [sys.executable, "-m", "proxyenv", *arguments]
        types = [sys.executable, "-c", TYPES, typed, *command]
        environment = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(package.__file__).parents[1]),
            "PIP_INDEX_URL": "https://index.corp.example/simple/",
            "PIP_CONFIG_FILE": os.devnull,
        }
        done = self.enclosure.run(types if typed else command, environment, directory=self.home, user=0)
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def saved(self) -> str:
        """What is set up."""
        path = self.home / ".config/proxyenv/proxyenv.toml"
        return path.read_text("utf-8") if path.exists() else ""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    names = {"authority": "wpad.eu.corp.example:80", "search": "eu.corp.example"}
    with (
        PacServer(SCRIPT.encode()) as server,
        open_enclosure(tmp_path, server.port, **names) as enclosure,
    ):
        yield Network(tmp_path, enclosure, server)


def digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def test_what_is_offered_is_shown_and_a_no_writes_nothing(network: Network) -> None:
    ran = network.run("setup", "--wpad", *ALONE, "--quiet", typed="\n")
    for line in (
        f"  URL      {URL}",
        "  address  192.0.2.7",
        f"  SHA-256  {digest(SCRIPT)}",
        "  proxy    http://proxy.corp.example:8080, but not for index.corp.example",
    ):
        assert f"{line}\n" in ran.err
    assert (ran.status, ran.out, network.saved) == (1, "nothing was changed\n", "")


def test_a_yes_is_for_this_content_alone(network: Network) -> None:
    ran = network.run("setup", "--wpad", *ALONE, typed="y\ny\n")
    assert ran.status == 0, ran.err
    assert f'pac = "{URL}"\npac_digest = "{digest(SCRIPT)}"\n' in network.saved
    assert "wpad =" not in network.saved
    again = network.run("setup", "--wpad", *ALONE, "--yes")
    assert (again.status, "nothing to change" in again.err) == (0, True)
    network.server.content = OTHER.encode()
    status = network.run("status", "--output", "json")
    assert [each["cause"] for each in status.json["data"]["report"] if each["check"] == "pac"] == [
        "pac-changed"
    ]
    assert "`proxyenv setup --wpad` shows the new one, and asks" in status.out
    assert "pac-mismatch" in network.run("refresh", "--yes", "--no-check").err
    assert "evil.example" not in (network.home / ".config/proxyenv/env.sh").read_text()
    assert network.run("setup", "--wpad", *ALONE, typed="y\ny\n").status == 0
    assert digest(OTHER) in network.saved


def test_what_was_agreed_to_is_followed_whatever_the_server_says_next(network: Network) -> None:
    network.server.later = OTHER.encode()
    ran = network.run("setup", "--wpad", *ALONE, typed="y\ny\n")
    assert (ran.status, network.server.asked) == (0, ["/wpad.dat"]), ran.err
    assert f'pac_digest = "{digest(SCRIPT)}"\n' in network.saved
    assert "HTTPS_PROXY=http://proxy.corp.example:8080\n" in (
        network.home / ".config/proxyenv/env.list"
    ).read_text("utf-8")


def test_a_digest_that_is_none_is_refused_before_the_network_is_asked(network: Network) -> None:
    ran = network.run("setup", "--wpad", "--pac-digest", "zz", *ALONE, "--yes", "--output", "json")
    assert (ran.status, ran.json["errors"][0]["code"], network.server.asked) == (2, "usage", [])


def test_where_nobody_can_be_asked_the_digest_is_needed(network: Network) -> None:
    for options in (("--yes",), ()):
        ran = network.run("setup", "--wpad", *ALONE, *options, "--output", "json")
        error = ran.json["errors"][0]
        assert (ran.status, error["code"], network.saved) == (2, "wpad-unpinned", "")
        assert f"from 192.0.2.7, with the SHA-256 `{digest(SCRIPT)}`" in error["message"]
    command = error["hint"].split("`")[1].split()[1:]
    assert command == ["setup", "--wpad", "--pac-digest", digest(SCRIPT)]
    assert network.run(*command, *ALONE, "--yes").status == 0
    assert digest(SCRIPT) in network.saved
    wrong = network.run("setup", "--wpad", "--pac-digest", digest(OTHER), *ALONE, "--yes")
    assert (wrong.status, "pac-mismatch" in wrong.err) == (3, True)


def test_what_would_change_is_shown_without_a_question(network: Network) -> None:
    for verb in (("diff", "--wpad", "--ca", "corp.pem"), ("setup", "--wpad", *ALONE, "--dry-run")):
        ran = network.run(*verb)
        assert (f"SHA-256  {digest(SCRIPT)}" in ran.err, f'+pac = "{URL}"' in ran.out) == (True, True)
    assert network.saved == ""


def test_a_domain_further_up_is_not_asked(network: Network) -> None:
    below = Enclosure(network.enclosure.socket, "wpad.corp.example:80", "eu.corp.example")
    ran = network._replace(enclosure=below).run("setup", "--wpad", *ALONE, "--yes", "--output", "json")
    error = ran.json["errors"][0]
    assert error["code"] == "wpad-not-found"
    assert error["message"] == "no name for automatic detection resolves: `wpad.eu.corp.example`"
    assert network.server.asked == []


@pytest.mark.parametrize(
    "given", [("--proxy", "a.test:1"), ("--pac", "x.pac"), ("--https-proxy", "a.test:1")]
)
def test_another_way_beside_it_is_refused(network: Network, given: tuple[str, str]) -> None:
    ran = network.run("setup", "--wpad", *given, "--yes", "--output", "json")
    error = ran.json["errors"][0]
    assert (ran.status, error["code"], network.server.asked) == (2, "usage", [])
    assert error["hint"] == f"one of the two: `proxyenv setup --wpad` or `proxyenv setup {' '.join(given)}`"
