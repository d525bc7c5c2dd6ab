"""Python's own clients and its libraries."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Credentials, Holds, Missing, Probe, Proxy, Roots

YES: Final = Answer.YES
NO: Final = Answer.NO

ALL: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
ALL_PLAIN: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")

OPENSSL: Final = (
    Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
)
"""What OpenSSL's own defaults read. The file replaces the default file alone: a hashed directory stays."""

_FIRST: Final = (
    Roots("SSL_CERT_FILE"),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY),
)
"""The file is all that counts when it is set."""

REQUESTS: Final = (
    Roots("REQUESTS_CA_BUNDLE", holds=Holds.EITHER),
    Roots("CURL_CA_BUNDLE", holds=Holds.EITHER),
)

REQUESTS_PROXY: Final = Proxy(
    ALL,
    ALL_PLAIN,
    schemeless=YES,
    socks5h=YES,
    tls=YES,
    tls_roots=("REQUESTS_CA_BUNDLE",),
    credentials=Credentials.ASCII,
)
_HTTPX_PROXY: Final = Proxy(
    ALL, ALL_PLAIN, schemeless=YES, socks5h=YES, tls=YES, tls_roots=("SSL_CERT_FILE",)
)
WEBSOCKET_VARIABLES: Final = ("wss_proxy", "WSS_PROXY", "ws_proxy", "WS_PROXY")
"""Only websockets reads them, before any other."""

WEBSOCKETS_PROXY: Final = Proxy(
    (*WEBSOCKET_VARIABLES[:2], "https_proxy", "HTTPS_PROXY"),
    (*WEBSOCKET_VARIABLES[2:], "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"),
    schemeless=NO,
    socks5h=NO,
    tls=YES,
    tls_roots=("SSL_CERT_FILE",),
    credentials=Credentials.AS_WRITTEN,
)
AWS_PROXY: Final = Proxy(
    schemeless=YES, socks5h=NO, tls=YES, tls_roots=("AWS_CA_BUNDLE",), credentials=Credentials.ASCII
)

LIBRARIES: Final[tuple[Client, ...]] = (
    Client(
        "httpx",
        "httpx",
        _FIRST,
        _HTTPX_PROXY,
        "httpx",
        store=True,
        patched=True,
        probe=Probe(module="httpx", distribution="httpx"),
        verified=("0.28.1",),
    ),
    Client(
        "httpx2",
        "httpx2",
        _FIRST,
        _HTTPX_PROXY,
        "httpx2",
        store=True,
        probe=Probe(module="httpx2", distribution="httpx2"),
        verified=("2.16.2",),
        note="without the variable it reads the system's store",
    ),
    Client(
        "websockets",
        "websockets",
        OPENSSL,
        WEBSOCKETS_PROXY,
        "websockets",
        since="15.0",
        store=True,
        probe=Probe(module="websockets", distribution="websockets"),
        verified=("16.1.1", "17.4"),
        note="with credentials to encode: `WSS_PROXY`, `WS_PROXY`",
    ),
    Client(
        "urllib",
        "urllib (Python)",
        OPENSSL,
        Proxy(schemeless=YES, socks5h=NO, tls=NO),
        "urllib",
        store=True,
        probe=Probe(module="urllib.request"),
        verified=("3.11.7", "3.12.1", "3.13.0"),
    ),
    Client(
        "urllib3",
        "urllib3",
        OPENSSL,
        None,
        "urllib3",
        config="`ProxyManager` in the program",
        store=True,
        probe=Probe(module="urllib3", distribution="urllib3"),
        verified=("2.8.0",),
        note="takes no proxy from the environment by itself",
    ),
    Client(
        "aiohttp",
        "aiohttp",
        OPENSSL,
        Proxy(schemeless=NO, socks5h=NO, tls=NO, credentials=Credentials.ASCII),
        "aiohttp",
        config="`trust_env=True` in the program",
        store=True,
        probe=Probe(module="aiohttp", distribution="aiohttp"),
        verified=("3.14.5",),
        note="a proxy only with `trust_env=True`",
    ),
    Client(
        "requests",
        "requests",
        REQUESTS,
        REQUESTS_PROXY,
        "requests",
        store=True,
        patched=True,
        probe=Probe(module="requests", distribution="requests"),
        verified=("2.34.2",),
    ),
    Client(
        "httplib2",
        "httplib2",
        (Roots("HTTPLIB2_CA_CERTS"),),
        Proxy(tls=NO),
        store=True,
        patched=True,
        probe=Probe(module="httplib2", distribution="httplib2"),
        verified=("0.32.1",),
        note="a proxy only where PySocks is installed; without it, it goes direct and says nothing",
    ),
    Client(
        "pycurl",
        "pycurl",
        (),
        Proxy(ALL, ("http_proxy", "all_proxy", "ALL_PROXY"), schemeless=YES, socks5h=YES, tls=YES),
        "curl 8",
        config="`CAINFO` in the program",
        store=True,
        probe=Probe(module="pycurl", distribution="pycurl"),
        verified=("7.49.0",),
        note="libcurl itself reads no variable for its CA",
    ),
    Client(
        "grpc",
        "gRPC (Python)",
        (Roots("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),),
        Proxy(
            ("grpc_proxy", "https_proxy", "http_proxy"),
            (),
            schemeless=NO,
            tls=NO,
            exceptions=("no_grpc_proxy",),
        ),
        "grpc",
        probe=Probe(module="grpc", distribution="grpcio"),
        verified=("1.85.1",),
        note="reads lower case only",
    ),
    Client(
        "botocore",
        "boto3, botocore",
        (Roots("AWS_CA_BUNDLE"), Roots("REQUESTS_CA_BUNDLE")),
        AWS_PROXY,
        "botocore",
        probe=Probe(module="botocore", distribution="botocore"),
        verified=("1.44.5",),
        note="an empty `AWS_CA_BUNDLE` is an error",
    ),
    Client(
        "google-auth",
        "google-auth, google-cloud-storage",
        REQUESTS,
        REQUESTS_PROXY,
        "requests",
        store=True,
        patched=True,
        probe=Probe(module="google.auth", distribution="google-auth"),
        verified=("2.62.2",),
    ),
    Client(
        "azure-core",
        "azure-core",
        REQUESTS,
        REQUESTS_PROXY,
        store=True,
        patched=True,
        probe=Probe(module="azure.core", distribution="azure-core"),
        verified=("1.41.0",),
    ),
    Client(
        "snowflake",
        "Snowflake's connector",
        (Roots("SSL_CERT_FILE", missing=Missing.UNKNOWN), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
        Proxy(ALL, ALL_PLAIN),
        since="5.0",
        store=True,
        probe=Probe(module="snowflake.connector", distribution="snowflake-connector-python"),
        verified=("5.2.0",),
        note="older ones go through requests",
    ),
)
