"""uv: ``uv.toml`` of the machine and of the user.

Source: uv's documentation, "Settings"; uv 0.13.9.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Probe, Proxy, Roots
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, config_home, given, not_empty

TOOL: Final = Tool(
    name="uv",
    programs=("uv",),
    files=(
        ConfigFile(lambda m: (m.root / "etc/uv/uv.toml",), "toml", system=True),
        ConfigFile(lambda m: (given(m, "UV_CONFIG_FILE") or config_home(m) / "uv/uv.toml",), "toml"),
    ),
    keys=Keys(proxy=("http-proxy", "https-proxy"), unverified=(("*allow-insecure-host", not_empty),)),
    variables=Keys(unverified=(("UV_INSECURE_HOST", not_empty),)),
    family="Python tools",
    clients=(
        Client(
            "uv",
            "uv",
            (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
            Proxy(
                ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
                ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("SSL_CERT_FILE",),
            ),
            "uv",
            store=True,
            store_switches=(("UV_SYSTEM_CERTS", "1"),),
            probe=Probe(program="uv"),
            verified=("0.13.9",),
        ),
    ),
)
