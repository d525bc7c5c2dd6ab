"""Prefect itself, part by part: each goes through another library."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import (
    ALL,
    ALL_PLAIN,
    GIT_PROXY,
    GIT_ROOTS,
    REQUESTS,
    REQUESTS_PROXY,
    WEBSOCKETS_PROXY,
)
from proxyenv.catalog.tools.tool import Keys
from proxyenv.formats.truth import truthy

VARIABLES: Final = {
    "Prefect": Keys(unverified=(("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", truthy("prefect")),))
}

CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "prefect",
        "Prefect (API client, CloudClient)",
        (Roots("SSL_CERT_FILE"), Roots("PREFECT_API_SSL_CERT_FILE")),
        Proxy(
            ALL,
            ALL_PLAIN,
            schemeless=Answer.YES,
            socks5h=Answer.NO,
            tls=Answer.YES,
            tls_roots=("SSL_CERT_FILE",),
        ),
        "httpx",
        store=True,
        patched=True,
        plugin=True,
        reads=("Prefect",),
        probe=Probe(program="prefect", module="prefect", distribution="prefect"),
        verified=("3.8.8", "3.9.1"),
        note="the profile's `PREFECT_API_SSL_CERT_FILE` wins; read when Prefect is imported",
    ),
    Client(
        "prefect-websockets",
        "Prefect (events, logs, task runs)",
        (Roots("SSL_CERT_FILE"), Roots("PREFECT_API_SSL_CERT_FILE")),
        WEBSOCKETS_PROXY,
        "websockets",
        store=True,
        patched=True,
        plugin=True,
        reads=("Prefect",),
        probe=Probe(module="prefect", distribution="prefect"),
        verified=("3.8.8", "3.9.1"),
        note="with credentials to encode: `WSS_PROXY`, `WS_PROXY`",
    ),
    Client(
        "prefect-git",
        "Prefect (git pull steps)",
        GIT_ROOTS,
        GIT_PROXY,
        "git",
        store=True,
        plugin=True,
        reads=("git",),
        probe=Probe(module="prefect", distribution="prefect"),
        verified=("3.8.8",),
        note="it runs git",
    ),
    Client(
        "apprise",
        "Prefect's notifications (apprise)",
        REQUESTS,
        REQUESTS_PROXY,
        "requests",
        store=True,
        patched=True,
        plugin=True,
        probe=Probe(module="apprise", distribution="apprise"),
        verified=("1.13.1",),
        note="through requests",
    ),
)
