"""The rungs below Prefect, against real servers on loopback: every way in which a proxy can be wrong."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import trustme

from proxyenv.checks.ladder import run_ladder
from proxyenv.checks.proxy import ExpectedRoute
from proxyenv.checks.tls import check_wrong_name
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Origin, Subject
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer, SilentServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.model.report import Outcome, Report

BELOW_PREFECT = ("proxy-resolve", "proxy-connect", "tls", "fetch", "negative-control")
HTTP, HTTPS = "http://origin.corp.test/uuid", "https://origin.corp.test/uuid"


@dataclass(frozen=True)
class Site:
    """A company: its CA, a public one that nobody here trusts, and two origins behind the proxy."""

    corporate: trustme.CA
    public: trustme.CA
    plain: OriginServer
    secure: OriginServer
    directory: Path

    @property
    def names(self) -> dict[str, tuple[str, int]]:
        return {"origin.corp.test:80": self.plain.address, "origin.corp.test:443": self.secure.address}

    def bundle(self, *anchors: trustme.CA, public: bool = True) -> Path:
        path = self.directory / f"bundle-{len(list(self.directory.iterdir()))}.pem"
        roots = Path(certifi.where()).read_bytes() if public else b""
        path.write_bytes(roots + b"".join(anchor.cert_pem.bytes() for anchor in anchors))
        return path

    def intercepting(self) -> ProxyServer:
        return ProxyServer(ca=self.corporate, origin_ca=self.public, names=self.names)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    corporate, public = (
        trustme.CA(organization_name=name) for name in ("Corp Interception", "Some Public Root")
    )
    with OriginServer() as plain, OriginServer(server_context(public, "origin.corp.test")) as secure:
        yield Site(corporate, public, plain, secure, tmp_path_factory.mktemp("bundles"))


def subject_for(
    proxy: ProxyURL | None,
    bundle: Path | None,
    *,
    urls: tuple[str, ...] = (HTTP, HTTPS),
    no_proxy: tuple[str, ...] = ("localhost", "127.0.0.1", "::1"),
) -> Subject:
    """What a setup writes for *proxy* and *bundle*, as far as these rungs look at it."""
    variables = {"NO_PROXY": ",".join(no_proxy), "no_proxy": ",".join(no_proxy)}
    if proxy:
        variables |= dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), proxy.reveal())
    if bundle:
        variables |= {"SSL_CERT_FILE": str(bundle)}
    return Subject(
        python=sys.executable,
        environment={"PATH": "/usr/bin:/bin", **variables},
        directory=Path("/"),
        http_proxy=proxy,
        https_proxy=proxy,
        no_proxy=no_proxy,
        bundle=bundle,
        profile="unused",
        api_url=None,
        urls=urls,
        timeout=5.0,
    )


def at(port: int, *, scheme: str = "http", user: str | None = None, password: str | None = None) -> ProxyURL:
    return ProxyURL(scheme, "127.0.0.1", port, user, password)


def climb(subject: Subject) -> Report:
    return run_ladder(subject, progress=lambda _: None, nonce="q7d0c4e19a", checks=BELOW_PREFECT)


def statuses(report: Report) -> list[tuple[str, str, str | None]]:
    return [(outcome.check, outcome.status, outcome.cause) for outcome in report.outcomes]


def first_broken(report: Report) -> Outcome:
    return next(outcome for outcome in report.outcomes if outcome.status == "failed")


def test_all_is_well_behind_an_intercepting_proxy(site: Site) -> None:
    with site.intercepting() as proxy:
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate)))
    assert [(o.check, o.status, o.cause) for o in report.outcomes] == [
        ("proxy-resolve [127.0.0.1]", "ok", None),
        (f"proxy-connect [127.0.0.1:{proxy.port}]", "ok", None),
        ("tls [https://origin.corp.test:443]", "ok", None),
        (f"fetch [{HTTP}]", "ok", None),
        (f"fetch [{HTTPS}]", "ok", None),
        ("negative-control [certifi alone, https://origin.corp.test:443]", "ok", None),
        ("negative-control [wrong host name, https://origin.corp.test:443]", "ok", None),
    ]
    tls, secure = report.outcomes[2], report.outcomes[4]
    assert "issued by `Corp Interception`, a corporate CA and no public root: intercepted" in tls.detail
    assert (
        f"connected to 127.0.0.1:{proxy.port}, the proxy, certificate issued by `Corp Inter" in secure.detail
    )
    assert report.passed
    assert ("GET", HTTP) in proxy.requests
    assert "origin.corp.test:443" in proxy.connects()


def test_progress_names_each_check_and_hides_the_password(site: Site) -> None:
    said: list[str] = []
    with ProxyServer(
        ca=site.corporate, origin_ca=site.public, names=site.names, credentials=("u", "s3cret")
    ) as proxy:
        subject = subject_for(at(proxy.port, user="u", password="s3cret"), site.bundle(site.corporate))
        report = run_ladder(subject, progress=said.append, nonce="q7d0c4e19a", checks=BELOW_PREFECT)
    assert report.passed
    assert sorted(said) == sorted(outcome.check for outcome in report.outcomes)
    assert "s3cret" not in repr(report) + repr(said) + repr(subject)


def test_nothing_listens_at_the_proxy(site: Site) -> None:
    with site.intercepting() as proxy:
        port = proxy.port
    report = climb(subject_for(at(port), site.bundle(site.corporate)))
    assert statuses(report) == [
        ("proxy-resolve [127.0.0.1]", "ok", None),
        (f"proxy-connect [127.0.0.1:{port}]", "failed", "proxy-refused"),
        ("tls [https://origin.corp.test:443]", "skipped", "earlier-failure"),
        (f"fetch [{HTTP}]", "skipped", "earlier-failure"),
        (f"fetch [{HTTPS}]", "skipped", "earlier-failure"),
    ]
    assert report.outcomes[1].hint == f"is the proxy running, and is {port} its port?"
    assert report.outcomes[4].detail == f"`proxy-connect [127.0.0.1:{port}]` failed"
    assert not report.passed


def test_the_name_of_the_proxy_does_not_resolve(site: Site) -> None:
    proxy = ProxyURL("http", "proxy.invalid", 3128)
    report = climb(subject_for(proxy, site.bundle(site.corporate)))
    assert statuses(report)[:2] == [
        ("proxy-resolve [proxy.invalid]", "failed", "proxy-name-unknown"),
        ("proxy-connect [proxy.invalid:3128]", "skipped", "earlier-failure"),
    ]
    assert {outcome.status for outcome in report.outcomes[1:]} == {"skipped"}


def test_proxy_requires_credentials(site: Site) -> None:
    with ProxyServer(names=site.names, credentials=("user", "s3cret")) as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(site.corporate))))
    assert (outcome.check.split()[0], outcome.cause) == ("proxy-connect", "proxy-credentials-wanted")
    assert outcome.hint == (
        f"name the user: `--proxy http://USER@127.0.0.1:{proxy.port}` asks for the password"
    )


def test_the_proxy_refuses_the_credentials(site: Site) -> None:
    with ProxyServer(names=site.names, credentials=("user", "s3cret")) as proxy:
        report = climb(
            subject_for(at(proxy.port, user="user", password="0ther#"), site.bundle(site.corporate))
        )
    assert first_broken(report).cause == "proxy-credentials-refused"
    assert "0ther" not in repr(report)


class IndiscreetServer(SilentServer):
    """A proxy that says which password it refuses."""

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 407 not s3cret\r\n\r\n")


def test_a_password_that_comes_back_is_masked(site: Site) -> None:
    with IndiscreetServer() as proxy:
        url = at(proxy.port, user="user", password="s3cret")
        outcome = first_broken(climb(subject_for(url, site.bundle(site.corporate))))
    assert "answers `407 not ****`" in outcome.detail


def test_proxy_that_denies_tunnels_serves_plain_pages(site: Site) -> None:
    with ProxyServer(names=site.names, allow=lambda _host, _port: False) as proxy:
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate)))
    assert statuses(report) == [
        ("proxy-resolve [127.0.0.1]", "ok", None),
        (f"proxy-connect [127.0.0.1:{proxy.port}]", "failed", "proxy-denied"),
        ("tls [https://origin.corp.test:443]", "skipped", "earlier-failure"),
        (f"fetch [{HTTP}]", "ok", None),
        (f"fetch [{HTTPS}]", "skipped", "earlier-failure"),
    ]


def test_a_denied_tunnel_that_nobody_needs_is_no_failure(site: Site) -> None:
    with ProxyServer(names=site.names, allow=lambda _host, _port: False) as proxy:
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate), urls=(HTTP,)))
    assert statuses(report)[1:] == [
        (f"proxy-connect [127.0.0.1:{proxy.port}]", "ok", None),
        (f"fetch [{HTTP}]", "ok", None),
        ("proof", "warning", "unproven"),
    ]


def test_the_proxy_cannot_reach_the_origin(site: Site) -> None:
    with ProxyServer(names={"origin.corp.test": ("127.0.0.1", 1)}) as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(site.corporate))))
    assert (outcome.check.split()[0], outcome.cause) == ("proxy-connect", "proxy-gateway")


def test_a_web_server_is_no_proxy(site: Site) -> None:
    outcome = first_broken(climb(subject_for(at(site.plain.port), site.bundle(site.corporate))))
    assert (outcome.check.split()[0], outcome.cause) == ("proxy-connect", "proxy-not-a-proxy")


def test_a_silent_server_is_a_timeout(site: Site) -> None:
    with SilentServer() as silent:
        subject = replace(subject_for(at(silent.port), site.bundle(site.corporate)), timeout=0.5)
        outcome = first_broken(climb(subject))
    assert (outcome.check.split()[0], outcome.cause) == ("proxy-connect", "timeout")


def test_http_to_a_proxy_that_speaks_tls(site: Site) -> None:
    with ProxyServer(tls_ca=site.corporate, names=site.names) as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(site.corporate))))
    assert outcome.cause == "proxy-speaks-tls"
    assert outcome.hint == f"write the URL with `https://`: `--proxy https://127.0.0.1:{proxy.port}`"


def test_http_to_a_proxy_that_speaks_tls_and_is_not_trusted(site: Site) -> None:
    with ProxyServer(tls_ca=site.public, names=site.names) as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(site.corporate))))
    assert outcome.cause == "proxy-speaks-tls"


def test_https_to_a_plain_proxy(site: Site) -> None:
    with ProxyServer(names=site.names, credentials=("user", "s3cret")) as proxy:
        url = at(proxy.port, scheme="https", user="user", password="s3cret")
        outcome = first_broken(climb(subject_for(url, site.bundle(site.corporate))))
    assert outcome.cause == "proxy-not-tls"
    assert outcome.hint == "give the same URL with `http://`, its user name and password included"


def test_a_tls_proxy_whose_certificate_is_not_trusted(site: Site) -> None:
    with ProxyServer(tls_ca=site.public, names=site.names) as proxy:
        url = at(proxy.port, scheme="https")
        outcome = first_broken(climb(subject_for(url, site.bundle(site.corporate))))
    assert outcome.cause == "proxy-certificate"


def test_all_is_well_behind_a_tls_proxy(site: Site) -> None:
    with ProxyServer(
        ca=site.corporate, origin_ca=site.public, names=site.names, tls_ca=site.corporate
    ) as proxy:
        report = climb(subject_for(at(proxy.port, scheme="https"), site.bundle(site.corporate)))
    assert [each for each in report.outcomes if each.status != "ok"] == []


def test_a_ca_that_is_not_in_the_bundle_is_named(site: Site) -> None:
    bundle = site.bundle()
    with site.intercepting() as proxy:
        report = climb(subject_for(at(proxy.port), bundle))
    outcome = first_broken(report)
    assert (outcome.check, outcome.cause) == ("tls [https://origin.corp.test:443]", "ca-missing")
    assert outcome.hint == (
        f"`{bundle}` does not hold the CA `Corp Interception`: "
        "get its certificate from IT and give it with `--ca FILE`; "
        "`proxyenv trust fetch origin.corp.test` shows what is sent"
    )
    assert statuses(report)[3:] == [
        (f"fetch [{HTTP}]", "ok", None),
        (f"fetch [{HTTPS}]", "skipped", "earlier-failure"),
    ]


def test_a_namesake_of_the_ca_in_the_bundle_is_told_apart(site: Site) -> None:
    namesake = trustme.CA(organization_name="Twin", organization_unit_name="Same")
    signer = trustme.CA(organization_name="Twin", organization_unit_name="Same")
    with ProxyServer(ca=signer, origin_ca=site.public, names=site.names) as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(namesake))))
    assert (outcome.check.split()[0], outcome.cause) == ("tls", "ca-wrong")


def test_a_bundle_that_is_gone(site: Site) -> None:
    bundle = site.bundle(site.corporate)
    bundle.unlink()
    with site.intercepting() as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), bundle)))
    assert (outcome.check.split()[0], outcome.cause) == ("tls", "bundle-missing")


@pytest.mark.parametrize(
    ("spell", "why"),
    [
        pytest.param(
            lambda pem: pem.decode().encode("utf-16"), "it finds no certificate in PEM there", id="UTF-16"
        ),
        pytest.param(
            lambda pem: pem.replace(b"\n", b"\n  "), "a part of it is damaged or badly joined", id="indented"
        ),
    ],
)
def test_a_bundle_that_openssl_does_not_load(site: Site, spell: Callable[[bytes], bytes], why: str) -> None:
    bundle = site.bundle(site.corporate)
    bundle.write_bytes(spell(site.corporate.cert_pem.bytes()))
    with site.intercepting() as proxy:
        outcome = first_broken(climb(subject_for(at(proxy.port), bundle)))
    assert (outcome.check.split()[0], outcome.cause) == ("tls", "bundle-unreadable")
    assert outcome.detail.endswith(why)
    assert outcome.hint == f"`proxyenv setup --ca {bundle}` writes what can be read of it in plain PEM"


def test_a_certificate_for_another_host(site: Site) -> None:
    with ProxyServer(names={"other.corp.test:443": site.secure.address}) as proxy:
        urls = ("https://other.corp.test/uuid",)
        outcome = first_broken(climb(subject_for(at(proxy.port), site.bundle(site.public), urls=urls)))
    assert (outcome.check.split()[0], outcome.cause) == ("tls", "host-name-mismatch")


def test_tunnel_without_interception_proves_no_ca(site: Site) -> None:
    roots = site.bundle(site.public, public=False)  # stands for certifi's
    with ProxyServer(names=site.names) as proxy:
        subject = subject_for(at(proxy.port), site.bundle(site.corporate, site.public), urls=(HTTPS,))
        report = climb(replace(subject, public_roots=roots))
    assert "a public root: not intercepted" in report.outcomes[2].detail
    assert statuses(report)[3:] == [
        (f"fetch [{HTTPS}]", "ok", None),
        ("negative-control [certifi alone, https://origin.corp.test:443]", "warning", "not-intercepted"),
        ("negative-control [wrong host name, https://origin.corp.test:443]", "ok", None),
    ]
    assert report.passed


def test_no_proxy_sends_it_past_the_proxy(site: Site) -> None:
    urls = (f"http://127.0.0.1:{site.plain.port}/uuid",)
    with site.intercepting() as proxy:
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate), urls=urls))
    fetch = report.outcomes[-2]
    assert (fetch.check, fetch.status, fetch.cause) == (f"fetch [{urls[0]}]", "warning", "bypassed")
    assert "NO_PROXY has `127.0.0.1`; this proves nothing about the proxy" in fetch.detail
    assert proxy.requests == [("CONNECT", f"127.0.0.1:{site.plain.port}")]


def test_environment_without_the_proxy_is_caught(site: Site) -> None:
    url = f"http://127.0.0.1:{site.plain.port}/uuid"
    with site.intercepting() as proxy:
        subject = subject_for(at(proxy.port), site.bundle(site.corporate), urls=(url,), no_proxy=())
        report = climb(replace(subject, environment={}))
    fetch = report.outcomes[-1]
    assert (fetch.status, fetch.cause) == ("failed", "not-proxied")
    assert f"connected to 127.0.0.1:{site.plain.port}, which is not the proxy" in fetch.detail


def test_without_any_proxy_everything_goes_direct(site: Site) -> None:
    urls = (f"http://127.0.0.1:{site.plain.port}/uuid",)
    report = climb(subject_for(None, None, urls=urls))
    assert statuses(report) == [
        ("proxy-resolve", "skipped", "no-proxy-configured"),
        (f"fetch [{urls[0]}]", "ok", None),
    ]
    assert "direct" in report.outcomes[1].detail


@pytest.mark.parametrize(
    ("path", "status", "cause"),
    [
        pytest.param("/status/503", "failed", "origin-status", id="an-error-of-the-origin"),
        pytest.param("/nothing", "failed", "origin-status", id="no-such-document"),
    ],
)
def test_a_document_that_is_not_the_one(site: Site, path: str, status: str, cause: str) -> None:
    with site.intercepting() as proxy:
        urls = (f"http://origin.corp.test{path}",)
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate), urls=urls))
    outcome = next(outcome for outcome in report.outcomes if outcome.check.startswith("fetch"))
    assert (outcome.status, outcome.cause) == (status, cause)


def test_server_that_requires_sni_gets_a_wrong_name(site: Site) -> None:
    context = server_context(site.corporate, "origin.corp.test")

    def insist(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = insist
    with OriginServer(context) as origin:
        subject = subject_for(None, site.bundle(site.corporate))
        finding = check_wrong_name(subject, Origin("https", "127.0.0.1", origin.port), ExpectedRoute(None))
    assert finding.status == "ok"
    assert "wrong.invalid" in finding.detail


def test_proxy_that_signs_any_name_is_a_warning(site: Site) -> None:
    context = server_context(site.corporate, "wrong.invalid")

    def insist(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = insist
    with OriginServer(context) as origin:
        subject = subject_for(None, site.bundle(site.corporate))
        finding = check_wrong_name(subject, Origin("https", "127.0.0.1", origin.port), ExpectedRoute(None))
    assert (finding.status, finding.cause) == ("warning", "control-passed")


def test_another_refusal_makes_the_name_check_inconclusive(site: Site) -> None:
    with OriginServer(server_context(site.public, "192.0.2.1", "wrong.invalid")) as origin:
        subject = subject_for(None, site.bundle(site.corporate))
        finding = check_wrong_name(subject, Origin("https", "127.0.0.1", origin.port), ExpectedRoute(None))
    assert (finding.status, finding.cause) == ("warning", "ca-missing")


def test_certificate_for_the_wrong_address_fails_the_control(site: Site) -> None:
    with OriginServer(server_context(site.corporate, "192.0.2.1")) as origin:
        subject = subject_for(None, site.bundle(site.corporate))
        finding = check_wrong_name(subject, Origin("https", "127.0.0.1", origin.port), ExpectedRoute(None))
    assert (finding.status, finding.cause) == ("failed", "control-passed")


def test_when_everything_is_bypassed_nothing_is_proven(site: Site) -> None:
    with site.intercepting() as proxy:
        urls = (f"http://127.0.0.1:{site.plain.port}/uuid",)
        report = climb(subject_for(at(proxy.port), site.bundle(site.corporate), urls=urls))
    assert not report.passed


def test_an_answer_that_drips_has_an_end() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        with connection, contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: drip(listener.accept()[0]), daemon=True).start()
        subject = replace(subject_for(at(listener.getsockname()[1]), None), timeout=0.5)
        report = climb(subject)
    connected = next(outcome for outcome in report.outcomes if outcome.check.startswith("proxy-connect"))
    assert (connected.status, connected.cause) == ("failed", "timeout")
    assert connected.elapsed < 5


@pytest.mark.parametrize("password", ["fetch", "p", "tls"])
def test_a_password_that_is_a_word_of_ours_breaks_no_name(site: Site, password: str) -> None:
    with replace(site.intercepting(), credentials=("u", password)) as proxy:
        with_password = at(proxy.port, user="u", password=password)
        report = climb(subject_for(with_password, site.bundle(site.corporate)))
    assert {outcome.check.partition(" ")[0] for outcome in report.outcomes} >= {
        "proxy-connect",
        "tls",
        "fetch",
    }
