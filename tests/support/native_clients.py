"""The clients that are not Python, as commands that fetch one URL, and whether one did what was predicted."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.dialects.libcurl import CURL_8_23, prepare_libcurl
from proxyenv.no_proxy.dialects.table import NATIVE_DIALECTS
from support.route_lab import PORTS, address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.route import Route
    from proxyenv.no_proxy.dialects.dialect import Dialect
    from support.route_cases import Case
    from support.route_lab import Seen

__all__ = ["CLIENTS", "NativeClient", "Tools", "find_difference"]

_FETCH: Final = "fetch(process.argv[1]).catch(e => { console.log(e, e.cause); process.exitCode = 1 })"
_HTTPS: Final = (
    "const url = process.argv[1];"
    " require(url.startsWith('https') ? 'https' : 'http').get(url, answer => answer.resume())"
    ".on('error', e => { console.log(e); process.exitCode = 1 })"
)
_PYCURL: Final = (
    "import os, pycurl, sys\n"
    "curl = pycurl.Curl()\n"
    "curl.setopt(pycurl.URL, os.fsencode(sys.argv[1]))\n"
    "curl.setopt(pycurl.WRITEFUNCTION, len)\n"
    "curl.setopt(pycurl.TIMEOUT, 5)\n"
    "curl.perform()\n"
)


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are.

    Args:
        curl: and so on, the path of each; the Python has `pycurl` and other libraries.
        home: an empty directory, and the place for what the clients keep.
    """

    home: Path
    curl: str = "curl"
    git: str = "git"
    wget: str = "wget"
    go: str = "go"
    node_22: str = "node"
    node_24: str = "node"
    node_26: str = "node"
    npm: str = "npm-cli.js"
    uv: str = "uv"
    cargo: str = "cargo"
    python: str = "python"
    aws: str = "aws"
    bun: str = "bun"
    deno: str = "deno"
    pnpm: str = "pnpm"
    poetry: str = "poetry"
    yarn_1: str = "yarn.js"
    yarn_4: str = "yarn.js"
    nu: str = "nu"
    xonsh: str = "xonsh"


@dataclass(frozen=True, slots=True)
class NativeClient:
    """One client.

    Args:
        dialect: what is put to the test.
        tools: the names of the programs that it needs, of :class:`Tools`.
        command: from the programs and a URL to the arguments.
        settings: variables that make it fetch once and ask nobody; `URL` stands for the URL.
        cost: of one case, where curl's is 1.
        idn: whether it is asked for international names.
    """

    dialect: Dialect
    tools: tuple[str, ...]
    command: Callable[[Tools, str], list[str]]
    settings: Mapping[str, str] = field(default_factory=dict)
    cost: int = 1
    idn: bool = True

    @property
    def name(self) -> str:
        return self.dialect.name

    def environment(self, tools: Tools, case: Case) -> dict[str, str]:
        """The whole environment of a case."""
        common = {
            "HOME": str(tools.home),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(tools.cargo).parent}:/usr/bin:/bin",
        }
        settings = {name: value.replace("URL", case.url) for name, value in self.settings.items()}
        return {**common, **settings, **case.environment}


_BY_NAME: Final = {dialect.name: dialect for dialect in NATIVE_DIALECTS}
_NODE: Final = {"NODE_USE_ENV_PROXY": "1"}

CLIENTS: Final = (
    NativeClient(
        _BY_NAME["curl 7"], ("curl",), lambda tools, url: [tools.curl, "-q", "-sSg", "--max-time", "5", url]
    ),
    NativeClient(
        replace(_BY_NAME["curl 8"], prepare=prepare_libcurl(replace(CURL_8_23, idn=False))),
        ("python",),
        lambda tools, url: [tools.python, "-c", _PYCURL, url],
        idn=False,
    ),
    NativeClient(
        _BY_NAME["git"],
        ("git",),
        lambda tools, url: [tools.git, "ls-remote", url],
        {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"},
    ),
    NativeClient(
        _BY_NAME["wget"],
        ("wget",),
        lambda tools, url: [
            *(tools.wget, "-O-", "--tries=1", "--timeout=5", "--no-hsts", "--no-config", url),
        ],
    ),
    NativeClient(
        _BY_NAME["go"],
        ("go",),
        lambda tools, _url: [tools.go, "list", "-m", "example.test/x@v1.0.0"],
        {
            "GOPROXY": "URL",
            "GOSUMDB": "off",
            "GOFLAGS": "-mod=mod -modcacherw",
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
            "GOENV": "off",
        },
    ),
    NativeClient(
        _BY_NAME["node 22 fetch"], ("node_22",), lambda tools, url: [tools.node_22, "-e", _FETCH, url], _NODE
    ),
    NativeClient(
        _BY_NAME["node 24 fetch"],
        ("node_24",),
        lambda tools, url: [tools.node_24, "-e", _FETCH, url],
        _NODE,
    ),
    NativeClient(
        _BY_NAME["node 26 fetch"], ("node_26",), lambda tools, url: [tools.node_26, "-e", _FETCH, url], _NODE
    ),
    NativeClient(
        _BY_NAME["node https"], ("node_26",), lambda tools, url: [tools.node_26, "-e", _HTTPS, url], _NODE
    ),
    NativeClient(
        _BY_NAME["npm"],
        ("node_24", "npm"),
        lambda tools, url: [
            *(tools.node_24, tools.npm, "view", "demo", f"--registry={url}/", "--fetch-retries=0"),
            *("--fetch-timeout=5000", "--update-notifier=false", f"--cache={tools.home}/npm"),
        ],
        cost=5,
    ),
    NativeClient(
        _BY_NAME["uv"],
        ("uv", "python"),
        lambda tools, url: [
            *(tools.uv, "pip", "install", "--dry-run", "--no-config", "--no-cache", "--index-url", url),
            *("--python", tools.python, "demo"),
        ],
        {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "5", "UV_PYTHON_DOWNLOADS": "never"},
    ),
    NativeClient(
        _BY_NAME["cargo"],
        ("cargo",),
        lambda tools, _url: [tools.cargo, "info", "--registry", "lab", "demo"],
        {"CARGO_REGISTRIES_LAB_INDEX": "sparse+URL/", "CARGO_NET_RETRY": "0", "CARGO_HTTP_TIMEOUT": "5"},
        cost=5,
    ),
)


def find_difference(client: NativeClient, tools: Tools, case: Case, fetch: Callable[..., Seen]) -> str | None:
    """Let the client fetch, and say how what it did differs from what was predicted."""
    environment = client.environment(tools, case)
    predicted = client.dialect.prepare(environment)(case.url)
    seen = fetch(client.command(tools, case.url), environment)
    wrong = _compare(predicted, seen, case)
    return (
        None if wrong is None else f"{client.name}: {wrong}\npredicted {predicted}\nseen {seen}\nin\n{case}"
    )


def _compare(predicted: Route, seen: Seen, case: Case) -> str | None:
    if predicted.kind is RouteKind.ERROR:
        return None if seen.route == seen.NONE and seen.status != 0 else "it did not fail"
    if predicted.proxy is not None:
        return _compare_proxy(predicted.proxy, seen, case)
    host, port = _split(case.url)
    if seen.route == seen.NONE and (port not in PORTS or host.startswith("fe80:") or _is_odd_number(host)):
        return None  # nothing listens there, no interface is named, or the client looks up what is no name
    return None if seen.route == seen.DIRECT else "it did not go direct"


def _compare_proxy(proxy: ProxyURL, seen: Seen, case: Case) -> str | None:
    if seen.route == seen.NONE:
        if proxy.scheme.startswith("socks") and "[" in case.url:
            return None  # the client looks the address up as a name before it asks the proxy
        return None if proxy.port not in PORTS or not _is_reachable(proxy.host) else "nothing arrived"
    visit = seen.visits[0]
    if seen.route != seen.PROXIED and not _is_local(proxy.host):
        return "it did not go to a proxy"
    if _is_reachable(proxy.host) and ip_address(visit.address) != ip_address(address_of(proxy.host)):
        return f"it went to another proxy than {address_of(proxy.host)}"
    if visit.port != proxy.port:
        return "it went to another port of the proxy"
    expected = f"{proxy.username or ''}:{proxy.password or ''}"
    sent = expected if visit.authorization is None else _decode(visit.authorization)
    return None if sent == expected else f"it sent the credentials {sent!r}"


def _decode(authorization: str) -> str:
    return base64.b64decode(authorization.removeprefix("Basic ")).decode("utf-8", "replace")


def _split(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


def _is_odd_number(host: str) -> bool:
    """Whether a host is an address in a notation that some resolvers do not know."""
    if not host.removesuffix(".").rpartition(".")[2][:1].isdigit():
        return False
    return host.count(".") != 3


def _is_reachable(host: str) -> bool:
    """Whether what the lab's DNS says of a proxy's name is where its traffic has to arrive."""
    plain = host.isascii() and all(character.isalnum() or character in ".-_:" for character in host)
    if ":" not in host and host.removesuffix(".").rpartition(".")[2][:1].isdigit():
        plain = plain and all(part.isdigit() and int(part) < 256 for part in host.split("."))
    return plain and host.strip(".") != "" and not host.startswith(".") and host != "localhost"


def _is_local(host: str) -> bool:
    return not host.startswith("proxy")
