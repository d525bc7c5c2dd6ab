"""cargo: ``[http]`` in ``~/.cargo/config.toml``.

Source: the Cargo book, "Configuration", and `http_proxy` in cargo's ``util/network/proxy.rs``; cargo 1.95.0.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import ALL, OPENSSL
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, given, is_empty

TOOL: Final = Tool(
    name="cargo",
    programs=("cargo",),
    files=(
        ConfigFile(
            lambda m: (
                (given(m, "CARGO_HOME") or m.home / ".cargo") / name for name in ("config", "config.toml")
            ),
            "toml",
        ),
        ConfigFile(lambda m: (m.absolute(".cargo/config.toml"),), "toml", project=True),
    ),
    keys=Keys(proxy=("http.proxy",), roots=("http.cainfo",), direct=(("http.proxy", is_empty),)),
    variables=Keys(proxy=("CARGO_HTTP_PROXY",)),
    beats_roots="CARGO_HTTP_CAINFO",
    reroute="all",
    borrows=(("git", "http.proxy"),),
    dialects=("cargo",),
    family="Rust",
    clients=(
        Client(
            "cargo",
            "cargo",
            (Roots("CARGO_HTTP_CAINFO"), *OPENSSL),
            Proxy(
                ALL,
                ("http_proxy", "all_proxy", "ALL_PROXY"),
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("CARGO_HTTP_CAINFO",),
            ),
            "cargo",
            store=True,
            probe=Probe(program="cargo"),
            verified=("1.95.0",),
            note="`http.proxy` in `~/.cargo/config.toml` wins, then that of git, not for one host",
        ),
    ),
)
