"""Every dialect there is, in the order of the columns of ``routes``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxyenv.no_proxy.dialects.aiohttp_3 import AIOHTTP
from proxyenv.no_proxy.dialects.botocore_1 import BOTOCORE
from proxyenv.no_proxy.dialects.dialect import Dialect, OlderReading
from proxyenv.no_proxy.dialects.git_http import prepare_git, prepare_older_git
from proxyenv.no_proxy.dialects.go import prepare_go, prepare_older_go
from proxyenv.no_proxy.dialects.grpc_1 import GRPC
from proxyenv.no_proxy.dialects.httpx_clients import HTTPX, HTTPX2
from proxyenv.no_proxy.dialects.java import prepare_java
from proxyenv.no_proxy.dialects.libcurl import CURL_7_85, CURL_7_88, CURL_8_23, prepare_cargo, prepare_libcurl
from proxyenv.no_proxy.dialects.node_https import prepare_node_https
from proxyenv.no_proxy.dialects.npm import prepare_npm
from proxyenv.no_proxy.dialects.python_urllib import URLLIB
from proxyenv.no_proxy.dialects.requests_2 import PIP, REQUESTS
from proxyenv.no_proxy.dialects.reqwest import prepare_reqwest
from proxyenv.no_proxy.dialects.undici import Undici, prepare_undici
from proxyenv.no_proxy.dialects.urllib3 import URLLIB3
from proxyenv.no_proxy.dialects.websockets_16 import WEBSOCKETS
from proxyenv.no_proxy.dialects.wget import prepare_wget

PYTHON_DIALECTS: Final[tuple[Dialect, ...]] = (
    HTTPX,
    HTTPX2,
    REQUESTS,
    PIP,
    URLLIB,
    URLLIB3,
    AIOHTTP,
    BOTOCORE,
    WEBSOCKETS,
    GRPC,
)
"""In the order in which a table shows them."""


_NO_NETWORKS: Final = (
    "before 7.86 libcurl knows no networks in NO_PROXY, and takes `.3` for the end of an address"
)
_OLDER_CURL: Final = OlderReading(
    "curl", (((), (7, 86)),), _NO_NETWORKS, ("7.84.0",), prepare_libcurl(CURL_7_85)
)
_OLDER_GO: Final = OlderReading(
    "go",
    (((), (1, 23, 7)), ((1, 24), (1, 24, 1))),
    "before 1.23.7 and 1.24.1 an IPv6 zone may match a domain of NO_PROXY, and `.3` the end of an address",
    ("1.23.4",),
    prepare_older_go,
)


NATIVE_DIALECTS: Final[tuple[Dialect, ...]] = (
    Dialect(
        "curl 7",
        ("7.88.1",),
        "`lib/noproxy.c` and `lib/url.c` of curl",
        prepare_libcurl(CURL_7_88),
        older=_OLDER_CURL,
    ),
    Dialect("curl 8", ("8.23.0",), "`lib/noproxy.c` and `lib/url.c` of curl", prepare_libcurl(CURL_8_23)),
    Dialect(
        "git",
        ("2.39.5",),
        "`get_curl_handle` in git's `http.c`",
        prepare_git,
        older=replace(_OLDER_CURL, verified=(), prepare=prepare_older_git),
    ),
    Dialect("wget", ("1.21.3",), "`getproxy` and `sufmatch` of wget", prepare_wget),
    Dialect("go", ("1.27.3",), "`golang.org/x/net/http/httpproxy`", prepare_go, older=_OLDER_GO),
    Dialect("node 22 fetch", ("22.23.3",), "`EnvHttpProxyAgent` of undici 6", prepare_undici(Undici.NODE_22)),
    Dialect("node 24 fetch", ("24.19.0",), "`EnvHttpProxyAgent` of undici 7", prepare_undici(Undici.NODE_24)),
    Dialect("node 26 fetch", ("26.10.0",), "`EnvHttpProxyAgent` of undici 8", prepare_undici(Undici.NODE_26)),
    Dialect("node https", ("26.10.0",), "`ProxyConfig` of Node", prepare_node_https),
    Dialect("npm", ("11.19.1",), "`lib/proxy.js` of @npmcli/agent", prepare_npm),
    Dialect("uv", ("0.13.9",), "`client/proxy/matcher.rs` of hyper-util", prepare_reqwest(socks=True)),
    Dialect("cargo", ("1.95.0",), "`http_proxy` of cargo, and its libcurl 8.15", prepare_cargo),
    Dialect("java", ("17.0.15",), "`sun.net.spi.DefaultProxySelector`", prepare_java),
)
"""Each as it stands when nothing but the environment is set."""


DIALECTS: Final[tuple[Dialect, ...]] = (*PYTHON_DIALECTS, *NATIVE_DIALECTS)
"""The Python clients, then the others."""


def render_dialects() -> str:
    """The dialects as a Markdown table, for docs/no-proxy.md."""
    rows = ["| Client | Verified with | Where its rule stands |", "|---|---|---|"]
    rows += [f"| {d.name} | {', '.join(_list_verified(d))} | {d.source} |" for d in DIALECTS]
    return "\n".join(rows) + "\n"


def _list_verified(dialect: Dialect) -> tuple[str, ...]:
    return (*dialect.verified, *(dialect.older.verified if dialect.older else ()))
