"""What clients have in common: the variables that they inherit from the library that they are built with."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Credentials, Holds, Missing, Proxy, Role, Roots

ALL: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
ALL_PLAIN: Final = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")

UPPER: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
UPPER_PLAIN: Final = ("HTTP_PROXY", "http_proxy")

OPENSSL: Final = (
    Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
)
"""What OpenSSL's own defaults read. The file replaces the default file alone: a hashed directory stays."""

HTTPX_ROOTS: Final = (
    Roots("SSL_CERT_FILE"),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY),
)
"""The file is all that counts when it is set."""
HTTPX_PROXY: Final = Proxy(
    ALL,
    ALL_PLAIN,
    schemeless=Answer.YES,
    socks5h=Answer.YES,
    tls=Answer.YES,
    tls_roots=("SSL_CERT_FILE",),
)

REQUESTS: Final = (
    Roots("REQUESTS_CA_BUNDLE", holds=Holds.EITHER),
    Roots("CURL_CA_BUNDLE", holds=Holds.EITHER),
)
REQUESTS_PROXY: Final = Proxy(
    ALL,
    ALL_PLAIN,
    schemeless=Answer.YES,
    socks5h=Answer.YES,
    tls=Answer.YES,
    tls_roots=("REQUESTS_CA_BUNDLE",),
    credentials=Credentials.ASCII,
)

WEBSOCKET_VARIABLES: Final = ("wss_proxy", "WSS_PROXY", "ws_proxy", "WS_PROXY")
"""Only websockets reads them, before any other."""
WEBSOCKETS_PROXY: Final = Proxy(
    (*WEBSOCKET_VARIABLES[:2], "https_proxy", "HTTPS_PROXY"),
    (*WEBSOCKET_VARIABLES[2:], "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"),
    schemeless=Answer.NO,
    socks5h=Answer.NO,
    tls=Answer.YES,
    tls_roots=("SSL_CERT_FILE",),
    credentials=Credentials.AS_WRITTEN,
)

AWS_PROXY: Final = Proxy(
    schemeless=Answer.YES,
    socks5h=Answer.NO,
    tls=Answer.YES,
    tls_roots=("AWS_CA_BUNDLE",),
    credentials=Credentials.ASCII,
)

_LIBCURL_PLAIN: Final = ("http_proxy", "all_proxy", "ALL_PROXY")
LIBCURL: Final = Proxy(ALL, _LIBCURL_PLAIN, schemeless=Answer.YES, socks5h=Answer.YES, tls=Answer.YES)
GIT_PROXY: Final = Proxy(
    ALL,
    _LIBCURL_PLAIN,
    schemeless=Answer.YES,
    socks5h=Answer.YES,
    tls=Answer.YES,
    tls_roots=("GIT_PROXY_SSL_CAINFO",),
)
GIT_ROOTS: Final = (Roots("GIT_SSL_CAINFO"), Roots("GIT_SSL_CAPATH", holds=Holds.DIRECTORY))

NODE_EXTRA: Final = Roots("NODE_EXTRA_CA_CERTS", Role.ADDS_ROOTS, missing=Missing.IGNORED)

GO_ROOTS: Final = (
    Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
)
GO_PROXY: Final = Proxy(
    ("HTTPS_PROXY", "https_proxy"),
    ("HTTP_PROXY", "http_proxy"),
    schemeless=Answer.YES,
    socks5h=Answer.YES,
    tls=Answer.YES,
    tls_roots=("SSL_CERT_FILE",),
)
