"""What the demonstration plays on: a home, an origin, a Prefect server and an intercepting proxy.

The home is thrown away. It has a little history, and `uninstall` has to survive a comparison with it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import find_search_path
from proxyenv.demo.intercepting_proxy import (
    InterceptingProxy,
    Network,
    ensure_mitmproxy,
    machine_environment,
    start_proxy,
)
from proxyenv.demo.origin import DemoOrigin, start_origin
from proxyenv.demo.prefect_server import PrefectServer, start_prefect_server
from proxyenv.errors import VerifyError
from proxyenv.machine.local import find_program as find_on_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.demo.step import Recorder


PROFILES: Final = b"""\
# two servers, one laptop
active = "staging"

[profiles.staging]
PREFECT_API_URL = "http://staging.demo.test:4200/api"  # ask Ada
PREFECT_LOGGING_LEVEL = "INFO"
"""

FILES: Final[Mapping[str, tuple[int, bytes]]] = {
    # No newline at the end: the commonest way to break somebody's last line.
    ".bashrc": (0o644, b"# ~/.bashrc\nalias ll='ls -l'\nexport EDITOR=vi"),
    "dotfiles/profile": (0o640, b"# kept in git, linked from ~/.profile\nPATH=$PATH:$HOME/bin\n"),
    ".prefect/profiles.toml": (0o600, PROFILES),
}
"""Path below the home → mode and content."""

LINKS: Final[Mapping[str, str]] = {".profile": "dotfiles/profile"}
"""Symlink below the home → what it points to."""

MISSING: Final = "missing"


def find_program(name: str) -> str | None:
    """Where a program is in the absolute entries of ``PATH``."""
    found = find_on_path(name, os.environ)
    return str(found) if found else None


def make_home(home: Path) -> None:
    """Create *home* and the files of somebody who has worked in it."""
    home.mkdir(mode=0o755)
    for name, (mode, content) in FILES.items():
        path = home / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    for name, goal in LINKS.items():
        (home / name).symlink_to(goal)


def take_snapshot(home: Path) -> Mapping[str, str]:
    """Describe every file, directory and link below *home*: its mode, and a digest or the link's goal.

    Returns:
        The path below *home*, which is itself ``.`` → the description.
    """
    paths = [home, *sorted(home.rglob("*"))]
    return {path.relative_to(home).as_posix(): _describe(path) for path in paths}


def find_differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Name each path that differs between two snapshots, with both descriptions, sorted by path."""
    return tuple(
        f"`{name}` was {before.get(name, MISSING)}, is {after.get(name, MISSING)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _describe(path: Path) -> str:
    mode = path.lstat().st_mode
    permissions = f"{stat.S_IMODE(mode):04o}"
    if stat.S_ISLNK(mode):
        return f"link to {path.readlink()}"
    if stat.S_ISDIR(mode):
        return f"directory {permissions}"
    return f"file {permissions} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


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
    return {"HOME": str(home), "PATH": find_search_path(os.environ) or os.defpath}


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
    if find_program("sh") is None:
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
def ending_in_order() -> Iterator[None]:
    """Take a request to end as an interrupt: the servers are stopped and the directory is removed."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
