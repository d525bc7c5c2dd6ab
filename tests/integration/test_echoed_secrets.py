"""An API that says no and tells what it got: keys, headers and passwords in its answer are not shown."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import pytest

from support.command import proxyenv

if TYPE_CHECKING:
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


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """The beginning of the URLs of an API: the status of its answers comes next."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


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
