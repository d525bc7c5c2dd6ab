"""Nothing worse than before: what is tried before it is written, and what stays."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from support.certificates import make_ca
from support.command import Ran, on_a_terminal, proxyenv
from support.issuing import IssuingProxy, contexts_of
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST: Final = "origin.corp.test"
URL: Final = f"https://{HOST}/uuid"


@pytest.fixture(scope="module")
def proxy() -> Iterator[ProxyServer]:
    """An intercepting proxy, behind which the document is."""
    public = trustme.CA()
    with OriginServer(server_context(public, HOST)) as origin:
        names = {f"{HOST}:443": origin.address}
        with ProxyServer(ca=trustme.CA(), origin_ca=public, names=names) as server:
            yield server


@pytest.fixture
def home(tmp_path: Path, proxy: ProxyServer) -> Path:
    """A home in which a set-up works."""
    assert proxy.ca is not None
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "corp.pem").write_bytes(proxy.ca.cert_pem.bytes())
    (tmp_path / "other.pem").write_bytes(make_ca("Other").pem)
    given = ("--proxy", proxy.url, "--ca", str(tmp_path / "corp.pem"), "--url", URL)
    assert run(home, "setup", *given, "--yes", "--no-check").status == 0
    return home


def run(home: Path, *arguments: str) -> Ran:
    return proxyenv(*arguments, home=home)


def dead() -> str:
    """A proxy where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_dead_proxy_over_a_working_set_up_changes_nothing(home: Path) -> None:
    before = snapshot(home)
    refused = run(home, "setup", "--proxy", dead(), "--yes", "--output", "json")
    assert (refused.status, refused.json["status"]) == (1, "failed")
    assert refused.json["data"]["changes"] == []
    failed = [each["cause"] for each in refused.json["data"]["trial"] if each["status"] == "failed"]
    assert failed == ["proxy-refused"]
    assert "`--no-check` writes it untried, and `proxyenv rollback` takes that back" in refused.err
    assert snapshot(home) == before


def test_with_no_check_it_is_written_and_rollback_restores_byte_for_byte(home: Path) -> None:
    before = snapshot(home)
    assert run(home, "setup", "--proxy", dead(), "--yes", "--no-check").status == 0
    assert snapshot(home) != before
    assert run(home, "rollback", "--yes").status == 0
    assert snapshot(home) == before


def test_a_ca_that_did_not_sign_is_refused(home: Path) -> None:
    before = snapshot(home)
    more = ("--replace-ca", "--ca", str(home.parent / "other.pem"), "--yes", "--output", "json")
    refused = run(home, "setup", *more)
    assert refused.status == 1
    (failed,) = (each for each in refused.json["data"]["trial"] if each["status"] == "failed")
    assert failed["check"] == f"tls [https://{HOST}:443]"
    assert "proxyenv-trial" not in failed["detail"] + failed["hint"]
    assert snapshot(home) == before


def test_a_candidate_that_works_is_proposed(home: Path) -> None:
    """It is tried with its own bundle, which is nowhere yet."""
    more = ("--ca", str(home.parent / "other.pem"))
    status, said = on_a_terminal(home, "n\n", "setup", *more)
    assert status == 1
    assert "Apply these changes? [Y/n]" in said
    assert "nevertheless" not in said


@pytest.mark.parametrize(
    ("version", "accepted"),
    [pytest.param("3.12.4", True, id="3.12"), pytest.param("3.13.0", False, id="3.13")],
)
def test_it_is_tried_as_strictly_as_the_python_of_the_flows(
    home: Path, proxy: ProxyServer, version: str, *, accepted: bool
) -> None:
    """The root of the new proxy is one that Python 3.13 refuses, whatever Python runs proxyenv."""
    project = home / "project"
    (project / "bin").mkdir(parents=True)
    (project / "bin/python").symlink_to(sys.executable)
    (project / "pyvenv.cfg").write_text(f"version = {version}\n")
    lax, public = make_ca("Lax", critical=False), home.parent / "public.pem"
    (home.parent / "lax.pem").write_bytes(lax.pem)
    assert proxy.origin_ca is not None
    public.write_bytes(proxy.origin_ca.cert_pem.bytes())
    contexts = contexts_of(lax, HOST)
    with IssuingProxy(names=proxy.names, trusted=public, contexts=contexts) as other:
        more = ("--proxy", other.url, "--ca", str(home.parent / "lax.pem"))
        status, said = on_a_terminal(home, "n\n", "setup", *more, VIRTUAL_ENV=str(project))
    assert status == 1
    assert ("Write it nevertheless? [y/N]" in said) != accepted
    assert ("basicConstraints are not marked critical" in said.partition("Write it")[0]) != accepted


def test_refresh_asks_nobody_and_keeps_what_works(home: Path) -> None:
    toml = home / ".config/proxyenv/proxyenv.toml"
    before = toml.read_text()
    toml.write_text(before.replace("http://127.0.0.1:", "http://127.0.0.2:"))
    seen = snapshot(home)
    status, said = on_a_terminal(home, "y\ny\n", "refresh")
    assert status == 1
    assert "`--no-check` writes it untried" in said
    assert "nevertheless" not in said
    assert snapshot(home) == seen


@pytest.mark.parametrize(
    ("answers", "written"),
    [
        pytest.param("n\n", False, id="no"),
        pytest.param("\n", False, id="nothing is typed"),
        pytest.param("y\ny\n", True, id="yes, and the plan too"),
        pytest.param("y\nn\n", False, id="yes, but not the plan"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal")
def test_a_person_is_asked(home: Path, answers: str, *, written: bool) -> None:
    before = snapshot(home)
    status, said = on_a_terminal(home, answers, "setup", "--proxy", dead())
    assert status == 1  # the check says no too
    assert "Write it nevertheless? [y/N]" in said
    assert (snapshot(home) != before) == written


def test_where_nothing_works_it_is_written_and_the_check_says_no(tmp_path: Path) -> None:
    written = run(tmp_path, "setup", "--proxy", dead(), "--url", URL, "--yes", "--output", "json")
    assert written.status == 1
    assert written.json["data"]["changes"]
    assert "trial" not in written.json["data"]
    assert "what was written stays until `proxyenv uninstall`" in written.err


def test_where_nothing_works_any_more_rollback_is_named(home: Path) -> None:
    assert run(home, "setup", "--proxy", dead(), "--yes", "--no-check").status == 0
    written = run(home, "setup", "--proxy", dead(), "--yes")
    assert written.status == 1
    assert "what was written stays until `proxyenv rollback`" in written.err


def test_the_proxy_of_this_shell_counts_where_nothing_is_set_up(tmp_path: Path, proxy: ProxyServer) -> None:
    assert proxy.ca is not None
    ca = tmp_path / "corp.pem"
    ca.write_bytes(proxy.ca.cert_pem.bytes())
    home = tmp_path / "home"
    home.mkdir()
    variables = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(ca)}
    refused = proxyenv("setup", "--proxy", dead(), "--url", URL, "--yes", home=home, **variables)
    assert refused.status == 1
    assert refused.out.splitlines()[0] == "tried before anything is written:"
    assert refused.out.splitlines()[-2:] == [
        "what you have today works where the new settings do not",
        "nothing was changed",
    ]
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("arguments", [("setup", "--dry-run"), ("diff",)])
def test_what_only_shows_connects_to_nobody(
    home: Path, proxy: ProxyServer, arguments: tuple[str, ...]
) -> None:
    seen = len(proxy.requests)
    run(home, *arguments, "--profile", "other")
    assert len(proxy.requests) == seen
