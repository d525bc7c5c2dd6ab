"""What proves a route, and what does not: block pages, stored copies, portals, a company's own documents."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import certifi
import pytest
import trustme

from proxyenv.checks.ladder import run_ladder
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject
from support.origins import OriginServer, server_context
from support.proxies import Listener, ProxyServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from proxyenv.model.report import Outcome, Report

BELOW_PREFECT: Final = ("proxy-resolve", "proxy-connect", "tls", "fetch", "negative-control")
HTTP, HTTPS = "http://origin.corp.test/uuid", "https://origin.corp.test/uuid"
INDEX: Final = "https://index.corp.test/page"


def page(body: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + content


@dataclass(frozen=True)
class Company:
    """A company: its CA, two origins behind its proxy, and what is verified against."""

    corporate: trustme.CA
    public: trustme.CA
    plain: OriginServer
    secure: OriginServer
    bundle: Path

    def proxy(self, answers: Callable[[str, str, str], bytes | None] | None = None) -> ProxyServer:
        names = {"origin.corp.test": self.secure.address, "index.corp.test": self.secure.address}
        names |= {"origin.corp.test:80": self.plain.address}
        return ProxyServer(ca=self.corporate, origin_ca=self.public, names=names, answers=answers)

    def check(self, port: int, *urls: str, **changes: Any) -> Report:
        """The report about a process behind the proxy at *port*."""
        proxy = ProxyURL("http", "127.0.0.1", port)
        variables = dict.fromkeys(("http_proxy", "https_proxy"), proxy.reveal())
        variables |= {"SSL_CERT_FILE": str(self.bundle)}
        subject = Subject(
            python=sys.executable,
            environment=variables,
            directory=self.bundle.parent,
            http_proxy=proxy,
            https_proxy=proxy,
            no_proxy=(),
            bundle=self.bundle,
            profile="unused",
            api_url=None,
            urls=urls or (HTTP, HTTPS),
            timeout=5.0,
        )
        changed = replace(subject, **changes)
        return run_ladder(changed, progress=lambda _: None, nonce="q7d0c4e19a", checks=BELOW_PREFECT)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    corporate, public = (trustme.CA(organization_name=name) for name in ("Corp Interception", "Public Root"))
    bundle = tmp_path_factory.mktemp("bundle") / "ca-bundle.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes() + corporate.cert_pem.bytes())
    context = server_context(public, "origin.corp.test", "index.corp.test")
    with OriginServer() as plain, OriginServer(context) as secure:
        yield Company(corporate, public, plain, secure, bundle)


def about(report: Report, check: str) -> Outcome:
    return next(outcome for outcome in report.outcomes if outcome.check.startswith(check))


def verdict(report: Report, check: str) -> tuple[str, str | None]:
    outcome = about(report, check)
    return outcome.status, outcome.cause


# Block pages


def denied(scheme: str, host: str, _path: str) -> bytes | None:
    """A page for every path of the host, over https alone."""
    if scheme == "http" or host != "origin.corp.test":
        return None if scheme == "http" else page("no such host", "502 Bad Gateway")
    return page(
        "<h1>This page is blocked by policy</h1> incident " + uuid.uuid4().hex,
        "200 OK",
        "Content-Type: text/html",
    )


def test_http_is_fine_and_https_is_blocked(company: Company) -> None:
    with company.proxy(denied) as proxy:
        report = company.check(proxy.port)
    assert verdict(report, f"fetch [{HTTP}") == ("ok", None)
    assert verdict(report, f"fetch [{HTTPS}") == ("failed", "block-page")
    assert not report.passed


def test_an_incident_number_in_json_is_no_document(company: Company) -> None:
    def answers(_scheme: str, _host: str, _path: str) -> bytes | None:
        body = json.dumps({"uuid": str(uuid.uuid4()), "message": "blocked"})
        return page(body, "200 OK", "Content-Type: application/json")

    with company.proxy(answers) as proxy:
        report = company.check(proxy.port)
    assert not report.passed
    assert {o.cause for o in report.outcomes if o.check.startswith("fetch")} == {"captive-portal"}

    def here_alone(scheme: str, host: str, path: str) -> bytes | None:
        known = host == "origin.corp.test"
        return answers(scheme, host, path) if known else page("unknown host", "502 Bad Gateway")

    with company.proxy(here_alone) as proxy:
        report = company.check(proxy.port)
    assert not report.passed
    assert {o.cause for o in report.outcomes if o.check.startswith("fetch")} == {"block-page"}


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        pytest.param("403 Forbidden", "proxy-denied", id="denied"),
        pytest.param("502 Bad Gateway", "proxy-gateway", id="unreachable"),
    ],
)
def test_the_proxys_own_status_inside_the_tunnel(company: Company, status: str, cause: str) -> None:
    """As bare as what it says of a name that cannot exist; nothing names the proxy."""

    def answers(_scheme: str, host: str, _path: str) -> bytes | None:
        if host == "origin.corp.test":
            return page("<h1>sorry</h1>", status, "Content-Type: text/html")
        return page("<h1>who is that?</h1>", "504 Gateway Timeout", "Content-Type: text/html")

    with company.proxy(answers) as proxy:
        report = company.check(proxy.port, HTTPS)
    assert verdict(report, "fetch") == ("failed", cause)


def test_the_same_status_of_the_origin_is_the_origins(company: Company) -> None:
    with company.proxy() as proxy:
        report = company.check(proxy.port, "https://origin.corp.test/status/403")
    assert verdict(report, "fetch") == ("failed", "origin-status")
    assert "from the server" in about(report, "fetch").detail


# Copies


@dataclass
class Cache:
    """A proxy that answers from its cache, whatever a request asks for.

    Args:
        by_query: whether the query is part of what it stores.
        down: whether no server is reached any more.
    """

    company: Company
    by_query: bool = False
    down: bool = False
    stored: dict[str, bytes] = field(default_factory=dict)

    def answer(self, scheme: str, host: str, path: str) -> bytes | None:
        if path in self.stored:
            return self.stored[path]
        return page("no answer", "504 Gateway Timeout") if self.down or ".invalid" in host else None


def test_a_proxy_that_replays_while_the_server_is_down(company: Company) -> None:
    copy = page(json.dumps({"uuid": str(uuid.uuid4())}), "200 OK", "Content-Type: application/json")
    cache = Cache(company, down=True, stored={"/uuid": copy})
    with company.proxy(cache.answer) as proxy:
        report = company.check(proxy.port, HTTPS)
    assert verdict(report, "fetch") == ("failed", "stale-answer")
    assert "for a path that nobody can have stored the proxy has only `504" in about(report, "fetch").detail
    assert not report.passed


def test_a_proxy_that_replays_while_the_server_is_up(company: Company) -> None:
    copy = page(
        json.dumps({"uuid": str(uuid.uuid4())}), "200 OK", "Content-Type: application/json", "Age: 900"
    )
    with company.proxy(Cache(company, stored={"/uuid": copy}).answer) as proxy:
        report = company.check(proxy.port, HTTPS)
    assert verdict(report, "fetch") == ("failed", "stale-answer")
    assert "a stored copy, 900 s old: two requests got the same `uuid`" in about(report, "fetch").detail


def test_a_stored_page_says_how_the_server_is_known_to_be_reached(company: Company) -> None:
    copy = page("<h1>A page like any other</h1>", "200 OK", "Content-Type: text/html", "Age: 900")
    with company.proxy(Cache(company, stored={"/page": copy}).answer) as proxy:
        report = company.check(proxy.port, "https://origin.corp.test/page")
    assert verdict(report, "fetch") == ("ok", None)
    assert (
        "a copy 900 s old, but the server also answers a path that nobody can have stored"
        in about(report, "fetch").detail
    )


# Portals


def welcome(_scheme: str, host: str, _path: str) -> bytes | None:
    return page("", "302 Found", f"Location: http://login.hotel.test/?for={host}")


def test_a_portal_is_no_document_and_its_page_is_none_to_name(company: Company) -> None:
    with company.proxy(welcome) as proxy:
        report = company.check(proxy.port)
    assert verdict(report, f"fetch [{HTTP}") == ("failed", "captive-portal")
    assert verdict(report, f"fetch [{HTTPS}") == ("failed", "captive-portal")
    hint = about(report, f"fetch [{HTTP}").hint or ""
    assert hint.startswith("open a browser on this network and log in")
    assert "--url" not in hint


def test_nobody_is_asked_to_trust_the_ca_of_a_portal(company: Company) -> None:
    hotel = trustme.CA(organization_name="Hotel")
    with replace(company.proxy(welcome), ca=hotel) as proxy:
        report = company.check(proxy.port)
    assert verdict(report, "tls") == ("failed", "captive-portal")
    hints = " ".join(outcome.hint or "" for outcome in report.outcomes)
    assert "--ca" not in hints


# A company that denies the public site


def allowed(scheme: str, host: str, _path: str) -> bytes | None:
    if host == "origin.corp.test" or ".invalid" in host:
        return page("<h1>denied by policy</h1>", "403 Forbidden", "X-Squid-Error: ERR_ACCESS_DENIED 0")
    return None if scheme == "https" else page("", "502 Bad Gateway")


def test_an_index_stands_for_a_public_site_that_is_denied(company: Company) -> None:
    forms = {HTTP: "uuid", HTTPS: "uuid", INDEX: ""}
    with company.proxy(allowed) as proxy:
        report = company.check(proxy.port, INDEX, HTTP, HTTPS, forms=forms)
    assert verdict(report, f"fetch [{INDEX}") == ("ok", None)
    assert verdict(report, f"fetch [{HTTP}") == ("warning", "proxy-denied")
    assert verdict(report, f"fetch [{HTTPS}") == ("warning", "proxy-denied")
    assert report.passed


def test_nothing_stands_for_a_site_that_was_named(company: Company) -> None:
    with company.proxy(allowed) as proxy:
        report = company.check(proxy.port, INDEX, HTTPS)
    assert verdict(report, f"fetch [{HTTPS}") == ("failed", "proxy-denied")
    assert not report.passed


def test_a_denied_tunnel_is_replaced_as_well(company: Company) -> None:
    forms = {HTTPS: "uuid", INDEX: ""}
    closed = replace(company.proxy(), allow=lambda host, _port: host != "origin.corp.test")
    with closed as proxy:
        report = company.check(proxy.port, HTTPS, INDEX, forms=forms)
    assert verdict(report, "tls [https://origin.corp.test") == ("warning", "proxy-denied")
    assert verdict(report, f"fetch [{HTTPS}") == ("skipped", "earlier-failure")
    assert verdict(report, f"fetch [{INDEX}") == ("ok", None)
    assert report.passed


def test_a_site_that_is_denied_alone_is_a_no(company: Company) -> None:
    with company.proxy(allowed) as proxy:
        report = company.check(proxy.port, HTTP, HTTPS, forms={HTTP: "uuid", HTTPS: "uuid"})
    assert not report.passed


# Limits


class Stream(Listener):
    """Answers every plain request with a body that *send* writes."""

    def __init__(self, send: Callable[[socket.socket], None], *headers: str) -> None:
        self._send, self._headers = send, headers

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(
            "\r\n".join(["HTTP/1.1 200 OK", *self._headers, "Connection: close", "", ""]).encode()
        )
        self._send(connection)


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


def flood(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 65536)


def bomb(connection: socket.socket) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    while True:
        connection.sendall(packer.compress(bytes(1 << 22)))


WEIGHED: Final = """\
#!{python}
import resource, subprocess, sys
done = subprocess.run([{python!r}, *sys.argv[1:]])
with open({peaks!r}, "a") as peaks:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=peaks)
sys.exit(done.returncode)
"""
"""A Python that writes down the most memory that it had, in MiB."""


def test_a_document_that_drips_has_an_end(company: Company) -> None:
    with Stream(drip) as proxy:
        started = time.monotonic()
        report = company.check(proxy.port, HTTP, timeout=1.0)
    assert verdict(report, "fetch") == ("failed", "timeout")
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("send", "header"),
    [
        pytest.param(flood, "X: y", id="an-endless-document"),
        pytest.param(bomb, "Content-Encoding: gzip", id="a-compressed-bomb"),
    ],
)
def test_no_document_fills_the_memory(
    company: Company, tmp_path: Path, send: Callable[[socket.socket], None], header: str
) -> None:
    python, peaks = tmp_path / "python", tmp_path / "peaks"
    python.write_text(WEIGHED.format(python=sys.executable, peaks=str(peaks)))
    python.chmod(0o755)
    with Stream(send, header) as proxy:
        report = company.check(proxy.port, HTTP, timeout=5.0, python=str(python))
    assert about(report, "fetch").status != "ok"
    measured = [int(line) for line in peaks.read_text().splitlines()]
    assert measured
    assert max(measured) < 300


def test_a_slow_document_warns_that_httpx_would_not_wait(company: Company) -> None:
    def answers(_scheme: str, host: str, path: str) -> bytes | None:
        if path == "/uuid":
            time.sleep(5.5)
        return page("", "502 Bad Gateway") if ".invalid" in host else None

    with company.proxy(answers) as proxy:
        report = company.check(proxy.port, HTTP, timeout=10.0)
    assert verdict(report, "fetch") == ("warning", "slow-answer")
    assert report.passed


# Other ways to be no proxy


class SpeaksHTTP2(Listener):
    """Greets as a server does that speaks HTTP/2 alone, and goes away."""

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(
            b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8)
        )


def test_a_proxy_that_speaks_http2_alone(company: Company) -> None:
    with SpeaksHTTP2() as proxy:
        report = company.check(proxy.port)
    assert verdict(report, "proxy-connect") == ("failed", "proxy-speaks-http2")


def test_an_entry_of_no_proxy_that_httpx_cannot_read(company: Company) -> None:
    with company.proxy() as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        variables = {"https_proxy": url, "http_proxy": url, "no_proxy": "[::1]"}
        report = company.check(proxy.port, environment={**variables, "SSL_CERT_FILE": str(company.bundle)})
    assert verdict(report, "fetch") == ("failed", "environment-refused")
    assert "NO_PROXY has `[::1]`" in about(report, "fetch").detail


def test_a_check_leaves_no_thread(company: Company) -> None:
    before = set(threading.enumerate())
    with company.proxy() as proxy:
        company.check(proxy.port)
    deadline = time.monotonic() + 30  # the readers of a child's output end with it, soon after
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == set()
