"""Which file a path or a URL names: never one that lies below the working directory because of its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.model.host import find_local_path, is_url, require_local_path
from support.machines import make_host


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///etc/corp.pem", "/etc/corp.pem"),
        ("file:/etc/corp.pem", "/etc/corp.pem"),
        ("FILE:///etc/corp.pem", "/etc/corp.pem"),
        ("file://localhost/etc/corp.pem", "/etc/corp.pem"),
        ("file://LocalHost/etc/corp.pem", "/etc/corp.pem"),
        ("file:///etc/my%20corp.pem", "/etc/my corp.pem"),
        ("file:///etc/b%C3%BCro.pem", "/etc/büro.pem"),
        ("file:///etc/%FF.pem", "/etc/\udcff.pem"),
        ("file:///C:/corp.pem", "/C:/corp.pem"),
        ("/etc/corp.pem", "/etc/corp.pem"),
        ("corp.pem", "corp.pem"),
        ("~/corp.pem", "~/corp.pem"),
        ("files:1.pem", "files:1.pem"),
        ("C:\\corp.pem", "C:\\corp.pem"),
    ],
)
def test_a_file_of_this_machine(text: str, path: str) -> None:
    assert find_local_path(text, "linux") == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///C:/corp.pem", "C:/corp.pem"),
        ("file:/c:/corp.pem", "c:/corp.pem"),
        ("file:C:/corp.pem", "C:/corp.pem"),
        ("file:C:\\corp.pem", "C:/corp.pem"),
        ("file:///C%3A/my%20corp.pem", "C:/my corp.pem"),
        ("file:///corp.pem", "/corp.pem"),
        ("C:\\corp.pem", "C:\\corp.pem"),
        ("C://corp.pem", "C://corp.pem"),
        ("\\\\server\\share\\corp.pem", "\\\\server\\share\\corp.pem"),
    ],
)
def test_a_file_of_this_machine_on_windows(text: str, path: str) -> None:
    assert find_local_path(text, "win32") == path


ELSEWHERE = [
    "file://server/share/corp.pem",
    "FILE://server/share/corp.pem",
    "file://./corp.pem",
    "file://../corp.pem",
    "file://127.0.0.1/corp.pem",
    "file://localhost:80/corp.pem",
    "file://ada@localhost/corp.pem",
    "file://%6Cocalhost/corp.pem",
    "file://[/corp.pem",
    "file://server",
    "file://localhost",
    "file:corp.pem",
    "file:./corp.pem",
    "file:",
    "file:////server/share/corp.pem",
    "file://localhost//server/share/corp.pem",
    "file:///%2Fserver/share/corp.pem",
    "file:///etc/corp.pem%00",
    "ftp://server/corp.pem",
    "smb://server/corp.pem",
    "git+ssh://server/corp.pem",
]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_is_no_file_of_this_machine(text: str, platform: str) -> None:
    assert (is_url(text), find_local_path(text, platform)) == (True, None)


@pytest.mark.parametrize(
    "text",
    [
        "file://C:/corp.pem",
        "file:///C:corp.pem",
        "file:C:corp.pem",
        "file:\\\\server\\share\\corp.pem",
        "file:///\\server\\share\\corp.pem",
        "file:///%5C%5Cserver/share/corp.pem",
        "file:////./pipe/corp",
    ],
)
def test_what_is_no_file_of_this_machine_on_windows(text: str) -> None:
    assert find_local_path(text, "win32") is None


def test_the_refusal_says_what_it_is_and_what_names_it() -> None:
    host = make_host()
    with pytest.raises(DiscoveryError) as raised:
        require_local_path(
            "file://server/a.pac?key=geheim", host, code="pac-unreachable", what="the PAC file", where="`x`"
        )
    assert raised.value.code == "pac-unreachable"
    assert raised.value.message == (
        "the PAC file `file://server/a.pac?key=****`, which `x` names, is not on this machine"
    )
    path = require_local_path("file:///a%20b", host, code="pac-unreachable", what="the PAC file")
    assert path == Path("/a b")
