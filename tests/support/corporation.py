"""A corporation with workers of Prefect: a proxy that intercepts, an API, and homes set up for both."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import trustme

from support.command import Ran, proxyenv, start_verb
from support.fleets import Fleet, start_fleet
from support.origins import OriginServer, server_context
from support.pool_runs import ask
from support.proxies import ProxyServer
from support.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

__all__ = [
    "API",
    "BUSY",
    "URL",
    "Corporation",
    "await_run",
    "bundle_of",
    "found_corporation",
    "read_rows",
    "set_up",
]

URL: Final = "https://origin.corp.test/uuid"
API: Final = "prefect.corp.test:4200"
"""As it is reached through the proxy, which records what is asked for."""
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b'Content-Length: 44\r\n\r\n{"exception_message": "Service Unavailable"}'
)
"""What Prefect's own server answers where two write to its SQLite at once."""


class Corporation(NamedTuple):
    """A proxy that intercepts, its CA, another proxy that refuses everything, and a fleet.

    Args:
        fleet: the API, and its workers.
        home: of whoever asks it past the proxy.
        through: of whoever asks it through the proxy.
        server: the proxy.
        other: the URL of the other one.
        ca: the file with the proxy's CA.
        origin: what is behind the proxy.
    """

    fleet: Fleet
    home: Path
    through: Path
    server: ProxyServer
    other: str
    ca: Path
    origin: OriginServer

    @property
    def proxy(self) -> str:
        """The URL of the proxy."""
        return self.server.url

    @property
    def bundle(self) -> Path:
        """The roots that were set up."""
        return bundle_of(self.home)

    def check(self, *arguments: str, home: Path | None = None) -> Ran:
        """Run a check to its end."""
        return proxyenv("check", *arguments, "--url", URL, "--output", "json", home=home or self.home)

    def start(self, *arguments: str, home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a check, and leave it running."""
        return start_verb("check", *arguments, "--url", URL, home=home or self.home)

    def wear(self, proxy: str = "", *, ca: bool = True) -> dict[str, str]:
        """The variables of a worker.

        Args:
            proxy: that it uses; empty for that of the corporation.
            ca: whether it trusts the proxy's CA.
        """
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        named = dict.fromkeys(names, proxy or self.proxy)
        return {**named, "NO_PROXY": "127.0.0.1", **({"SSL_CERT_FILE": str(self.bundle)} if ca else {})}


@contextlib.contextmanager
def found_corporation(root: Path) -> Iterator[Corporation]:
    """Start all of it."""
    public, corporate = trustme.CA(), trustme.CA(organization_name="Corp Root")
    ca, homes = root / "corp.pem", (root / "home", root / "home-through-the-proxy")
    corporate.cert_pem.write_to_path(ca)
    with (
        start_fleet(root / "fleet") as fleet,
        OriginServer(server_context(public, "origin.corp.test")) as origin,
        ProxyServer(ca=corporate, origin_ca=public, names=name_targets(origin, fleet)) as proxy,
        ProxyServer(deny=True) as other,
    ):
        for home, api in zip(homes, (fleet.api, f"http://{API}/api"), strict=True):
            set_up(home, proxy.url, api, ca)
        yield Corporation(fleet, *homes, proxy, other.url, ca, origin)


def name_targets(origin: OriginServer, fleet: Fleet) -> dict[str, tuple[str, int]]:
    """What only the proxy knows."""
    return {"origin.corp.test:443": origin.address, API: ("127.0.0.1", urlsplit(fleet.api).port or 0)}


def set_up(home: Path, proxy: str, api: str, *cas: Path, replacing: bool = False) -> str:
    """Set a home up, which may be one that is set up already; what was said."""
    home.mkdir(exist_ok=True)
    given = ["--proxy", proxy, "--api-url", api, *(word for each in cas for word in ("--ca", str(each)))]
    given += ["--replace-ca"] if replacing else []
    done = proxyenv("setup", *given, "--yes", "--no-check", home=home)
    assert done.status == 0, done.out + done.err
    return done.err


def bundle_of(home: Path) -> Path:
    """The roots that are set up in a home."""
    return home / ".local/share/proxyenv/ca-bundle.pem"


def read_rows(ran: Ran) -> dict[str, dict[str, Any]]:
    """The rows of the only pool of a check, by worker."""
    (pool,) = ran.json["data"]["pools"]
    return {row["worker"]: row for row in pool["workers"]}


def await_run(fleet: Fleet) -> None:
    """Wait until a worker has taken a run."""
    assert wait_until(lambda: any(state != "SCHEDULED" for state in ask(fleet.api, _read_states)), 90)


async def _read_states(client: PrefectClient) -> list[str]:
    from prefect.client.schemas.sorting import FlowRunSort

    runs = await client.read_flow_runs(limit=50, sort=FlowRunSort.ID_DESC)
    return [str(run.state.type.value) for run in runs if run.state is not None]
