"""What comes from elsewhere is fetched once in a run, so that what was shown is what is followed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.cli import run
from proxyenv.commands.planning import plan_setup
from proxyenv.model.intent import Request
from support.certificates import make_ca
from support.machines import make_host, make_session
from support.pac_cases import make_function
from support.pac_server import PacServer

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT: Final = make_function('return "PROXY proxy.corp.test:8080"').encode()
OTHER: Final = make_function('return "PROXY evil.test:8080"').encode()
POLICY: Final = b'version = 1\n[proxy]\nhttps = "http://proxy.corp.test:8080"\n'


@pytest.fixture(autouse=True)
def home(home_with_a_ca: Path) -> Path:
    return home_with_a_ca


def plan_twice(home: Path, server: PacServer, request: Request) -> tuple[str, list[str]]:
    """What the second plan of one run says, such as that after an answer, and what the server was asked."""
    session = make_session("setup", host=make_host(home=home))
    first, second = (plan_setup(session, request).target for _ in range(2))
    assert first == second
    return f"{second.https_proxy} {[each.subject for each in second.anchors]}", server.asked


def test_a_pac_file(home: Path) -> None:
    with PacServer(SCRIPT) as server:
        server.later = OTHER
        request = Request(pac=server.url, ca=(str(home / "corp.pem"),))
        found = plan_twice(home, server, request)
    assert found == ("http://proxy.corp.test:8080 ['CN=Corp']", ["/proxy.pac"])


def test_a_ca(home: Path) -> None:
    ca = make_ca("Corp")
    with PacServer(ca.pem, "application/x-pem-file") as server:
        server.later = make_ca("Other").pem
        pin = hashlib.sha256(ca.der).hexdigest()
        direct = Request(https_proxy="http://a.test:1", no_proxy=("127.0.0.1",))
        request = direct._replace(ca=(server.url,), fingerprints=(pin,))
        found = plan_twice(home, server, request)
    assert found == ("http://a.test:1 ['CN=Corp']", ["/proxy.pac"])


def test_a_policy(home: Path) -> None:
    with PacServer(POLICY, "application/toml") as server:
        server.later = POLICY.replace(b"proxy.corp", b"evil")
        digest = hashlib.sha256(POLICY).hexdigest()
        request = Request(policy=server.url, policy_digest=digest, ca=(str(home / "corp.pem"),))
        found = plan_twice(home, server, request)
    assert found == ("http://proxy.corp.test:8080 ['CN=Corp']", ["/proxy.pac"])


def test_what_a_refresh_found_stale_is_what_it_follows(home: Path) -> None:
    with PacServer(OTHER) as server:
        given = ("--pac", server.url, "--ca", "corp.pem", "--yes", "--no-check", "--quiet")
        assert run(["setup", *given]) == 0
        server.content, server.later = SCRIPT, OTHER
        server.asked.clear()
        assert run(["refresh", "--if-stale", "--yes", "--no-check", "--quiet"]) == 0
    assert server.asked == ["/proxy.pac"]
    written = (home / ".config/proxyenv/env.list").read_text("utf-8")
    assert "HTTPS_PROXY=http://proxy.corp.test:8080\n" in written
