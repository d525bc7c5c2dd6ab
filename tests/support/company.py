"""A company: mitmproxy in front of an origin and a Prefect server, whose names exist only behind it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import DemoOrigin, start_origin
from proxyenv.demo.stage import empty_environment
from support.issuing import IssuingProxy
from support.other_pythons import require_prefect_on
from support.servers import start_server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TypeVar

    from proxyenv.demo.prefect_server import PrefectServer

    T = TypeVar("T")

__all__ = ["API", "PAGES", "Company", "open_company"]

API: Final = "http://prefect.demo.test:4200/api"

NAMES: Final = (
    *(f"{name}.demo.test" for name in ("origin", "other", "index")),
    "origin.example.test",  # which the certificates of `support.defects` are for
    "httpbin.org",  # where `check` looks when it is not told
)
"""Of the origin."""

PAGES: Final = ("http://origin.demo.test/uuid", "https://origin.demo.test/uuid")
MOODS: Final = Path(__file__).with_name("moods.py")
NOBODY_LISTENS: Final = 1


@dataclass
class Company:
    """What lies behind the proxy.

    Args:
        root: a directory for everything that is thrown away.
        python: of mitmproxy's environment.
        origin: at ``origin.demo.test``, over http and https.
        server: Prefect's, at ``prefect.demo.test:4200``; may still be coming up.
        proxy: intercepts everything, with a CA of its own.
        stack: what was started for a while.
    """

    root: Path
    python: Path
    origin: DemoOrigin
    server: PrefectServer
    proxy: InterceptingProxy
    stack: contextlib.ExitStack
    homes: int = 0
    made: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def network(self) -> Network:
        return _network(self.origin, self.server)

    @cached_property
    def moods(self) -> tuple[Path, InterceptingProxy]:
        """The file with the moods of a second proxy, which has the same CA as the first, and that proxy."""
        file = self.directory("moods") / "moods.json"
        file.write_text("{}", "utf-8")
        options = ("--scripts", str(MOODS), "--set", f"moods={file}")
        return file, self.stack.enter_context(self.intercept(None, *options))

    @cached_property
    def python_3_13(self) -> Path:
        """A Python that verifies strictly, with Prefect."""
        return require_prefect_on("3.13")

    def share(self, name: str, make: Callable[[], AbstractContextManager[T]]) -> T:
        """What several rows use: started by the first of them, and ended with the session."""
        if name not in self.made:
            self.made[name] = self.stack.enter_context(make())
        found: T = self.made[name]
        return found

    def directory(self, name: str) -> Path:
        self.homes += 1
        path = self.root / f"{self.homes}-{name}"
        path.mkdir()
        return path

    def issue(self, contexts: Mapping[str, ssl.SSLContext], **facts: Any) -> IssuingProxy:
        """A proxy to the same network that intercepts with the certificates that it is given."""
        names = {place: ("127.0.0.1", port) for place, port in self.network.targets.items()}
        return IssuingProxy(names=names, trusted=self.origin.ca, contexts=contexts, **facts)

    @contextlib.contextmanager
    def intercept(self, network: Network | None = None, *options: str) -> Iterator[InterceptingProxy]:
        """Another mitmproxy, with another CA."""
        directory = self.directory("proxy")
        with start_proxy(self.python, directory, network or self.network, options=options) as proxy:
            yield proxy


def _network(origin: DemoOrigin, server: PrefectServer) -> Network:
    targets = {
        **{f"{name}:80": origin.http_port for name in NAMES},
        **{f"{name}:443": origin.https_port for name in NAMES},
        "prefect.demo.test:4200": server.port,
        **dict.fromkeys((f"down.demo.test:{port}" for port in (80, 443, 4200)), NOBODY_LISTENS),
    }
    return Network(targets, (443, 4200), origin.ca)


@contextlib.contextmanager
def open_company(root: Path, mitmproxy: Path) -> Iterator[Company]:
    """Start the origin, Prefect's server and the proxy."""
    for name in ("server", "proxy", "origin/files/simple/pip"):
        (root / name).mkdir(parents=True)
    (root / "origin/files/simple/pip/index.html").write_text('<a href="pip-24.0.tar.gz">pip</a>', "utf-8")
    environment = empty_environment(root / "server")
    with (
        start_server(root / "server", environment=environment) as server,
        start_origin(root / "origin", names=NAMES) as origin,
        start_proxy(mitmproxy, root / "proxy", _network(origin, server)) as proxy,
        contextlib.ExitStack() as stack,
    ):
        yield Company(root, mitmproxy, origin, server, proxy, stack)
