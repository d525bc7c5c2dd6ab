"""What does not rest on each other is tried at once, as the servers see it: each holds up its client until
the other's is there too."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Event
from typing import TYPE_CHECKING, Final

from proxyenv.checks.ladder import run_ladder
from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.subject import Subject
from support.command import environment_of, proxyenv, proxyenv_sourced
from support.environments import make_project
from support.proxies import Listener

if TYPE_CHECKING:
    import socket

_PATIENCE: Final = 150.0
"""Seconds: importing Prefect may take so long on a busy machine."""


class Meeting:
    """Two servers, each of which waits for a client of the other."""

    def __init__(self) -> None:
        self.first, self.second = Event(), Event()
        self.missed: list[str] = []

    def servers(self) -> tuple[Held, Held]:
        return Held(self.first, self.second, self.missed), Held(self.second, self.first, self.missed)

    @property
    def took_place(self) -> bool:
        return self.first.is_set() and self.second.is_set() and not self.missed


@dataclass
class Held(Listener):
    """Answers nobody: it hangs up once the other server has a client too, or is out of patience."""

    own: Event
    other: Event
    missed: list[str] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        self.own.set()
        if not self.other.wait(_PATIENCE):
            self.missed.append(str(connection.getsockname()))


def subject_for(*urls: str, http: ProxyURL | None = None, https: ProxyURL | None = None) -> Subject:
    return Subject(
        python=sys.executable,
        environment=environment_of(Path("/")),
        directory=Path("/"),
        http_proxy=http,
        https_proxy=https,
        no_proxy=(),
        bundle=None,
        profile="unused",
        api_url=None,
        urls=urls,
        timeout=2 * _PATIENCE,
    )


def climb(subject: Subject, *checks: str) -> list[str]:
    report = run_ladder(subject, progress=lambda _: None, checks=checks)
    return [outcome.check for outcome in report.outcomes]


def test_two_proxies_are_tried_at_once_and_reported_in_order() -> None:
    meeting = Meeting()
    one, two = meeting.servers()
    with one, two:
        http, https = (ProxyURL("http", "127.0.0.1", each.port, None, None) for each in (one, two))
        subject = subject_for("http://a.test/", "https://a.test/", http=http, https=https)
        checks = climb(subject, "proxy-connect")
    assert meeting.took_place
    assert checks == [f"proxy-connect [{each.authority}]" for each in (one, two)]


def test_two_origins_are_tried_at_once_and_reported_in_order() -> None:
    meeting = Meeting()
    one, two = meeting.servers()
    with one, two:
        checks = climb(subject_for(f"https://{one.authority}/", f"https://{two.authority}/"), "tls")
    assert meeting.took_place
    assert checks == [f"tls [https://{each.authority}]" for each in (one, two)]


def test_the_api_is_asked_while_a_document_is_being_fetched(tmp_path: Path) -> None:
    meeting = Meeting()
    documents, api = meeting.servers()
    with documents, api:
        url = f"http://{api.authority}/api"
        subject = replace(
            subject_for(f"http://{documents.authority}/"),
            environment=environment_of(tmp_path, PREFECT_API_URL=url),
            api_url=url,
        )
        checks = climb(subject, "python", "fetch", "prefect-api")
    assert meeting.took_place
    assert checks == ["python", f"fetch [http://{documents.authority}/]", "prefect-api"]


class Pair(Listener):
    """A proxy that answers nobody before it has two clients."""

    def __init__(self) -> None:
        self._barrier = Barrier(2)
        self.met = False

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(BrokenBarrierError):
            self._barrier.wait(_PATIENCE)
            self.met = True


def test_several_pythons_are_checked_at_once(tmp_path: Path) -> None:
    projects = [str(make_project(tmp_path / name)) for name in ("one", "two")]
    with Pair() as proxy:
        given = ("--proxy", f"http://{proxy.authority}", "--api-url", "http://prefect.corp.test:4200/api")
        assert proxyenv("setup", *given, "--yes", "--no-check", home=tmp_path).status == 0
        named = [word for python in projects for word in ("--python", python)]
        asked = ("check", *named, "--url", "http://a.test/", "--output", "json")
        checked = proxyenv_sourced(*asked, home=tmp_path)
    assert proxy.met
    assert [each["python"] for each in checked.json["data"]["subjects"]] == projects
