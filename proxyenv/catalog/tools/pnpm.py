"""pnpm: npm's keys, in a file of its own.

Source: pnpm's documentation, "Settings"; pnpm 12.21.0.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import NODE_EXTRA, UPPER, UPPER_PLAIN
from proxyenv.catalog.tools.npm import NPM_KEYS
from proxyenv.catalog.tools.tool import ConfigFile, Tool, config_home

TOOL: Final = Tool(
    name="pnpm",
    programs=("pnpm",),
    files=(ConfigFile(lambda m: (config_home(m) / "pnpm/rc",), "npmrc"),),
    keys=NPM_KEYS,
    family="JavaScript",
    clients=(
        Client(
            "pnpm",
            "pnpm",
            (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY), NODE_EXTRA),
            Proxy(
                UPPER,
                UPPER_PLAIN,
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("SSL_CERT_FILE",),
            ),
            since="12",
            store=True,
            reads=("npm",),
            probe=Probe(program="pnpm", at_least=(12,)),
            verified=("12.21.0",),
            note="older ones run on Node, as npm does",
        ),
    ),
)
