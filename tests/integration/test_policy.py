"""A fleet's policy: pinned, fetched, followed, and outranking what is saved."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from support.certificates import make_ca
from support.command import Ran, proxyenv
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer
from support.tree import snapshot, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST: Final = "fleet.corp.test"
URL: Final = f"http://{HOST}/policy.toml"
PROXY: Final = "http://proxy.corp.example:3128"
POLICY: Final = f"""\
version = 1
[proxy]
http = "{PROXY}"
https = "{PROXY}"
""".encode()
HEADLESS: Final = ("--yes", "--no-check", "--output", "json")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def origin() -> Iterator[OriginServer]:
    with OriginServer(files={"/policy.toml": POLICY}) as server:
        yield server


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def setup(home: Path, *arguments: str | Path, **variables: str) -> Ran:
    return proxyenv("setup", *arguments, *HEADLESS, home=home, **variables)


def code_of(ran: Ran) -> str:
    code: str = ran.json["errors"][0]["code"]
    return code


def saved(home: Path) -> str:
    return (home / ".config/proxyenv/proxyenv.toml").read_text()


def write(home: Path, content: bytes = POLICY) -> Path:
    path = home.parent / "policy.toml"
    path.write_bytes(content)
    return path


def test_a_second_run_changes_nothing_and_says_so(home: Path) -> None:
    given = ("--config", write(home), "--config-digest", digest_of(POLICY))
    first = setup(home, *given)
    assert (first.status, first.json["status"], first.json["changed"]) == (0, "changed", True)
    before = times(home)
    second = setup(home, *given)
    assert (second.status, second.json["status"], second.json["changed"]) == (0, "ok", False)
    assert "nothing to change" in second.err
    assert times(home) == before
    assert f'https = "{PROXY}"' in saved(home)


def test_a_wrong_digest_refuses_shows_both_and_changes_nothing(home: Path) -> None:
    assert setup(home, "--config", write(home)).status == 0
    before = snapshot(home)
    refused = setup(home, "--config", write(home), "--config-digest", "ab" * 32)
    assert (refused.status, code_of(refused)) == (3, "policy-mismatch")
    message = refused.json["errors"][0]["message"]
    assert digest_of(POLICY) in message
    assert "ab" * 32 in message
    assert snapshot(home) == before


def test_it_outranks_what_is_saved_and_what_is_given_outranks_it(home: Path) -> None:
    assert setup(home, "--proxy", "http://own.corp.example:1").status == 0
    assert setup(home, "--config", write(home)).status == 0
    assert PROXY in saved(home)
    once = setup(home, "--proxy", "http://own.corp.example:1")
    assert "`--proxy` outranks the fleet's policy today; `refresh` follows the policy again" in once.err
    assert "own.corp.example" in saved(home)
    assert proxyenv("refresh", *HEADLESS, home=home).json["changed"]
    assert "own.corp.example" not in saved(home)


def test_an_edit_of_the_saved_file_does_not_outrank_it(home: Path) -> None:
    assert setup(home, "--config", write(home)).status == 0
    path = home / ".config/proxyenv/proxyenv.toml"
    path.write_text(saved(home).replace("proxy.corp.example", "own.corp.example"))
    assert proxyenv("refresh", *HEADLESS, home=home).status == 0
    assert "own.corp.example" not in saved(home)


def test_a_file_that_is_not_pinned_is_followed(home: Path) -> None:
    path = write(home)
    assert setup(home, "--config", path).status == 0
    path.write_bytes(POLICY.replace(b"3128", b"8080"))
    assert proxyenv("refresh", *HEADLESS, home=home).json["changed"]
    assert "proxy.corp.example:8080" in saved(home)
    path.unlink()
    refreshed = proxyenv("refresh", *HEADLESS, home=home)
    assert (refreshed.status, refreshed.json["changed"]) == (0, False)


def test_a_file_that_is_pinned_is_not_read_again(home: Path) -> None:
    path = write(home)
    assert setup(home, "--config", path, "--config-digest", digest_of(POLICY)).status == 0
    path.write_bytes(POLICY.replace(b"3128", b"8080"))
    refreshed = proxyenv("refresh", *HEADLESS, home=home)
    assert (refreshed.status, refreshed.json["changed"]) == (0, False)
    assert "8080" not in saved(home)


def test_leaving_it_takes_back_what_it_said(home: Path) -> None:
    more = POLICY + b'[check]\nurls = ["https://fleet.corp.example/uuid"]\n'
    assert setup(home, "--config", write(home, more)).status == 0
    assert setup(home, "--config", "none", "--proxy", "http://own.corp.example:1").status == 0
    assert "fleet.corp.example" not in saved(home)
    assert not (home / ".config/proxyenv/policy.toml").exists()


@pytest.mark.parametrize("changed", ["the file", "its directory"])
def test_a_file_that_others_can_write_needs_a_digest(home: Path, changed: str) -> None:
    directory = home / "shared"
    directory.mkdir()
    path = directory / "policy.toml"
    path.write_bytes(POLICY)
    (path if changed == "the file" else directory).chmod(0o777)
    refused = setup(home, "--config", path)
    assert (refused.status, code_of(refused)) == (3, "foreign-policy")
    assert setup(home, "--config", path, "--config-digest", digest_of(POLICY)).status == 0


def test_a_policy_with_a_password_is_written_for_its_owner_alone(home: Path) -> None:
    secret = POLICY.replace(b"//proxy", b"//ada:geheim@proxy")
    done = setup(home, "--config", write(home, secret))
    assert done.status == 0
    assert "geheim" not in done.out + done.err
    mode = (home / ".config/proxyenv/policy.toml").stat().st_mode & 0o777
    assert oct(mode) == "0o600"


def test_a_url_without_a_digest_is_refused(home: Path, origin: OriginServer) -> None:
    refused = setup(home, "--config", f"http://localhost:{origin.port}/policy.toml")
    assert (refused.status, code_of(refused)) == (2, "policy-unpinned")
    assert origin.requests == []
    assert list(home.iterdir()) == []


def test_it_is_fetched_through_the_proxy_that_is_given(home: Path, origin: OriginServer) -> None:
    pinned = ("--config", URL, "--config-digest", digest_of(POLICY))
    with ProxyServer(names={HOST: origin.address}) as proxy:
        assert setup(home, *pinned, "--proxy", proxy.url).status == 0
        assert [target for _, target in proxy.requests] == [URL]


def test_it_is_fetched_by_a_proxy_of_the_environment_that_it_then_outranks(
    home: Path, origin: OriginServer
) -> None:
    pinned = ("--config", URL, "--config-digest", digest_of(POLICY))
    with ProxyServer(names={HOST: origin.address}) as proxy:
        bootstrap = {"http_proxy": proxy.url, "https_proxy": proxy.url}
        assert setup(home, *pinned, **bootstrap).status == 0
        assert proxy.url not in saved(home)
    refreshed = proxyenv("refresh", *HEADLESS, home=home)
    assert (refreshed.status, refreshed.json["changed"]) == (0, False)


def test_a_page_of_a_portal_is_not_the_policy_and_the_direct_way_is_tried(
    home: Path, origin: OriginServer
) -> None:
    pinned = ("--config", f"http://localhost:{origin.port}/policy.toml")
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlogin"
    with ProxyServer(loopback=True, answers=lambda *_: page) as proxy:
        found = {"http_proxy": proxy.url, "https_proxy": proxy.url, "no_proxy": "nothing.test"}
        assert setup(home, *pinned, "--config-digest", digest_of(POLICY), **found).status == 0
        assert proxy.requests
        refused = setup(home, *pinned, "--config-digest", digest_of(POLICY), "--proxy", proxy.url)
    assert (refused.status, code_of(refused)) == (3, "policy-mismatch")


def test_a_server_of_the_corporate_ca_is_verified_by_the_ca_that_is_given(home: Path, tmp_path: Path) -> None:
    ca = trustme.CA()
    (tmp_path / "corp.pem").write_bytes(ca.cert_pem.bytes())
    with OriginServer(server_context(ca, "localhost"), {"/policy.toml": POLICY}) as origin:
        url = f"https://localhost:{origin.port}/policy.toml"
        pinned = ("--config", url, "--config-digest", digest_of(POLICY))
        refused = setup(home, *pinned)
        assert (refused.status, code_of(refused)) == (3, "policy-unreachable")
        assert "not trusted" in refused.json["errors"][0]["message"]
        assert "`--ca FILE`" in refused.json["errors"][0]["hint"]
        assert list(home.iterdir()) == []
        assert setup(home, *pinned, "--ca", tmp_path / "corp.pem").status == 0
        assert proxyenv("refresh", *HEADLESS, home=home).status == 0
        again = setup(home, *pinned)
        assert (again.status, again.json["changed"]) == (0, False)


def test_the_certificate_itself_may_stand_in_it(home: Path) -> None:
    ca = make_ca("Corp")
    policy = POLICY + b'[trust]\nca = ["""\n'.rstrip(b"\n") + ca.pem + b'"""]\n'
    assert setup(home, "--config", write(home, policy)).status == 0
    assert proxyenv("refresh", *HEADLESS, home=home).json["changed"] is False
    held = (home / ".local/share/proxyenv/corporate-ca.pem").read_text()
    assert ca.fingerprint in held


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("kind", ["a pipe", "a large file", "a directory"])
def test_what_is_no_small_file_is_refused_at_once(home: Path, kind: str) -> None:
    path = home.parent / "policy.toml"
    if kind == "a pipe":
        os.mkfifo(path)  # type: ignore[attr-defined,unused-ignore]  # no Windows
    elif kind == "a directory":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(2 * 1024 * 1024)
    refused = setup(home, "--config", path)
    assert (refused.status, code_of(refused)) == (3, "policy-unreadable")
