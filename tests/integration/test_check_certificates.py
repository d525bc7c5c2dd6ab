"""The `tls` rung against real servers: which certificate is refused, and by which Python."""

from __future__ import annotations

import ssl
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from proxyenv.checks.handshake import server_context
from proxyenv.checks.ladder import run_ladder
from proxyenv.checks.mirror import Mirror
from proxyenv.model.inspection import CertificatePath
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject
from support.certificates import DAY, Issued, make_ca, make_leaf
from support.defects import HOST, make_case
from support.origins import OriginServer
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from proxyenv.model.report import Outcome

NOW: Final = datetime.now(UTC)


@contextmanager
def serving(
    sent: Sequence[bytes],
    key: bytes,
    anchors: Iterable[bytes],
    bundle: Path,
    *,
    newest: ssl.TLSVersion | None = None,
    clock: tuple[str, int] | None = None,
) -> Iterator[Subject]:
    """A client behind a proxy that passes TLS on to a server with these certificates."""
    bundle.write_text("".join(map(ssl.DER_cert_to_PEM_cert, anchors)))
    context = server_context(Mirror(CertificatePath(tuple(sent), (), HOST), key))
    if newest:
        context.minimum_version = newest
    with OriginServer(context) as origin:
        names = {f"{HOST}:443": origin.address, **({f"{HOST}:80": clock} if clock else {})}
        with ProxyServer(names=names) as proxy:
            yield make_subject(ProxyURL("http", "127.0.0.1", proxy.port, None, None), bundle)


def make_subject(proxy: ProxyURL, bundle: Path) -> Subject:
    return Subject(
        python=sys.executable,
        environment={},
        directory=Path("/"),
        http_proxy=proxy,
        https_proxy=proxy,
        no_proxy=(),
        bundle=bundle,
        profile="unused",
        api_url=None,
        urls=(f"https://{HOST}/uuid",),
        timeout=5.0,
    )


def climb(subject: Subject, *, version: str = "", targets: tuple[str, ...] = ()) -> list[Outcome]:
    subject = replace(subject, version=version, target_pythons=targets)
    return list(run_ladder(subject, progress=lambda _: None, checks=("tls", "negative-control")).outcomes)


def show(*issued: Issued) -> tuple[list[bytes], bytes]:
    return [each.der for each in issued], issued[0].key_pem


TLS: Final = f"tls [https://{HOST}:443]"


def test_the_handshake_is_as_strict_as_the_python_of_the_flows(tmp_path: Path) -> None:
    case = make_case("bc_not_critical")
    with serving(case.path.sent, case.key, case.path.anchors, tmp_path / "b.pem") as subject:
        lenient, strict = climb(subject, version="3.12"), climb(subject, version="3.14")
    assert (lenient[0].check, lenient[0].status) == (TLS, "ok")
    assert {each.status for each in lenient if each.check.startswith("negative-control [wrong")} == {"ok"}
    assert (strict[0].status, strict[0].cause) == ("failed", "ca-rejected")
    assert strict[0].detail.endswith(
        "Basic Constraints of CA cert not marked critical: the root `Lab Root` (depth 1): "
        "its basicConstraints are not marked critical"
    )


def test_a_target_is_a_no_of_its_own_and_stops_nothing(tmp_path: Path) -> None:
    case = make_case("bc_not_critical")
    with serving(case.path.sent, case.key, case.path.anchors, tmp_path / "b.pem") as subject:
        tls, target, *rest = climb(subject, version="3.12", targets=("3.13", "3.14", "3.12"))
    assert tls.status == "ok"
    assert (target.check, target.status, target.cause) == (
        f"tls [https://{HOST}:443, Python 3.13]",
        "failed",
        "ca-rejected",
    )
    assert target.detail.startswith(
        f"Python 3.13: the certificate of `https://{HOST}:443`, issued by `Lab Root`"
    )
    assert {each.status for each in rest if each.check.startswith("negative-control [wrong")} == {"ok"}


def test_a_target_that_accepts_it_is_said(tmp_path: Path) -> None:
    case = make_case("good")
    with serving(case.path.sent, case.key, case.path.anchors, tmp_path / "b.pem") as subject:
        _, target, *_ = climb(subject, version="3.12", targets=("3.13",))
    assert (target.status, target.detail) == ("ok", "Python 3.13 accepts the certificate too")


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        pytest.param(NOW - 300 * DAY, "warning", id="it lived for most of a year"),
        pytest.param(NOW - 4 * DAY, "ok", id="the proxy makes one every fortnight"),
    ],
)
def test_an_intermediate_that_expires_soon_is_a_warning_with_its_date(
    begun: datetime, status: str, tmp_path: Path
) -> None:
    root, end = make_ca("Corp Root", not_before=NOW - 400 * DAY), NOW + 10 * DAY
    issuing = make_ca("Corp Issuing", issuer=root, not_before=begun, not_after=end)
    sent, key = show(make_leaf(issuing, HOST), issuing)
    with serving(sent, key, [root.der], tmp_path / "b.pem") as subject:
        tls = climb(subject)[0]
    assert tls.status == status
    told = f"the intermediate CA `Corp Issuing` expires on {end:%Y-%m-%d}"
    assert (told in tls.detail) is (status == "warning")


def test_the_clock_of_the_proxy_decides_whose_clock_is_wrong(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    leaf = make_leaf(root, HOST, not_before=NOW + timedelta(hours=1))
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), _Ahead) as ahead,
        serving(
            *show(leaf), [root.der], tmp_path / "b.pem", clock=("127.0.0.1", ahead.server_port)
        ) as subject,
    ):
        threading.Thread(target=ahead.serve_forever, daemon=True).start()
        tls = climb(subject)[0]
        ahead.shutdown()
    assert (tls.cause, tls.hint) == (
        "clock-wrong",
        "set this machine's clock (`timedatectl` shows it), then run this again",
    )


class _Ahead(BaseHTTPRequestHandler):
    """Two hours ahead."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + 7200)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def test_without_certificates_to_read_the_number_decides(tmp_path: Path) -> None:
    """A server that speaks TLS 1.3 only hides them."""
    root = make_ca("Corp Root")
    with serving(
        *show(make_leaf(root, HOST)),
        [make_ca("Another").der],
        tmp_path / "b.pem",
        newest=ssl.TLSVersion.TLSv1_3,
    ) as subject:
        tls = climb(subject)[0]
    assert (tls.cause, tls.hint) == (
        "ca-missing",
        (
            f"`{tmp_path / 'b.pem'}` does not hold the CA that issued it: get its certificate from IT "
            f"and give it with `--ca FILE`; `proxyenv trust fetch {HOST}` shows what is sent"
        ),
    )


def test_a_server_of_tls_1_3_alone_is_no_trouble(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    with serving(
        *show(make_leaf(root, HOST)), [root.der], tmp_path / "b.pem", newest=ssl.TLSVersion.TLSv1_3
    ) as subject:
        assert climb(subject)[0].status == "ok"


@pytest.mark.parametrize(
    ("name", "told", "hint"),
    [
        pytest.param(
            "127.0.0.1",
            "unable to get local issuer certificate",
            "`{}` does not hold the CA `Proxy CA`: ask whoever runs the proxy for it, "
            "and give it with `--ca FILE`",
            id="an unknown CA",
        ),
        pytest.param(
            "proxy.test",
            "IP address mismatch, certificate is not valid for '127.0.0.1': it is for `proxy.test`",
            "write the proxy's URL with the name that its certificate is for, such as `proxy.test`",
            id="another name",
        ),
    ],
)
def test_the_certificate_of_the_proxy_itself_is_explained(
    name: str, told: str, hint: str, tmp_path: Path
) -> None:
    ca, other = trustme.CA(organization_name="Proxy CA"), trustme.CA(organization_name="Other")
    bundle = tmp_path / "b.pem"
    (ca if name == "proxy.test" else other).cert_pem.write_to_path(bundle)
    with ProxyServer(tls_ca=ca, tls_names=(name,)) as proxy:
        subject = make_subject(ProxyURL("https", "127.0.0.1", proxy.port, None, None), bundle)
        outcomes = run_ladder(subject, progress=lambda _: None, checks=("proxy-connect",)).outcomes
    (found,) = (each for each in outcomes if each.check.startswith("proxy-connect"))
    assert (found.cause, found.hint) == ("proxy-certificate", hint.format(bundle))
    assert found.detail == (
        f"the certificate of the proxy `{proxy.authority}`, issued by `Proxy CA`, is refused: {told}"
    )
