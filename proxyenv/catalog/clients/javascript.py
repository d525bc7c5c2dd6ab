"""Node, and the runtimes beside it."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Role, Roots
from proxyenv.catalog.clients.libraries import ALL, ALL_PLAIN, NODE_EXTRA
from proxyenv.catalog.tools.tool import Keys
from proxyenv.formats.truth import falsy

VARIABLES: Final = {"Node": Keys(unverified=(("NODE_TLS_REJECT_UNAUTHORIZED", falsy("node")),))}

CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "node",
        "Node >= 22.21 (fetch, https)",
        (NODE_EXTRA,),
        Proxy(
            ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"),
            schemeless=Answer.NO,
            socks5h=Answer.NO,
            tls=Answer.YES,
            tls_roots=("NODE_EXTRA_CA_CERTS",),
        ),
        "node 24 fetch",
        since="22.21, 24.5",
        switches=(("NODE_USE_ENV_PROXY", "1"),),
        reads=("Node",),
        probe=Probe(program="node", at_least=(22, 21), lacking=(((23,), (24, 5)),)),
        lacking_before=True,
        verified=("22.23.3", "24.21.0", "26.10.0"),
        note="Node 20, 23 and 24 before 24.5 take no proxy from the environment, or only for `fetch`",
    ),
    Client(
        "bun",
        "bun",
        (
            Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
            Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY),
            NODE_EXTRA,
        ),
        Proxy(
            ALL,
            ALL_PLAIN,
            schemeless=Answer.YES,
            socks5h=Answer.NO,
            tls=Answer.YES,
            tls_roots=("SSL_CERT_FILE",),
        ),
        store=True,
        probe=Probe(program="bun"),
        verified=("1.4.5",),
    ),
    Client(
        "deno",
        "deno",
        (Roots("DENO_CERT", Role.ADDS_ROOTS), NODE_EXTRA),
        Proxy(
            ALL,
            ALL_PLAIN,
            schemeless=Answer.YES,
            socks5h=Answer.YES,
            tls=Answer.YES,
            tls_roots=("DENO_CERT",),
        ),
        probe=Probe(program="deno"),
        verified=("2.9.6",),
        note="`SSL_CERT_FILE` counts only with `DENO_TLS_CA_STORE=system`",
    ),
)
