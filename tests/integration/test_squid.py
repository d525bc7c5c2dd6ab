"""Behind the proxy that most companies run: squid, as it tunnels, decrypts, asks, denies and fails.

Where it decrypts, it says what is wrong inside a tunnel that it opened all the same, it drops the wish for
a websocket, and it takes nothing but TLS in a tunnel. Then Prefect looks as if it worked, and loses its
task runs.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import pytest
import trustme

from proxyenv.demo.stage import empty_environment
from support.command import Ran, environment_of, proxyenv
from support.machine import in_ci, require_client
from support.matrix_clients import DRIVERS
from support.matrix_driver import Question
from support.matrix_world import make_certifi
from support.origins import OriginServer, server_context
from support.proxies import TLSFront
from support.servers import start_server
from support.squid import Rules, Squid, start_squid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.demo.prefect_server import PrefectServer
    from support.matrix_driver import Driver

pytestmark = pytest.mark.slow

CLIENTS: Final = ("curl", "git-gnutls", "requests", "httpx", "pip")
NAMES: Final = (
    *(f"{name}.corp.test" for name in ("origin", "passed", "denied", "prefect", "untrusted")),
    *(f"{client}-{kind}.corp.test" for client in CLIENTS for kind in ("with", "without")),
)
NOBODY_LISTENS: Final = 1

SENDABLE, UNSENDABLE = "p@s:s%41$!", "p@s:s/w%r#d? é☃"
"""Everything that a URL, a shell or a header could trip over; the second is too much for websockets."""

KINDS: Final = ("tunnelling", "decrypting", "obliging", "asking", "encrypted")
"""The squids, each a fixture."""

Row = tuple[str, str, str | None]


Checks = Mapping[str, Future[tuple[Ran, Path]]]


@dataclass(frozen=True)
class Company:
    """The network behind the proxies.

    Args:
        directory: for homes.
        corporate: signs what squid makes up.
        public: a root that certifi has in these tests.
        packages: that certifi.
        plain: an origin without TLS; no tunnel to its port is allowed.
        secure: an origin for every name of the company.
        untrusted: an origin under a CA that squid does not trust.
        server: Prefect's; may still be coming up.
        front: TLS in front of it.
    """

    directory: Path
    corporate: trustme.CA
    public: trustme.CA
    packages: Path
    plain: OriginServer
    secure: OriginServer
    untrusted: OriginServer
    server: PrefectServer
    front: TLSFront

    @property
    def ca(self) -> Path:
        return self.directory / "corporate.pem"

    @property
    def api(self) -> str:
        """The API over TLS."""
        return f"https://prefect.corp.test:{self.front.port}/api"

    @property
    def plain_api(self) -> str:
        """The API without TLS."""
        return f"http://prefect.corp.test:{self.server.port}/api"

    def page(self, name: str, port: int | None = None) -> str:
        """A page at a name of the company; by default of the origin that works."""
        return f"https://{name}.corp.test:{port or self.secure.port}/uuid"

    def rules(self, *more: int, **changes: Any) -> Rules:
        """Tunnels to the origins and to *more*, and the names of the company."""
        ports = (self.secure.port, self.untrusted.port, NOBODY_LISTENS, *more)
        return Rules(NAMES, ports, origin_ca=self.public, **changes)

    def setup(self, proxy: str, *options: str) -> tuple[Ran, Path]:
        """Run ``setup`` with its check in a new home."""
        home = Path(tempfile.mkdtemp(dir=self.directory))
        given = ("--proxy", proxy, "--ca", str(self.ca), *options)
        ran = proxyenv(
            "setup", "--yes", "-v", "--output", "json", *given, home=home, packages=str(self.packages)
        )
        return ran, home


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Everything but the proxies. Prefect's server comes up while the first tests run."""
    corporate, public, unknown = (
        trustme.CA(organization_name=name) for name in ("Corp Interception", "Some Public Root", "Nobody's")
    )
    directory = tmp_path_factory.mktemp("company")
    corporate.cert_pem.write_to_path(str(directory / "corporate.pem"))
    (directory / "server").mkdir()
    with ExitStack() as stack:
        environment = empty_environment(directory / "server")
        server = stack.enter_context(start_server(directory / "server", environment=environment))
        context = server_context(public, "*.corp.test")
        yield Company(
            directory,
            corporate,
            public,
            make_certifi(directory, public),
            stack.enter_context(OriginServer()),
            stack.enter_context(OriginServer(context)),
            stack.enter_context(OriginServer(server_context(unknown, "*.corp.test"))),
            server,
            stack.enter_context(TLSFront(context, ("127.0.0.1", server.port))),
        )


@pytest.fixture(scope="module")
def tunnelling(company: Company) -> Iterator[Squid]:
    """Reads nothing, and as Debian's does lets CONNECT to few ports: not to that of Prefect's API."""
    with start_squid(company.rules()) as squid:
        yield squid


@pytest.fixture(scope="module")
def decrypting(company: Company) -> Iterator[Squid]:
    """Decrypts, and is otherwise as it comes: no websockets, and nothing but TLS in a tunnel."""
    ports = (company.front.port, company.server.port)
    with start_squid(company.rules(*ports, ca=company.corporate)) as squid:
        yield squid


@pytest.fixture(scope="module")
def obliging(company: Company) -> Iterator[Squid]:
    """Decrypts, and is set up for what the advice of ``check`` asks for."""
    ports = (company.front.port, company.server.port)
    with start_squid(company.rules(*ports, ca=company.corporate, upgrades=True, foreign=True)) as squid:
        yield squid


@pytest.fixture(scope="module")
def asking(company: Company) -> Iterator[Squid]:
    """Wants a user and a difficult password; one user's is more difficult still."""
    ports = (company.front.port, company.server.port)
    with start_squid(company.rules(*ports, passwords={"user": SENDABLE, "other": UNSENDABLE})) as squid:
        yield squid


@pytest.fixture(scope="module")
def encrypted(company: Company) -> Iterator[Squid]:
    """Speaks TLS itself, under the corporate CA."""
    with start_squid(company.rules(company.server.port, tls_ca=company.corporate)) as squid:
        yield squid


def outcomes(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ran.json["data"]["report"]
    return found


def rows(ran: Ran, *checks: str) -> list[Row]:
    """Name without its subject, status and cause; of the named checks, or of all.

    Never of ``settings``: these depend on the files of this machine, such as `/etc/pip.conf`. Nor of
    ``bundle``: the certifi of these tests is no installed package.
    """
    every = [(each["check"].partition(" ")[0], each["status"], each["cause"]) for each in outcomes(ran)]
    return [row for row in every if row[0] in checks or (not checks and row[0] not in {"settings", "bundle"})]


def about(ran: Ran, check: str) -> dict[str, Any]:
    return next(each for each in outcomes(ran) if each["check"].startswith(check))


# Denied, unreachable, not trusted: inside the tunnel, and before there is one


DENIED, CLOSED = "a denied host", "a port that is not among those for CONNECT"
NOBODY, DISTRUSTED = "nobody listens", "an origin that squid does not trust"


class Failures(NamedTuple):
    """What came of a check of pages, each of which fails in a way of its own."""

    ran: Ran
    pages: dict[str, str]


def failing_pages(company: Company) -> dict[str, str]:
    return {
        DENIED: company.page("denied"),
        CLOSED: company.page("origin", company.plain.port),
        NOBODY: company.page("origin", NOBODY_LISTENS),
        DISTRUSTED: company.page("untrusted", company.untrusted.port),
    }


@pytest.fixture(scope="module")
def read(company: Company, decrypting: Squid) -> Failures:
    pages = failing_pages(company)
    options = [word for url in (company.page("passed"), *pages.values()) for word in ("--url", url)]
    return Failures(company.setup(decrypting.authority, *options)[0], pages)


@pytest.mark.parametrize(
    ("page", "cause", "said", "hint"),
    [
        pytest.param(
            DENIED,
            "proxy-denied",
            "answers `403 Forbidden`: squid says `ERR_ACCESS_DENIED` (via 1.1 squid.corp.test (squid/",
            "ask IT to allow the page at the proxy, or name another one with `--url`",
            id="a-denied-host",
        ),
        pytest.param(
            CLOSED,
            "proxy-denied",
            "answers `403 Forbidden`: squid says `ERR_ACCESS_DENIED` (via 1.1 squid.corp.test (squid/",
            "ask IT to allow the page at the proxy, or name another one with `--url`",
            id="a-port-that-is-not-among-those-for-connect",
        ),
        pytest.param(
            NOBODY,
            "proxy-gateway",
            "answers `503 Service Unavailable`: squid says `ERR_CONNECT_FAIL` (via 1.1 squid.corp.test",
            "the proxy itself cannot connect to `origin.corp.test:1`: check the name and port",
            id="nobody-listens",
        ),
        pytest.param(
            DISTRUSTED,
            "proxy-gateway",
            "answers `503 Service Unavailable`: squid says `ERR_SECURE_CONNECT_FAIL` (via 1.1 squid.",
            "ask IT to add the CA of `untrusted.corp.test` at the proxy",
            id="an-origin-that-squid-does-not-trust",
        ),
    ],
)
def test_squids_answer_in_a_tunnel_is_not_the_origins(
    read: Failures, page: str, cause: str, said: str, hint: str
) -> None:
    fetch = about(read.ran, f"fetch [{read.pages[page]}")
    assert (fetch["status"], fetch["cause"]) == ("failed", cause)
    assert said in fetch["detail"]
    assert fetch["hint"].endswith(hint)
    assert about(read.ran, "proxy-connect")["status"] == "ok"


def test_a_tunnel_that_squid_does_not_read_is_not_intercepted(company: Company, read: Failures) -> None:
    authority = f"passed.corp.test:{company.secure.port}"
    assert about(read.ran, f"tls [https://{authority}]")["detail"] == (
        "TLSv1.3, certificate issued by `Some Public Root`, a public root: not intercepted"
    )
    control = about(read.ran, f"negative-control [certifi alone, https://{authority}]")
    assert (control["status"], control["cause"]) == ("warning", "not-intercepted")
    assert about(read.ran, f"fetch [https://{authority}")["status"] == "ok"


@pytest.fixture(scope="module")
def unread(company: Company, tunnelling: Squid) -> Failures:
    pages = failing_pages(company)
    urls = (company.page("nowhere"), pages[DENIED], pages[CLOSED], pages[NOBODY])
    options = [word for url in urls for word in ("--url", url)]
    return Failures(company.setup(tunnelling.authority, *options)[0], pages)


@pytest.mark.parametrize(
    ("check", "page", "cause", "said"),
    [
        pytest.param(
            "proxy-connect", "", "proxy-gateway", "squid says `ERR_", id="a-name-that-does-not-resolve"
        ),
        pytest.param("tls", DENIED, "proxy-denied", "answers `403 Forbidden` to `CONNECT", id="denied"),
        pytest.param(
            "tls",
            CLOSED,
            "proxy-denied",
            "answers `403 Forbidden` to `CONNECT",
            id="a-port-that-is-not-among-those-for-connect",
        ),
        pytest.param(
            "tls",
            NOBODY,
            "proxy-gateway",
            "Service Unavailable` to `CONNECT origin.corp.test:1`: squid says `ERR_CONNECT_FAIL`",
            id="nobody-listens",
        ),
    ],
)
def test_what_squid_says_to_connect_has_its_cause(
    unread: Failures, check: str, page: str, cause: str, said: str
) -> None:
    subject = unread.pages[page].removesuffix("/uuid") if page else ""
    found = about(unread.ran, f"{check} [{subject}")
    assert (found["status"], found["cause"]) == ("failed", cause)
    assert said in found["detail"]


def test_a_denied_port_is_told_from_a_denied_host(unread: Failures, company: Company) -> None:
    target = f"origin.corp.test:{company.plain.port}"
    assert about(unread.ran, f"tls [https://{target}]")["hint"] == (
        f"ask IT to allow CONNECT to `{target}`: most proxies allow it to port 443 only; "
        "or name another page with `--url`"
    )


# Credentials


@pytest.mark.parametrize(
    ("user", "cause"),
    [
        pytest.param("", "proxy-credentials-wanted", id="none"),
        pytest.param("user:wr%C3%B6ng@", "proxy-credentials-refused", id="wrong-ones"),
    ],
)
def test_squid_refuses_without_the_right_credentials(
    company: Company, asking: Squid, user: str, cause: str
) -> None:
    ran, _ = company.setup(f"http://{user}{asking.authority}", "--url", company.page("origin"))
    assert ran.status == 1
    assert rows(ran) == [
        ("files", "ok", None),
        ("python", "ok", None),
        ("proxy-resolve", "ok", None),
        ("proxy-connect", "failed", cause),
        ("tls", "skipped", "earlier-failure"),
        ("fetch", "skipped", "earlier-failure"),
        ("prefect-api", "skipped", None),
        ("prefect-websocket", "skipped", None),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]
    assert asking.has_logged(f"CONNECT origin.corp.test:{company.secure.port} 407 ERR_CACHE_ACCESS_DENIED")
    assert "wröng" not in ran.out + ran.err


# An https:// proxy


@pytest.mark.parametrize(
    ("scheme", "kind", "cause"),
    [
        pytest.param("http", "encrypted", "proxy-speaks-tls", id="plain-to-a-proxy-that-speaks-tls"),
        pytest.param("https", "tunnelling", "proxy-not-tls", id="tls-to-a-plain-proxy"),
    ],
)
def test_the_scheme_of_the_proxy_must_be_right(
    company: Company, request: pytest.FixtureRequest, scheme: str, kind: str, cause: str
) -> None:
    squid: Squid = request.getfixturevalue(kind)
    ran, _ = company.setup(f"{scheme}://{squid.authority}", "--url", company.page("origin"))
    assert rows(ran, "proxy-connect") == [("proxy-connect", "failed", cause)]


# Other clients


class User(NamedTuple):
    """Somebody behind a squid that decrypts, who has run ``setup``."""

    company: Company
    squid: Squid
    home: Path


@pytest.fixture(scope="module")
def user(company: Company, obliging: Squid) -> User:
    ran, home = company.setup(obliging.authority, "--no-check")
    assert ran.status == 0
    return User(company, obliging, home)


def fetch_with(client: str, kind: str, user: User, directory: Path) -> int:
    """Fetch with the sourced env file, or with the proxy alone. Returns the exit status."""
    driver: Driver = next(driver for driver in DRIVERS if driver.name == client)
    for program in driver.needs:
        require_client(program)
    proxy, home = f"http://{user.squid.authority}", user.home
    host = f"{client}-{kind}.corp.test:{user.company.secure.port}"
    question = Question(host, proxy, directory, home / ".local/share/proxyenv", trusting=kind == "with")
    command = driver.command(None, question)  # type: ignore[arg-type]  # these drivers need no tools
    environment = {**environment_of(directory), **driver.settings}
    if kind == "with":
        command = ["sh", "-c", '. "$0" && exec "$@"', str(home / ".config/proxyenv/env.sh"), *command]
    else:
        environment["https_proxy"] = proxy
    done = subprocess.run(
        command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.returncode


@pytest.mark.parametrize("client", CLIENTS)
def test_client_with_env_file_accepts_squids_certificate(client: str, user: User, tmp_path: Path) -> None:
    fetch_with(client, "with", user, tmp_path)
    assert user.squid.has_logged(f"GET https://{client}-with.corp.test:{user.company.secure.port}/")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_without_it_refuses(client: str, user: User, tmp_path: Path) -> None:
    assert fetch_with(client, "without", user, tmp_path) != 0
    host = f"{client}-without.corp.test:{user.company.secure.port}"
    assert user.squid.has_logged(f"CONNECT {host} 200 ")
    assert not [line for line in user.squid.requests if line.startswith(f"GET https://{host}")]


# Prefect


@in_ci
def test_connect_to_443_alone_is_no_matter_of_the_api_key(company: Company) -> None:
    options = ("--url", company.page("denied"), "--api-url", company.api)
    with start_squid(company.rules(ca=company.corporate)) as squid:
        ran, _ = company.setup(squid.authority, *options)
    assert rows(ran, "prefect-api") == [("prefect-api", "failed", "proxy-denied")]
    found = about(ran, "prefect-api")
    assert found["detail"].endswith(": 403, squid says `ERR_ACCESS_DENIED`")
    assert found["hint"].startswith(f"ask IT to allow CONNECT to `prefect.corp.test:{company.front.port}`")


@pytest.fixture(scope="module")
def checks(company: Company, request: pytest.FixtureRequest) -> Iterator[Checks]:
    """The checks that need Prefect. Its client takes seconds to start, so they run two at a time.

    But only one with a flow: a server that keeps its data in SQLite answers 503 to two at once. Where one
    of the pages is denied, no flow is run.
    """
    squids = {kind: request.getfixturevalue(kind) for kind in KINDS}
    at = {kind: squid.authority for kind, squid in squids.items()}
    page, denied = ("--url", company.page("origin")), ("--url", company.page("denied"))
    secure, plain = ("--api-url", company.api), ("--api-url", company.plain_api)
    with_flow = {
        "upgrade": (at["decrypting"], *page, *secure),
        "all": (at["obliging"], *page, *secure),
    }
    without = {
        "plain": (at["decrypting"], *denied, *plain),
        "port": (at["tunnelling"], *denied, *plain),
        "user": (f"http://user:{quote(SENDABLE, safe='')}@{at['asking']}", *page, *denied, *plain),
        "other": (f"http://other:{quote(UNSENDABLE, safe='')}@{at['asking']}", *page, *denied, *plain),
        "tls": (f"https://{at['encrypted']}", *page, *denied, *plain),
    }
    company.server.wait()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        yield {
            **{name: one.submit(company.setup, *options) for name, options in with_flow.items()},
            **{name: other.submit(company.setup, *options) for name, options in without.items()},
        }


@in_ci
def test_all_is_well_behind_a_squid_that_decrypts(company: Company, obliging: Squid, checks: Checks) -> None:
    ran, _ = checks["all"].result()
    assert ran.status == 0
    assert rows(ran) == [
        ("files", "ok", None),
        ("python", "ok", None),
        ("proxy-resolve", "ok", None),
        ("proxy-connect", "ok", None),
        ("tls", "ok", None),
        ("fetch", "ok", None),
        ("negative-control", "ok", None),
        ("negative-control", "ok", None),
        ("prefect-settings", "ok", None),
        ("prefect-api", "ok", None),
        ("prefect-websocket", "ok", None),
        ("prefect-flow", "ok", None),
    ]
    assert about(ran, "prefect-flow")["detail"] == "`Completed`, 1 of 1 task runs read back from the API"
    assert obliging.has_logged(f"CONNECT origin.corp.test:{company.secure.port} 200 -")
    assert obliging.has_logged(f"GET {company.page('origin')} 200 -")
    assert obliging.has_logged(f"GET {company.api}/events/in 101 -")


def test_decrypting_squid_drops_websockets(company: Company, decrypting: Squid, checks: Checks) -> None:
    ran, _ = checks["upgrade"].result()
    assert ran.status == 1
    assert rows(ran, "fetch", "prefect-api", "prefect-websocket", "prefect-flow") == [
        ("fetch", "ok", None),
        ("prefect-api", "ok", None),
        ("prefect-websocket", "failed", "websocket-upgrade-dropped"),
        ("prefect-flow", "failed", "flow-lost-task-runs"),
    ]
    assert about(ran, "prefect-websocket")["hint"] == (
        f"ask IT to let `{decrypting.authority}`, which decrypts this connection "
        f"(`Via: 1.1 squid.corp.test (squid/{decrypting.version})`), "
        "pass the `Upgrade` header on for `prefect.corp.test` "
        "(squid: `http_upgrade_request_protocols websocket allow all`, in lower case), "
        "or not to decrypt TLS to that host; or add `prefect.corp.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.corp.test`"
    )
    assert decrypting.has_logged(f"GET {company.api}/events/in 404 -")


def test_decrypting_squid_closes_plain_websockets(
    company: Company, decrypting: Squid, checks: Checks
) -> None:
    ran, _ = checks["plain"].result()
    assert rows(ran, "prefect-api", "prefect-websocket", "prefect-flow") == [
        ("prefect-api", "ok", None),
        ("prefect-websocket", "failed", "websocket-tunnel-closed"),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]
    target = f"prefect.corp.test:{company.server.port}"
    assert about(ran, "prefect-websocket")["hint"].startswith(
        f"`{decrypting.authority}` may accept only TLS in its tunnels: give the API an `https://` URL, "
        f"or ask IT for plain tunnels to `{target}` (squid: `on_unsupported_protocol tunnel all`); or add"
    )
    assert decrypting.has_logged(f"CONNECT {target} 200 ERR_PROTOCOL_UNKNOWN")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        pytest.param("decrypting", "000", id="as-it-comes"),
        pytest.param("obliging", "200", id="as-advised"),
    ],
)
def test_squid_tunnels_plain_text_only_if_configured(
    company: Company, request: pytest.FixtureRequest, kind: str, status: str
) -> None:
    company.server.wait()
    curl, squid = require_client("curl"), request.getfixturevalue(kind)
    options = ("-q", "-s", "--proxytunnel", "--proxy", squid.authority, "--write-out", "%{http_code}")
    done = subprocess.run(
        [curl, *options, "--output", "/dev/null", f"{company.plain_api}/health"],
        env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == status


def test_connect_to_443_only_denies_a_plain_websocket(
    company: Company, tunnelling: Squid, checks: Checks
) -> None:
    ran, _ = checks["port"].result()
    assert rows(ran, "prefect-api", "prefect-websocket", "prefect-flow") == [
        ("prefect-api", "ok", None),
        ("prefect-websocket", "failed", "websocket-denied"),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]
    target = f"prefect.corp.test:{company.server.port}"
    assert about(ran, "prefect-websocket")["hint"] == (
        f"ask IT to allow CONNECT to `{target}` at `{tunnelling.authority}`: "
        "most proxies allow it to port 443 only; or add `prefect.corp.test` to NO_PROXY "
        "if it can be reached directly: `--no-proxy prefect.corp.test`"
    )
    assert tunnelling.has_logged(f"CONNECT {target} 403 ERR_ACCESS_DENIED")


def test_httpx_and_websockets_use_a_squid_with_tls(
    company: Company, encrypted: Squid, checks: Checks
) -> None:
    ran, _ = checks["tls"].result()
    assert rows(ran, "proxy-connect", "fetch", "prefect-api", "prefect-websocket") == [
        ("proxy-connect", "ok", None),
        ("fetch", "ok", None),
        ("fetch", "skipped", "earlier-failure"),
        ("prefect-api", "ok", None),
        ("prefect-websocket", "ok", None),
    ]
    assert encrypted.has_logged(f"GET {company.plain_api}/health 200 -")
    assert encrypted.has_logged(f"CONNECT prefect.corp.test:{company.server.port} 200 -")


@pytest.mark.parametrize(
    ("user", "status", "cause", "hint"),
    [
        pytest.param("user", "ok", None, None, id="difficult"),
        pytest.param(
            "other",
            "failed",
            "proxy-credentials-refused",
            "websockets cannot send this password: "
            "ask for one in ASCII without blanks, `/`, `#`, `?`, `[` and `]`",
            id="more-difficult-than-websockets-allows",
        ),
    ],
)
def test_a_difficult_password_is_right(
    checks: Checks, user: str, status: str, cause: str | None, hint: str | None
) -> None:
    ran, _ = checks[user].result()
    assert rows(ran, "proxy-connect", "fetch", "prefect-api", "prefect-websocket") == [
        ("proxy-connect", "ok", None),
        ("fetch", "ok", None),
        ("fetch", "skipped", "earlier-failure"),
        ("prefect-api", "ok", None),
        ("prefect-websocket", status, cause),
    ]
    assert about(ran, "prefect-websocket")["hint"] == hint


@pytest.mark.parametrize(("user", "password"), [("user", SENDABLE), ("other", UNSENDABLE)])
def test_password_is_in_no_output_and_no_readable_file(checks: Checks, user: str, password: str) -> None:
    ran, home = checks[user].result()
    spellings = (password, quote(password, safe=""), quote(password))
    assert not [spelling for spelling in spellings if spelling in ran.out + ran.err]
    files = [path for path in home.rglob("*") if path.is_file()]
    holders = [path for path in files if any(each.encode() in path.read_bytes() for each in spellings)]
    assert {path.suffix for path in holders} >= {".sh", ".fish", ".toml"}
    assert {path.stat().st_mode & 0o077 for path in holders} == {0}
