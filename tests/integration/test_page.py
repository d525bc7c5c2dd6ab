"""The page in a real Chromium: it says nothing to the console, asks for nothing, and axe-core finds nothing.

Then the real thing: the page of a check behind a proxy whose every answer is hostile.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.page.page import render_page
from support.axe import find_axe, find_violations
from support.browser import open_tab
from support.certificates import make_ca
from support.command import proxyenv, proxyenv_sourced
from support.machine import in_ci
from support.pages import make_no, make_odd, make_yes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proxyenv.page.content import Page
    from support.browser import Tab

pytestmark = [
    pytest.mark.slow,
    in_ci,
]

PAGES: Final = pytest.mark.parametrize("make", [make_yes, make_no, make_odd], ids=["a yes", "a no", "odd"])
WIDTHS: Final = pytest.mark.parametrize("width", [1280, 390])
LOOKS: Final = {"by day": ("light", "screen"), "by night": ("dark", "screen"), "on paper": ("light", "print")}
WAYS: Final = [
    *product((make_yes, make_no), (1280, 390), LOOKS),
    # the longest, for which axe-core takes ten seconds
    (make_odd, 390, "by night"),
    (make_odd, 1280, "on paper"),
]


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return find_axe(tmp_path_factory.mktemp("home-of-npm"))


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with open_tab() as opened:
        yield opened


def show(tab: Tab, directory: Path, html: str) -> None:
    """Open it from a file, and forget what was said before."""
    file = directory / "page.html"
    file.write_text(html, "ascii")
    tab.said.clear()
    tab.requests.clear()
    tab.open(file)


@pytest.mark.parametrize(("make", "width", "look"), WAYS)
def test_it_is_accessible(  # noqa: PLR0917 - each way of looking at it
    make: Callable[[], Page], width: int, look: str, tab: Tab, axe: str, tmp_path: Path
) -> None:
    scheme, media = LOOKS[look]
    tab.resize(width)
    tab.emulate(scheme=scheme, media=media)
    show(tab, tmp_path, render_page(make()))
    assert find_violations(tab, axe) == []


@PAGES
@WIDTHS
def test_it_fits_asks_for_nothing_and_says_nothing(
    make: Callable[[], Page], width: int, tab: Tab, tmp_path: Path
) -> None:
    tab.resize(width)
    tab.emulate()
    show(tab, tmp_path, render_page(make()))
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert tab.requests == [(tmp_path / "page.html").as_uri()]
    assert tab.said == []
    assert tab.evaluate("document.scripts.length") == 0


def test_a_script_on_it_would_not_run(tab: Tab, tmp_path: Path) -> None:
    """What the escaping holds back, the policy would hold back too."""
    script = "document.title='owned'"
    injected = f"<script>{script}</script><img src=http://127.0.0.1:9/ onerror={script}>"
    show(tab, tmp_path, render_page(make_yes()).replace("<header>", f"<header>{injected}"))
    assert tab.evaluate("document.title") == "proxyenv check: yes"
    assert len(tab.said) > 1


def test_on_paper_everything_is_unfolded(tab: Tab, tmp_path: Path) -> None:
    tab.emulate()
    show(tab, tmp_path, render_page(make_no()))
    is_seen = "document.querySelector('.passed').checkVisibility()"
    assert tab.evaluate(is_seen) is False
    tab.emulate(media="print")
    assert tab.evaluate(is_seen) is True
    assert tab.print().startswith(b"%PDF-")


def test_every_text_has_its_contrast_in_high_contrast_too(tab: Tab, tmp_path: Path, axe: str) -> None:
    show(tab, tmp_path, render_page(make_no()))
    features = [{"name": "forced-colors", "value": "active"}]
    tab.call("Emulation.setEmulatedMedia", media="screen", features=features)
    assert find_violations(tab, axe) == []


HOSTILE: Final = "</script><script>alert(1)</script>\u202e"


@contextlib.contextmanager
def hostile_proxy() -> Iterator[int]:
    """Answers everything with words that are markup; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.recv(65536)
                        line = f"HTTP/1.1 403 {HOSTILE}\r\nServer: {HOSTILE}\r\nVia: 1.1 {HOSTILE}\r\n"
                        connection.sendall(f"{line}Content-Length: 0\r\n\r\n".encode())

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_what_a_malicious_proxy_and_its_ca_say_is_text(tab: Tab, axe: str, tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_bytes(make_ca("</style></svg><script>alert(1)</script>").pem)
    with hostile_proxy() as port:
        given = ("--proxy", f"127.0.0.1:{port}", "--ca", tmp_path / "corp.pem", "--yes", "--no-check")
        assert proxyenv("setup", *given, home=tmp_path).status == 0
        done = proxyenv_sourced("check", "--output", "html", home=tmp_path)
    assert done.status == 1, done.err
    assert "&#60;script&#62;alert(1)" in done.out
    show(tab, tmp_path, done.out)
    assert tab.evaluate("document.scripts.length") == 0
    assert "proxy-denied" in tab.evaluate("document.body.innerText")
    assert (tab.said, len(tab.requests)) == ([], 1)
    assert find_violations(tab, axe) == []
