"""An API or a proxy that says no and tells what it got: nothing secret in its answer is shown."""

from __future__ import annotations

import json
import re
import sys
import threading
from base64 import b64decode, b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from proxyenv.checks.document import has_form
from proxyenv.checks.failure import parse_facts
from proxyenv.checks.fetch import Asked, run_fetches
from proxyenv.model.subject import Subject
from support.command import environment_of, proxyenv
from support.proxies import Listener

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

KEY: Final = "pnu_K3y\"sec'ret"
HEADERS: Final = json.dumps({"X-Token": "header-s3cret", "X-Other": "Bearer other-s3cret"})
AUTH: Final = "ada:auth-s3cret"
SECRETS: Final = ("K3y", "s3cret", b64encode(AUTH.encode()).decode())


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, and repeats in its answer what the request held."""

    def do_GET(self) -> None:
        head = {name: self.headers[name] for name in ("Authorization", "X-Token", "X-Other")}
        body = json.dumps({"detail": f"bad credentials {head}"}).encode()
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """The beginning of the URLs of an API: the status of its answers comes next."""
    with serve(Echo) as url:
        yield url


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(("pool", "show", "images"), 401, id="pool show"),
        pytest.param(("pool", "patch", "images", "--yes"), 403, id="pool patch"),
        pytest.param(("check", "--pool", "images"), 401, id="check of a pool"),
        pytest.param(("check", "--all-pools"), 403, id="check of all pools"),
    ],
)
def test_a_refusal_that_repeats_key_and_headers_shows_neither(
    echo: str, tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    ran = proxyenv(
        *arguments,
        home=tmp_path,
        PREFECT_API_URL=f"{echo}/{status}/api",
        PREFECT_API_KEY=KEY,
        PREFECT_CLIENT_CUSTOM_HEADERS=HEADERS,
    )
    assert (ran.status, f"{status} " in ran.err, "bad credentials" in ran.err) == (3, True, True), ran.err
    assert [each for each in SECRETS if each in ran.out + ran.err] == [], ran.err


def test_a_refusal_that_repeats_what_a_profile_holds_does_not_show_it(echo: str, tmp_path: Path) -> None:
    profile = {
        "PREFECT_API_URL": f"{echo}/401/api",
        "PREFECT_API_AUTH_STRING": AUTH,
        "PREFECT_CLIENT_CUSTOM_HEADERS": HEADERS,
    }
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in profile.items())
    (tmp_path / ".prefect").mkdir()
    (tmp_path / ".prefect/profiles.toml").write_text(f'active = "corp"\n[profiles.corp]\n{lines}\n')
    ran = proxyenv("pool", "show", "images", home=tmp_path)
    assert (ran.status, "bad credentials" in ran.err) == (3, True), ran.err
    assert [each for each in SECRETS if each in ran.out + ran.err] == [], ran.err


def test_a_setting_that_prefect_refuses_is_named_without_its_value(tmp_path: Path) -> None:
    ran = proxyenv("pool", "show", "images", home=tmp_path, PREFECT_SERVER_DATABASE_PORT="p0rt-s3cret")
    assert (ran.status, "Input should be a valid integer" in ran.err) == (3, True), ran.err
    assert "s3cret" not in ran.out + ran.err


PASSWORD: Final = "PA\"<S3C'xy%/ü"
ADDRESS: Final = "ada:" + quote(PASSWORD, safe="")


class EchoingProxy(Listener):
    """Refuses everything, and repeats the credentials that it got: decoded, as they came, and as in a URL."""

    def __init__(self, template: str) -> None:
        self._template = template

    def serve(self, connection: socket.socket) -> None:
        head = connection.recv(65536)
        sent = head.partition(b"Proxy-Authorization: Basic ")[2].partition(b"\r\n")[0]
        user, _, password = b64decode(sent).decode().partition(":")
        password = password or user
        encoded = re.sub("%..", lambda found: found[0].lower(), quote(password, safe=""))
        said = f"{password} {sent.decode()} {encoded} {quote(password)}"
        connection.sendall(self._template.replace("SENT", said).encode())


WORDS: Final = ("proxy:proxy", "svc:http", "prefect:", "ada:connect", "ada:httpbin")
SAID: Final = "HTTP/1.1 502 no SENT\r\nVia: 1.1 SENT\r\nConnection: close\r\n\r\nSENT"


def check_through(userinfo: str, home: Path, template: str) -> tuple[str, list[dict[str, str]]]:
    """What a check says, without times and ports, through a proxy that repeats what it was sent."""
    with EchoingProxy(template) as proxy:
        url = f"http://{userinfo}@{proxy.authority}"
        pages = ("--url", "http://httpbin.test/uuid", "--url", "https://httpbin.test/uuid")
        ran = proxyenv(
            "check", *pages, "--output", "json", home=home, HTTPS_PROXY=url, http_proxy=url,
            PREFECT_API_URL="http://api.corp.test/api",
        )  # fmt: skip
    said = ran.out.replace(str(proxy.port), "PORT")
    outcomes: list[dict[str, str]] = json.loads(said)["data"]["report"]
    return re.sub(r'"elapsed": [0-9.]+', "", said), outcomes


@pytest.mark.parametrize("userinfo", WORDS)
def test_a_password_that_is_one_of_our_words_hides_none_of_ours(tmp_path: Path, userinfo: str) -> None:
    said, outcomes = check_through(userinfo, tmp_path, SAID)
    found = {each["check"]: each for each in outcomes}
    connected = found["proxy-connect [127.0.0.1:PORT]"]
    assert connected["detail"] == (
        "`127.0.0.1:PORT` answers `502 no **** **** **** ****` to `CONNECT httpbin.test:443`"
    )
    assert connected["hint"] == (
        "the proxy itself cannot connect to `httpbin.test:443`: check the name and port"
    )
    fetched = found["fetch [http://httpbin.test/uuid]"]["detail"]
    assert fetched.startswith("`http://httpbin.test/uuid` answers `502 no **** **** **** ****`")
    assert fetched.endswith("(via 1.1 **** **** **** ****)")
    assert "fetch [https://httpbin.test/uuid]" in found
    assert "`proxy-connect [127.0.0.1:PORT]` failed" in said


def test_two_passwords_of_one_letter_give_the_same_report(tmp_path: Path) -> None:
    line = "HTTP/1.1 502 no\r\nConnection: close\r\n\r\nSENT"
    assert check_through("ada:e", tmp_path, line)[0] == check_through("ada:x", tmp_path, line)[0]


LINE: Final = "HTTP/1.1 407 bad SENT\r\n\r\n"
FETCH: Final = ("trust", "fetch", "example.test")
DOWNLOAD: Final = ("trust", "inspect", "https://example.test/ca.pem")
PLAIN: Final = ("trust", "inspect", "http://example.test/ca.pem", "--ca-fingerprint", "0" * 64)


@pytest.mark.parametrize(
    ("arguments", "template", "shown"),
    [
        pytest.param(FETCH, LINE, "answers `407 bad **** **** **** ****`", id="a status line"),
        pytest.param(
            FETCH,
            "HTTP/1.1 405 No\r\nServer: x SENT\r\n\r\n",
            "calls itself `x **** **** **** ****`",
            id="the name of a server",
        ),
        pytest.param(FETCH, "SENT is no HTTP", "answers `**** **** **** **** is no HTTP`", id="no HTTP"),
        pytest.param(DOWNLOAD, LINE, "407 bad **** **** **** ****", id="a download by TLS"),
        pytest.param(PLAIN, LINE, "407 bad **** **** **** ****", id="a download"),
    ],
)
def test_a_password_that_the_proxy_repeats_is_not_shown(
    tmp_path: Path, arguments: tuple[str, ...], template: str, shown: str
) -> None:
    with EchoingProxy(template) as proxy:
        url = f"http://{ADDRESS}@{proxy.authority}"
        ran = proxyenv(*arguments, home=tmp_path, HTTPS_PROXY=url, http_proxy=url)
    said = ran.out + ran.err
    assert (ran.status, shown in said) == (3, True), said
    assert "S3C" not in said


class Healthy(Echo):
    """An API that is well, and a document with a ``uuid``."""

    def do_GET(self) -> None:
        body = b"true" if self.path == "/api/health" else b'{"uuid": "11111111"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def healthy() -> Iterator[str]:
    """The URL of a server that is well."""
    with serve(Healthy) as url:
        yield url


@pytest.mark.parametrize(
    ("variables", "path", "form"),
    [
        pytest.param(
            {"PREFECT_CLIENT_CUSTOM_HEADERS": '{"ngrok-skip-browser-warning": "true"}'},
            "/api/health",
            "api",
            id="a header that says true",
        ),
        pytest.param({"PREFECT_API_AUTH_STRING": "admin:true"}, "/api/health", "api", id="the password true"),
        pytest.param({"PREFECT_API_AUTH_STRING": "admin:uuid"}, "/uuid", "uuid", id="the password uuid"),
    ],
)
def test_what_an_answer_is_does_not_depend_on_what_is_hidden_in_it(
    healthy: str, tmp_path: Path, variables: dict[str, str], path: str, form: str
) -> None:
    url, environment = f"{healthy}{path}", environment_of(tmp_path, **variables)
    subject = Subject(sys.executable, environment, tmp_path, None, None, (), None, "", None, (url,))
    answer = parse_facts(run_fetches(subject, [Asked("it", url)])["it"]["answer"])
    assert has_form(form, answer)
