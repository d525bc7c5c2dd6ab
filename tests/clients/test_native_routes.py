"""The real curl, git, wget, Go, Node, npm, uv, cargo and Java decide as their dialects say.

Cases are drawn from a seed. `PROXYENV_ROUTE_PAIRS` says how many each client gets; a client that is slow
to start gets fewer by default. `PROXYENV_ROUTE_SEED` draws others.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.stage import empty_environment
from proxyenv.no_proxy.dialects.table import NATIVE_DIALECTS
from support.machine import find_cargo, require_client
from support.native_clients import CLIENTS, NativeClient, Tools, find_difference
from support.native_install import require_tools
from support.route_cases import Case, draw_cases, shrink
from support.route_lab import RouteLab, require_route_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.route import Route

pytestmark = pytest.mark.slow

GIVEN_COUNT: Final = os.environ.get("PROXYENV_ROUTE_PAIRS")
SEED: Final = int(os.environ.get("PROXYENV_ROUTE_SEED", "1"))
USUAL_COUNT: Final = 40
LABS: Final = 2
SHOWN: Final = 3

JAVA: Final = """
import java.net.*;
public class Route {
    public static void main(String[] urls) {
        for (String url : urls) {
            System.out.println(select(URI.create(url)));
        }
    }
    static String select(URI uri) {
        try {
            Proxy proxy = ProxySelector.getDefault().select(uri).get(0);
            InetSocketAddress at = (InetSocketAddress) proxy.address();
            return at == null ? "direct" : proxy.type() + " " + at.getHostString() + " " + at.getPort();
        } catch (IllegalArgumentException e) {
            return "error";
        }
    }
}
"""


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """Every client, those of the machine and those that are installed."""
    require_route_lab()
    installed = require_tools(tmp_path_factory.mktemp("home-of-native-clients"))
    curl, git, wget = (require_client(name) for name in ("curl", "git", "wget"))
    return replace(installed, curl=curl, git=git, wget=wget, cargo=find_cargo() or "")


@pytest.fixture(scope="session")
def labs(tools: Tools) -> Iterator[list[RouteLab]]:
    """Labs in which clients run at the same time."""
    with ExitStack() as stack:
        yield [stack.enter_context(RouteLab.open()) for _ in range(LABS)]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_route_is_the_predicted_one(client: NativeClient, tools: Tools, labs: list[RouteLab]) -> None:
    _require_known(client, tools)
    count = int(GIVEN_COUNT) if GIVEN_COUNT else USUAL_COUNT // client.cost
    cases = itertools.islice(_draw(client), count)
    differing = _run_all(client, tools, labs, cases)
    smallest = [_describe_smallest(client, tools, labs[0], case) for case in differing[:SHOWN]]
    assert not differing, f"{len(differing)} of {count} cases differ\n\n" + "\n\n".join(smallest)


@pytest.mark.parametrize("exceptions", ["example.com", ".example.com", "1000::", "1000::/16", "*"])
def test_go_takes_a_zone_for_no_domain(exceptions: str, tools: Tools, labs: list[RouteLab]) -> None:
    go = next(client for client in CLIENTS if client.name == "go")
    environment = (("http_proxy", "http://proxy.test:3128"), ("no_proxy", exceptions))
    case = Case(environment, "http://[1000::%25.example.com]:123/")
    assert find_difference(go, tools, case, labs[0].run) is None


def test_java_selects_the_predicted_proxy(tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip("no JDK is installed")
    source = tmp_path / "Route.java"
    source.write_text(JAVA, "ascii")
    prepare = next(dialect.prepare for dialect in NATIVE_DIALECTS if dialect.name == "java")
    chance = random.Random(SEED)  # noqa: S311 - not for secrets
    batches = max(2, int(GIVEN_COUNT or 0) // USUAL_COUNT)
    for cases in (list(itertools.islice(_draw_java(chance), USUAL_COUNT)) for _ in range(batches)):
        options = cases[0].environment
        urls = [case.url for case in cases]
        done = subprocess.run(
            [java, str(source), *urls],
            env={**empty_environment(tmp_path), "LC_ALL": "C.UTF-8", **options},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        route = prepare(options)
        predicted = [_as_java(route(url)) for url in urls]
        assert list(zip(urls, done.stdout.lower().split("\n"), strict=False)) == list(
            zip(urls, predicted, strict=False)
        ), f"{options}\n{done.stderr}"


def _draw(client: NativeClient) -> Iterator[Case]:
    return (case for case in draw_cases(SEED) if client.idn or case.url.isascii())


def _run_all(client: NativeClient, tools: Tools, labs: list[RouteLab], cases: Iterator[Case]) -> list[Case]:
    waiting: SimpleQueue[Case] = SimpleQueue()
    for case in cases:
        waiting.put(case)
    differing: list[Case] = []
    lock = threading.Lock()

    def work(lab: RouteLab) -> None:
        while True:
            try:
                case = waiting.get_nowait()
            except Empty:
                return
            if find_difference(client, tools, case, lab.run) is not None:
                with lock:
                    differing.append(case)

    with ThreadPoolExecutor(len(labs)) as pool:
        list(pool.map(work, labs))
    return differing


def _describe_smallest(client: NativeClient, tools: Tools, lab: RouteLab, case: Case) -> str:
    smallest = shrink(case, lambda smaller: find_difference(client, tools, smaller, lab.run) is not None)
    return find_difference(client, tools, smallest, lab.run) or f"it did not happen again\n{case}"


def _require_known(client: NativeClient, tools: Tools) -> None:
    """Skip a client that the machine does not have, or has in a version that decides otherwise."""
    if client.name == "curl 7" and "curl 7." not in _version(tools.curl, "--version"):
        pytest.skip("this curl is not version 7")
    if client.name == "cargo" and "libcurl: 8.15" not in _version(tools.cargo, "version", "--verbose"):
        pytest.skip("there is no cargo with libcurl 8.15")


def _version(program: str, *arguments: str) -> str:
    if not program:
        return ""
    command = [program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False).stdout


def _draw_java(chance: random.Random) -> Iterator[Case]:
    """URLs for one set of properties."""
    hosts = ("proxy.test", "Proxy.TEST", "192.0.2.7")
    options = [
        f"-D{prefix}Host={chance.choice(hosts)}"
        for prefix in ("http.proxy", "https.proxy", "proxy", "socksProxy")
        if chance.random() < 0.6
    ]
    ports = ("3128", "0x50", "080", "x", "-1", "0", "65536", "99999999999", "#50", "+81")
    options += [
        f"-D{prefix}Port={chance.choice(ports)}"
        for prefix in ("http.proxy", "https.proxy", "proxy", "socksProxy")
        if chance.random() < 0.5
    ]
    entries = ("a.test", "*.corp.test", "*lan.test", "10.*", "10.1.2.3", "B.TEST", "[fd00::1]", ".x.test", "")
    if chance.random() < 0.9:
        listed = "|".join(chance.choices(entries, k=chance.randint(0, 4)))
        options.append(f"-Dhttp.nonProxyHosts={listed}")
    chance.shuffle(options)
    names: tuple[str, ...] = ("a.test", "x.a.test", "corp.test", "y.corp.test", "lan.test", "xlan.test")
    names += (
        "b.test",
        "B.test",
        "10.1.2.3",
        "10.9.9.9",
        "[fd00::1]",
        "[::1]",
        "127.0.0.1",
        "localhost",
        "x.test",
        "a.test.",
    )
    environment = (("JAVA_TOOL_OPTIONS", " ".join(options)),)
    while True:
        scheme = chance.choice(("http", "https"))
        yield Case(environment, f"{scheme}://{chance.choice(names)}{chance.choice(('', ':8080'))}/")


def _as_java(route: Route) -> str:
    proxy = route.proxy
    if proxy is None:
        return route.kind.value
    return f"{'socks' if proxy.scheme == 'socks5' else 'http'} {proxy.host} {proxy.port}"
