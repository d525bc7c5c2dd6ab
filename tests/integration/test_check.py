"""The whole ladder, with a real Prefect server that has a name only behind the proxy."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import trustme

from proxyenv.checks.ladder import run_ladder
from proxyenv.demo.stage import take_snapshot
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject
from support.machine import in_ci
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer, TLSFront

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.model.report import Outcome, Report

pytestmark = pytest.mark.slow

URLS = ("http://origin.corp.test/uuid", "https://origin.corp.test/uuid")
EPHEMERAL = """\
PREFECT_SERVER_EPHEMERAL_ENABLED = "true"
PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS = "120"
"""
RUNGS = ("prefect-api", "prefect-websocket", "prefect-flow")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@contextlib.contextmanager
def prefect_server(home: Path) -> Iterator[int]:
    """A Prefect server of its own on loopback; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = {
        "HOME": str(home),
        "PREFECT_HOME": str(home / ".prefect"),
        "PATH": "/usr/bin:/bin",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=home, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/health", process)
        yield port
    finally:
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError), direct.open(url, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"no Prefect server at {url}")


@dataclass(frozen=True)
class Company:
    """A network behind an intercepting proxy, with a Prefect server in it."""

    corporate: trustme.CA
    public: trustme.CA
    names: dict[str, tuple[str, int]]
    port: int
    directory: Path

    def proxy(self, allow: Callable[[str, int], bool] = lambda _host, _port: True) -> ProxyServer:
        return ProxyServer(ca=self.corporate, origin_ca=self.public, names=self.names, allow=allow)

    def subject(
        self,
        proxy_port: int,
        *,
        api_url: str | None,
        no_proxy: tuple[str, ...] = LOOPBACK,
        with_ca: bool = True,
    ) -> Subject:
        """What a setup writes: the variables, the bundle and the profile."""
        here = Path(tempfile.mkdtemp(dir=self.directory))
        bundle, profiles = here / "ca-bundle.pem", here / "profiles.toml"
        corporate = self.corporate.cert_pem.bytes() if with_ca else b""
        bundle.write_bytes(Path(certifi.where()).read_bytes() + corporate)
        url = f'PREFECT_API_URL = "{api_url}"\n' if api_url else EPHEMERAL
        profiles.write_text(
            f'active = "corp"\n\n[profiles.other]\n\n[profiles.corp]\n{url}', encoding="utf-8"
        )
        proxy = ProxyURL("http", "127.0.0.1", proxy_port)
        variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), proxy.reveal())
        variables |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(no_proxy))
        variables |= dict.fromkeys(("SSL_CERT_FILE", "PREFECT_API_SSL_CERT_FILE"), str(bundle))
        variables |= {"HOME": str(here), "PREFECT_HOME": str(here), "PATH": "/usr/bin:/bin"}
        return Subject(
            python=sys.executable,
            environment=variables,
            directory=here,
            http_proxy=proxy,
            https_proxy=proxy,
            no_proxy=no_proxy,
            bundle=bundle,
            profile="corp",
            api_url=api_url,
            urls=URLS,
        )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    corporate, public = (
        trustme.CA(organization_name=name) for name in ("Corp Interception", "Some Public Root")
    )
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(prefect_server(tmp_path_factory.mktemp("server")))
        plain = stack.enter_context(OriginServer())
        secure = stack.enter_context(OriginServer(server_context(public, "origin.corp.test")))
        front = stack.enter_context(
            TLSFront(server_context(public, "prefect.corp.test"), ("127.0.0.1", port))
        )
        names = {
            "origin.corp.test:80": plain.address,
            "origin.corp.test:443": secure.address,
            f"prefect.corp.test:{port}": ("127.0.0.1", port),
            "prefect.corp.test:443": front.address,
        }
        yield Company(corporate, public, names, port, tmp_path_factory.mktemp("company"))


def climb(subject: Subject) -> Report:
    """Climb, and see that nothing is left behind."""
    before = set(Path(tempfile.gettempdir()).glob("proxyenv-check-*"))
    report = run_ladder(subject, progress=lambda _: None, nonce="q7d0c4e19a")
    assert set(Path(tempfile.gettempdir()).glob("proxyenv-check-*")) <= before
    return report


def outcome(report: Report, check: str) -> Outcome:
    return next(outcome for outcome in report.outcomes if outcome.check.startswith(check))


def prefect_rungs(report: Report) -> list[tuple[str, str, str | None]]:
    rungs = [outcome for outcome in report.outcomes if outcome.check in RUNGS]
    return [(outcome.check, outcome.status, outcome.cause) for outcome in rungs]


@pytest.fixture(scope="module")
def plain_api(company: Company) -> str:
    return f"http://prefect.corp.test:{company.port}/api"


def test_yes_for_a_server_that_only_the_proxy_can_reach(company: Company, plain_api: str) -> None:
    with company.proxy() as proxy:
        report = climb(company.subject(proxy.port, api_url=plain_api))
    assert [each for each in report.outcomes if each.status != "ok"] == []
    assert report.passed
    assert outcome(report, "prefect-flow").detail == "`Completed`, 2 of 2 task runs read back from the API"
    assert f"connected to the proxy `127.0.0.1:{proxy.port}`" in outcome(report, "prefect-api").detail
    assert f"connected to the proxy `127.0.0.1:{proxy.port}`" in outcome(report, "prefect-websocket").detail
    asked = {target for _, target in proxy.requests}
    assert {f"{plain_api}/health", f"prefect.corp.test:{company.port}", URLS[0]} <= asked


def test_yes_for_a_server_behind_intercepted_tls(company: Company) -> None:
    with company.proxy() as proxy:
        report = climb(company.subject(proxy.port, api_url="https://prefect.corp.test/api"))
    assert [each for each in report.outcomes if each.status != "ok"] == []
    assert "prefect.corp.test:443" in proxy.connects()


def test_denied_connect_to_the_api_loses_task_runs(company: Company, plain_api: str) -> None:
    with company.proxy(allow=lambda _host, port: port == 443) as proxy:
        report = climb(company.subject(proxy.port, api_url=plain_api))
    assert prefect_rungs(report) == [
        ("prefect-api", "ok", None),
        ("prefect-websocket", "failed", "websocket-denied"),
        ("prefect-flow", "failed", "flow-lost-task-runs"),
    ]
    assert outcome(report, "prefect-websocket").hint == (
        f"ask IT to allow CONNECT to `prefect.corp.test:{company.port}` at `127.0.0.1:{proxy.port}`: "
        "most proxies allow it to port 443 only; or add `prefect.corp.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.corp.test`"
    )
    assert not report.passed


def test_a_proxy_that_is_down_stops_all_that_needs_it(company: Company, plain_api: str) -> None:
    with company.proxy() as proxy:
        port = proxy.port
    report = climb(company.subject(port, api_url=plain_api))
    assert outcome(report, "proxy-connect").cause == "proxy-refused"
    assert {outcome.cause for outcome in report.outcomes[3:]} == {"earlier-failure"}


def test_direct_api_is_checked_when_the_proxy_is_down(company: Company) -> None:
    with company.proxy() as proxy:
        port = proxy.port
    report = climb(company.subject(port, api_url=f"http://127.0.0.1:{company.port}/api"))
    assert prefect_rungs(report) == [
        ("prefect-api", "ok", None),
        ("prefect-websocket", "ok", None),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]
    assert outcome(report, "prefect-api").detail.endswith("direct")


def test_a_ca_that_is_missing_breaks_the_intercepted_api(company: Company) -> None:
    with company.proxy() as proxy:
        subject = company.subject(proxy.port, api_url="https://prefect.corp.test/api", with_ca=False)
        report = climb(replace(subject, urls=URLS[:1]))
    assert prefect_rungs(report) == [
        ("prefect-api", "failed", "ca-missing"),
        ("prefect-websocket", "skipped", "earlier-failure"),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]


def test_an_api_that_is_down(company: Company) -> None:
    with company.proxy() as proxy:
        report = climb(company.subject(proxy.port, api_url="http://127.0.0.1:1/api"))
    assert outcome(report, "prefect-api").cause == "api-unreachable"
    assert outcome(report, "prefect-flow").detail == "`prefect-api` failed"


def test_a_page_without_a_uuid_is_a_document_like_any_other(company: Company, plain_api: str) -> None:
    with company.proxy() as proxy:
        subject = company.subject(proxy.port, api_url=plain_api)
        report = climb(replace(subject, urls=("https://origin.corp.test/page",)))
    assert [each for each in report.outcomes if each.status != "ok"] == []
    assert outcome(report, "fetch").detail.startswith(
        "200, text/html, the server also answers a path that nobody can have stored, the client connected"
    )


def test_an_interrupt_leaves_nothing_behind(company: Company, plain_api: str) -> None:
    def interrupt(step: str) -> None:
        if step == "prefect-websocket":
            raise KeyboardInterrupt

    before = set(Path(tempfile.gettempdir()).glob("proxyenv-check-*"))
    with company.proxy() as proxy, pytest.raises(KeyboardInterrupt):
        run_ladder(company.subject(proxy.port, api_url=plain_api), progress=interrupt, nonce="q7d0c4e19a")
    assert set(Path(tempfile.gettempdir()).glob("proxyenv-check-*")) <= before


@in_ci
def test_yes_with_the_ephemeral_server(company: Company) -> None:
    with company.proxy() as proxy:
        subject = company.subject(proxy.port, api_url=None)
        before = take_snapshot(subject.directory)
        report = climb(subject)
    assert take_snapshot(subject.directory) == before  # which is the home, too
    assert prefect_rungs(report) == [
        ("prefect-api", "skipped", None),
        ("prefect-websocket", "skipped", None),
        ("prefect-flow", "ok", None),
    ]
    assert not [target for _, target in proxy.requests if "127.0.0.1" in target or "sens-o-matic" in target]


def test_no_proxy_without_loopback_is_diagnosed(company: Company) -> None:
    with company.proxy() as proxy:
        report = climb(company.subject(proxy.port, api_url=None, no_proxy=("localhost",)))
    flow = outcome(report, "prefect-flow")
    assert (flow.status, flow.cause) == ("failed", "server-start")
    assert flow.hint == "add `127.0.0.1` to NO_PROXY; `localhost` does not cover it"


def test_the_locked_server_answers_a_filter_without_a_limit(company: Company) -> None:
    """The fact that fastapi is bounded below 0.151 for: from there on it is a 422."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "work-pool", "ls"],
        env={
            "HOME": str(company.directory),
            "PATH": "/usr/bin:/bin",
            "PREFECT_API_URL": f"http://127.0.0.1:{company.port}/api",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "No work pools found" in done.stdout) == (0, True), done.stderr
