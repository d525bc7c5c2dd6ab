"""What the demonstration plays on: a home, an origin, a Prefect server and an intercepting proxy."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.home import make_home, take_snapshot
from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import DemoOrigin, start_origin
from proxyenv.demo.prefect_server import PrefectServer, start_prefect_server
from proxyenv.demo.tool_environment import ensure_mitmproxy, machine_environment
from proxyenv.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.demo.step import Recorder

ORIGIN_NAME: Final = "origin.demo.test"
PREFECT_NAME: Final = "prefect.demo.test"
PREFECT_PORT: Final = 4200
API_URL: Final = f"http://{PREFECT_NAME}:{PREFECT_PORT}/api"
SCHEMES: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and where.

    Args:
        root: the throw-away directory.
        home: the home, in *root*.
        before: the snapshot of the home before anything was set up.
        origin: serves ``/uuid``; clients know it by a name that exists only behind the proxy.
        server: a Prefect server, which clients know by a name of the same kind.
        proxy: the intercepting proxy.
    """

    root: Path
    home: Path
    before: Mapping[str, str]
    origin: DemoOrigin
    server: PrefectServer
    proxy: InterceptingProxy

    @property
    def environment(self) -> Mapping[str, str]:
        """As empty as an environment can be: a home, and a path to find programs on."""
        return empty_environment(self.home)


def empty_environment(home: Path) -> Mapping[str, str]:
    """The environment of a user whose home is *home* and who has set nothing."""
    return {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath)}


@contextmanager
def set_stage(recorder: Recorder, *, tools: Path | None, keep: bool) -> Iterator[Stage]:
    """Start everything, each as a step of its own, and stop and remove it at the end.

    Args:
        recorder: records the steps.
        tools: where mitmproxy's environment is kept between runs; ``None`` for the throw-away directory.
        keep: leave the throw-away directory, and say where it is.

    Raises:
        AbandonedError: something did not start.
        VerifyError: the machine has no POSIX shell (``demo-tool-missing``).
    """
    if shutil.which("sh") is None:
        raise VerifyError("demo-tool-missing", "the demonstration needs a POSIX shell, and there is no `sh`")
    with ExitStack() as stack:
        root = stack.enter_context(_throw_away_directory(keep=keep, say=recorder.say))
        for name in ("origin", "proxy", "server"):
            (root / name).mkdir()
        home = recorder.need("a home with a history", lambda: _furnish(root / "home"), "`{}`".format)
        origin = recorder.need(
            "an origin that serves /uuid over http and https",
            lambda: stack.enter_context(start_origin(root / "origin", names=(ORIGIN_NAME,))),
            lambda made: (
                f"`{ORIGIN_NAME}`, which exists only behind the proxy; TLS on port {made.https_port}"
            ),
        )
        # Started early and waited for late: it needs some 20 seconds, and so does mitmproxy's environment.
        server_home = empty_environment(root / "server")
        server = stack.enter_context(start_prefect_server(root / "server", environment=server_home))
        python = recorder.need(
            "mitmproxy, in an environment of its own",
            lambda: ensure_mitmproxy(tools or root / "tools", machine=machine_environment()),
            lambda made: f"`{made.parent.parent.name}`",
        )
        proxy = recorder.need(
            "an intercepting proxy that refuses loopback",
            lambda: stack.enter_context(start_proxy(python, root / "proxy", _network(origin, server))),
            lambda made: f"`localhost:{made.port}`",
        )
        recorder.need(
            "a Prefect server", lambda: _await(server), lambda made: f"`{API_URL}`, port {made.port}"
        )
        yield Stage(root, home, take_snapshot(home), origin, server, proxy)


@contextmanager
def _throw_away_directory(*, keep: bool, say: Callable[[str], None]) -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="proxyenv-demo-")).resolve()
    try:
        yield root
    finally:
        if keep:
            say(f"kept: {root}")
        else:
            # A server that was told to end may still be closing its database.
            shutil.rmtree(root, ignore_errors=sys.platform == "win32")


def _furnish(home: Path) -> Path:
    make_home(home)
    return home


def _await(server: PrefectServer) -> PrefectServer:
    server.wait()
    return server


def _network(origin: DemoOrigin, server: PrefectServer) -> Network:
    targets = {
        f"{ORIGIN_NAME}:80": origin.http_port,
        f"{ORIGIN_NAME}:443": origin.https_port,
        f"{PREFECT_NAME}:{PREFECT_PORT}": server.port,
    }
    return Network(targets, (443, PREFECT_PORT), origin.ca)
