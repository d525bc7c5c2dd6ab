"""Node, its package managers, and the runtimes beside it."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Role, Roots

YES: Final = Answer.YES
NO: Final = Answer.NO

_EXTRA: Final = Roots("NODE_EXTRA_CA_CERTS", Role.ADDS_ROOTS, missing=Missing.IGNORED)
_USE_PROXY: Final = (("NODE_USE_ENV_PROXY", "1"),)

_ALL: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_ALL_PLAIN: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_UPPER: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_UPPER_PLAIN: Final = ("HTTP_PROXY", "http_proxy")

_NODE_PROXY: Final = Proxy(
    ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"),
    schemeless=NO,
    socks5h=NO,
    tls=YES,
    tls_roots=("NODE_EXTRA_CA_CERTS",),
)

JAVASCRIPT: Final[tuple[Client, ...]] = (
    Client(
        "node",
        "Node >= 22.21 (fetch, https)",
        (_EXTRA,),
        _NODE_PROXY,
        "node 24 fetch",
        since="22.21, 24.5",
        switches=_USE_PROXY,
        settings=("Node",),
        probe=Probe(program="node", at_least=(22, 21)),
        verified=("22.23.3", "24.21.0", "26.10.0"),
        note="Node 20 takes no proxy from the environment",
    ),
    Client(
        "npm",
        "npm",
        (_EXTRA,),
        Proxy(
            _UPPER,
            _UPPER_PLAIN,
            schemeless=NO,
            socks5h=YES,
            tls=YES,
            tls_roots=("NODE_EXTRA_CA_CERTS",),
            exceptions=("npm_config_noproxy",),
        ),
        "npm",
        probe=Probe(program="npm"),
        verified=("11.19.1",),
        note="`cafile` in any `.npmrc` replaces it",
    ),
    Client(
        "yarn",
        "yarn 1",
        (_EXTRA,),
        Proxy(_UPPER, _UPPER_PLAIN, schemeless=NO, socks5h=NO, tls=YES, tls_roots=("NODE_EXTRA_CA_CERTS",)),
        settings=("yarn", "npm"),
        probe=Probe(program="yarn", below=(2,)),
        verified=("1.22.22",),
        note="ignores NO_PROXY where `YARN_HTTPS_PROXY` is set",
    ),
    Client(
        "yarn-berry",
        "yarn >= 2",
        (_EXTRA, Roots("YARN_HTTPS_CA_FILE_PATH")),
        Proxy((), (), own=(("YARN_HTTPS_PROXY", "https_proxy"), ("YARN_HTTP_PROXY", "http_proxy"))),
        since="2.0",
        config="`httpsProxy` in `.yarnrc.yml`",
        probe=Probe(program="yarn", at_least=(2,)),
        verified=("4.18.1",),
        note="reads no NO_PROXY, and its variables hide it from yarn 1: `env --client` alone prints them",
    ),
    Client(
        "pnpm",
        "pnpm",
        (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY), _EXTRA),
        Proxy(_UPPER, _UPPER_PLAIN, schemeless=YES, socks5h=YES, tls=YES, tls_roots=("SSL_CERT_FILE",)),
        since="12",
        store=True,
        settings=("pnpm", "npm"),
        probe=Probe(program="pnpm", at_least=(12,)),
        verified=("12.21.0",),
        note="older ones run on Node, as npm does",
    ),
    Client(
        "bun",
        "bun",
        (
            Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
            Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY),
            _EXTRA,
        ),
        Proxy(_ALL, _ALL_PLAIN, schemeless=YES, socks5h=NO, tls=YES, tls_roots=("SSL_CERT_FILE",)),
        store=True,
        probe=Probe(program="bun"),
        verified=("1.4.5",),
    ),
    Client(
        "deno",
        "deno",
        (Roots("DENO_CERT", Role.ADDS_ROOTS), _EXTRA),
        Proxy(_ALL, _ALL_PLAIN, schemeless=YES, socks5h=YES, tls=YES, tls_roots=("DENO_CERT",)),
        probe=Probe(program="deno"),
        verified=("2.9.6",),
        note="`SSL_CERT_FILE` counts only with `DENO_TLS_CA_STORE=system`",
    ),
)
