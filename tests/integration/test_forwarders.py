"""Behind a squid that wants NTLM or Digest: the 407 is explained, and px, started as printed, gets through.

What check says of px is what stands behind it: the corporate proxy, or nothing.
"""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import trustme

from proxyenv.catalog.forwarders.px import FORWARDER
from proxyenv.demo.stage import empty_environment
from support.command import Ran, proxyenv, proxyenv_sourced
from support.machine import in_ci
from support.origins import OriginServer, server_context
from support.px import PxSteps, read_steps, require_px, start_px
from support.servers import start_server
from support.squid import Rules, Squid, start_squid

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    in_ci,
]

SAID = {
    "ntlm": "; it offers NTLM (NTLM: git by itself, curl with `--proxy-anyauth`, no Python client)",
    "digest": "; it offers Digest (Digest: git by itself, curl with `--proxy-anyauth`, no Python client)",
}


class Office(NamedTuple):
    """A home behind such a squid, and what was said when it was set up for that directly."""

    scheme: str
    squid: Squid
    home: Path
    page: str
    first: Ran

    @property
    def steps(self) -> PxSteps:
        """What was printed of px."""
        return read_steps(self.first.err)

    def check(self) -> Ran:
        """What a shell with the env file gets."""
        return proxyenv_sourced("check", "--output", "json", home=self.home)


def about(ran: Ran, check: str) -> dict[str, Any]:
    found: dict[str, Any] = next(x for x in ran.json["data"]["report"] if x["check"].startswith(check))
    return found


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prefect's server, direct."""
    place = tmp_path_factory.mktemp("server")
    with start_server(place, environment=empty_environment(place)) as server:
        server.wait()
        yield f"http://127.0.0.1:{server.port}/api"


@pytest.fixture(scope="module", params=["ntlm", "digest"])
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, api: str
) -> Iterator[Office]:
    scheme, home, ca = request.param, tmp_path_factory.mktemp("home"), trustme.CA()
    require_px()
    ca.cert_pem.write_to_path(str(home / "corp.pem"))
    with ExitStack() as stack:
        origin = stack.enter_context(OriginServer(server_context(ca, "*.corp.test")))
        rules = Rules(("origin.corp.test",), (origin.port,), passwords={"ada": "geheim"}, scheme=scheme)
        squid = stack.enter_context(start_squid(rules))
        page = f"https://origin.corp.test:{origin.port}/uuid"
        options = ("--yes", "--output", "json", "--ca", home / "corp.pem", "--url", page, "--api-url", api)
        first = proxyenv("setup", *options, "--proxy", f"http://{squid.authority}", home=home)
        yield Office(scheme, squid, home, page, first)


def test_the_407_names_the_schemes_and_who_could_do_them(office: Office) -> None:
    assert office.first.status == 1
    connect = about(office.first, "proxy-connect")
    assert (connect["status"], connect["cause"]) == ("failed", "proxy-scheme-unsupported")
    assert connect["detail"].endswith(SAID[office.scheme])
    assert office.steps.ini == (
        f"[proxy]\nserver = {office.squid.authority}\nlisten = 127.0.0.1\nport = {office.steps.port}\n"
        "username = DOMAIN\\USER\nnoproxy = localhost,127.0.0.1,::1,0.0.0.0,host.docker.internal\n"
        "[settings]\nidle = 3600\n"
    )


def test_px_from_the_steps_is_accepted_and_the_corporate_proxy_is_named(office: Office) -> None:
    with start_px(office.steps, office.home, user="ada", password="geheim"):
        setup = shlex.split(office.steps.setup)[1:]
        ran = proxyenv(*setup, "--yes", "--output", "json", home=office.home)
        checked = office.check()
    assert (ran.status, checked.status) == (0, 0), ran.out
    for each in (ran, checked):
        connect = about(each, "proxy-connect")
        assert connect["status"] == "ok"
        assert (
            f"and passes requests on to `{office.squid.authority}` ({office.steps.place})"
            in connect["detail"]
        )
    assert office.squid.has_logged(f"CONNECT {office.page.split('/')[2]} 200 -")


def test_a_px_that_lost_its_server_is_a_no(office: Office) -> None:
    lost = office.steps._replace(ini=office.steps.ini.replace(office.squid.authority, ""))
    with start_px(lost, office.home, user="ada", password="geheim"):
        ran = office.check()
    assert ran.status == 1
    connect = about(ran, "proxy-connect")
    assert (connect["status"], connect["cause"]) == ("failed", "forwarder-direct")
    assert f"no proxy stands behind it: `{lost.place}` names none" in connect["detail"]
    assert connect["hint"] == FORWARDER.remedy


def test_a_corporate_proxy_that_is_not_there_is_told_from_px(office: Office) -> None:
    away = office.steps._replace(ini=office.steps.ini.replace(office.squid.authority, "127.0.0.1:1"))
    with start_px(away, office.home, user="ada", password="geheim"):
        ran = office.check()
    connect = about(ran, "proxy-connect")
    assert (ran.status, connect["cause"]) == (1, "proxy-unreachable")
    assert connect["detail"].endswith("`127.0.0.1:1` cannot be reached from here: Connection refused")


def test_a_wrong_password_is_read_out_of_pxs_401(office: Office) -> None:
    if office.scheme == "ntlm":
        pytest.skip("squid's helper takes every password")
    with start_px(office.steps, office.home, user="ada", password="wrong"):
        ran = office.check()
    connect = about(ran, "proxy-connect")
    assert (ran.status, connect["cause"]) == (1, "proxy-credentials-refused")
    assert "answers `401 Unauthorized`" in connect["detail"]
    assert "geheim" not in ran.out + ran.err
