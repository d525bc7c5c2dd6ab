"""A real Chromium without a window, driven by its own DevTools (https://chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from websockets.sync.client import connect

from support.machine import find_program, give_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.connection import Connection

_SECONDS: Final = 240
_LARGEST: Final = 200_000_000
_FLAGS: Final = (
    *("--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank"),
)
_ROOT_FLAGS: Final = ("--no-sandbox",)
"""Chromium refuses its sandbox to root; here it opens files of the tests alone."""


class Tab:
    """One tab, and what it said and asked for since it was opened.

    Args:
        connection: to its DevTools.

    Attributes:
        said: what came to the console, errors and violations of the policy among it.
        requests: the URLs that it asked for.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._number = connection, 0
        self._events: list[str] = []
        self.said: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask for something, and wait for the answer."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                answer: dict[str, Any] = message["result"]
                return answer

    def open(self, path: Path) -> None:
        """Open a file, and wait until everything in it is loaded."""
        self._events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while "Page.loadEventFired" not in self._events:
            self._receive()

    def resize(self, width: int, height: int = 900) -> None:
        """Give the tab a size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def emulate(self, *, scheme: str = "light", media: str = "screen") -> None:
        """Let the person have chosen a theme, or be printing."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def evaluate(self, script: str) -> Any:
        """The value of an expression, or of the promise that it is."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(json.dumps(done["exceptionDetails"])[:2000])
        return done["result"].get("value")

    def shoot(self) -> bytes:
        """The whole page as PNG."""
        done = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(done["data"])

    def print(self) -> bytes:
        """The page on paper, as PDF."""
        self.emulate(media="print")
        done = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(done["data"])

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=_SECONDS))
        method, given = message.get("method", ""), message.get("params", {})
        self._events.append(method)
        if method == "Log.entryAdded":
            self.said.append(given["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(str([each.get("value") for each in given["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.said.append(given["exceptionDetails"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        return message


@contextmanager
def open_tab() -> Iterator[Tab]:
    """Start a Chromium with a profile of its own, and end it afterwards."""
    program = find_program("chromium")
    if program is None:
        give_up("there is no Chromium")
    with tempfile.TemporaryDirectory(prefix="proxyenv-chromium-", ignore_cleanup_errors=True) as profile:
        flags = (
            *_FLAGS[:-1],
            *(_ROOT_FLAGS if sys.platform != "win32" and os.geteuid() == 0 else ()),
            f"--user-data-dir={profile}",
            _FLAGS[-1],
        )
        with subprocess.Popen(
            [program, *flags],
            env={"PATH": "/usr/bin:/bin", "HOME": profile, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as chromium:
            try:
                with connect(
                    _find_tab(Path(profile), chromium), max_size=_LARGEST, ping_interval=None, proxy=None
                ) as connection:
                    yield Tab(connection)
            finally:
                chromium.terminate()


def _find_tab(profile: Path, chromium: subprocess.Popen[bytes]) -> str:
    """Where the DevTools of the first tab listen: Chromium writes its port into a file when it is ready."""
    from urllib.request import ProxyHandler, build_opener

    end, port_file = time.monotonic() + _SECONDS, profile / "DevToolsActivePort"
    opener = build_opener(ProxyHandler({}))
    while time.monotonic() < end and chromium.poll() is None:
        if port_file.exists() and (lines := port_file.read_text("ascii").splitlines()):
            with opener.open(f"http://127.0.0.1:{lines[0]}/json/list", timeout=_SECONDS) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            if pages:
                url: str = pages[0]["webSocketDebuggerUrl"]
                return url
        time.sleep(0.1)
    raise RuntimeError(f"Chromium did not start: {chromium.poll()}")
