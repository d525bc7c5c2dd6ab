"""Prefect itself, and the tools that are built with Python."""

from __future__ import annotations

from typing import Final

from proxyenv.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Roots
from proxyenv.clients.python import ALL, ALL_PLAIN, AWS_PROXY, REQUESTS, REQUESTS_PROXY, WEBSOCKETS_PROXY

YES: Final = Answer.YES
NO: Final = Answer.NO

PREFECT: Final[tuple[Client, ...]] = (
    Client(
        "prefect",
        "Prefect (API client, CloudClient)",
        (Roots("SSL_CERT_FILE"), Roots("PREFECT_API_SSL_CERT_FILE")),
        Proxy(ALL, ALL_PLAIN, schemeless=YES, socks5h=NO, tls=YES, tls_roots=("SSL_CERT_FILE",)),
        "httpx",
        store=True,
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
        probe=Probe(module="prefect", distribution="prefect"),
        verified=("3.8.8", "3.9.1"),
        note="with credentials to encode: `WSS_PROXY`, `WS_PROXY`",
    ),
    Client(
        "prefect-git",
        "Prefect (git pull steps)",
        (Roots("GIT_SSL_CAINFO"),),
        Proxy(ALL, ("http_proxy", "all_proxy", "ALL_PROXY"), schemeless=YES, socks5h=YES),
        "git",
        store=True,
        probe=Probe(module="prefect", distribution="prefect"),
        note="it runs git",
    ),
    Client(
        "apprise",
        "Prefect's notifications (apprise)",
        REQUESTS,
        REQUESTS_PROXY,
        "requests",
        store=True,
        probe=Probe(module="apprise", distribution="apprise"),
        note="through requests",
    ),
)
"""Prefect itself, part by part: each goes through another library."""

TOOLS: Final[tuple[Client, ...]] = (
    Client(
        "pip",
        "pip >= 24.2",
        (Roots("SSL_CERT_FILE", missing=Missing.IGNORED), Roots("PIP_CERT"), *REQUESTS),
        Proxy(ALL, (), schemeless=YES, socks5h=YES, tls=YES, tls_roots=("SSL_CERT_FILE",)),
        "pip",
        since="24.2",
        store=True,
        probe=Probe(module="pip", distribution="pip", at_least=(24, 2)),
        verified=("26.3", "24.2"),
        note="adds to the system store; `PIP_CERT` wins over `pip.conf`",
    ),
    Client(
        "pip-legacy",
        "pip < 24.2",
        (Roots("PIP_CERT", holds=Holds.EITHER), *REQUESTS),
        Proxy(ALL, (), schemeless=YES, socks5h=YES, tls=YES, tls_roots=("PIP_CERT",)),
        "pip",
        probe=Probe(module="pip", distribution="pip", below=(24, 2)),
        verified=("23.0.1",),
    ),
    Client(
        "uv",
        "uv",
        (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
        Proxy(
            ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
            ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
            schemeless=YES,
            socks5h=YES,
            tls=YES,
            tls_roots=("SSL_CERT_FILE",),
        ),
        "uv",
        store=True,
        store_switches=(("UV_SYSTEM_CERTS", "1"),),
        probe=Probe(program="uv"),
        verified=("0.13.9",),
    ),
    Client(
        "poetry",
        "Poetry",
        REQUESTS,
        REQUESTS_PROXY,
        store=True,
        probe=Probe(program="poetry"),
        verified=("2.5.1",),
        note="with truststore: `--venv` with the environment that it lives in",
    ),
    Client(
        "conda",
        "conda",
        (
            Roots("REQUESTS_CA_BUNDLE", missing=Missing.UNKNOWN),
            Roots("CONDA_SSL_VERIFY", missing=Missing.UNKNOWN),
        ),
        REQUESTS_PROXY,
        store=True,
        probe=Probe(program="conda"),
        note="`ssl_verify` in `.condarc` wins",
    ),
    Client(
        "mamba",
        "mamba, micromamba",
        (Roots("REQUESTS_CA_BUNDLE", missing=Missing.UNKNOWN),),
        Proxy(ALL, ("http_proxy", "all_proxy", "ALL_PROXY")),
        store=True,
        probe=Probe(program="micromamba"),
        note="`ssl_verify` in `.mambarc` wins",
    ),
    Client(
        "rattler",
        "rattler, pixi",
        (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
        Proxy(ALL, ALL_PLAIN, schemeless=YES, socks5h=NO, tls=YES, tls_roots=("SSL_CERT_FILE",)),
        store=True,
        probe=Probe(program="pixi"),
        verified=("0.28.0",),
    ),
    Client(
        "aws",
        "AWS CLI",
        (Roots("AWS_CA_BUNDLE"), Roots("REQUESTS_CA_BUNDLE")),
        AWS_PROXY,
        "botocore",
        probe=Probe(program="aws"),
        verified=("1.46.3",),
        note="`ca_bundle` in `~/.aws/config` loses to the variable",
    ),
    Client(
        "gcloud",
        "gcloud",
        (Roots("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", missing=Missing.UNKNOWN), Roots("REQUESTS_CA_BUNDLE")),
        Proxy(ALL, ALL_PLAIN),
        "requests",
        probe=Probe(program="gcloud"),
        verified=("528",),
    ),
    Client(
        "az",
        "Azure CLI",
        (Roots("REQUESTS_CA_BUNDLE", missing=Missing.UNKNOWN),),
        REQUESTS_PROXY,
        "requests",
        store=True,
        probe=Probe(program="az"),
        note="with truststore: `--venv` with the environment that it lives in",
    ),
)
