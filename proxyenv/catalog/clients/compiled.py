"""Go, Rust and the JVM, and the programs that are built with them."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.python import OPENSSL

YES: Final = Answer.YES
NO: Final = Answer.NO

_ALL: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

_GO_ROOTS: Final = (
    Roots("SSL_CERT_FILE", missing=Missing.IGNORED),
    Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
)
_GO_PROXY: Final = Proxy(
    ("HTTPS_PROXY", "https_proxy"),
    ("HTTP_PROXY", "http_proxy"),
    schemeless=YES,
    socks5h=YES,
    tls=YES,
    tls_roots=("SSL_CERT_FILE",),
)
_ON_LINUX: Final = "on macOS and Windows the system's store alone counts"

RUST: Final[tuple[Client, ...]] = (
    Client(
        "cargo",
        "cargo",
        (Roots("CARGO_HTTP_CAINFO"), *OPENSSL),
        Proxy(
            _ALL,
            ("http_proxy", "all_proxy", "ALL_PROXY"),
            schemeless=YES,
            socks5h=YES,
            tls=YES,
            tls_roots=("CARGO_HTTP_CAINFO",),
        ),
        "cargo",
        store=True,
        wins="CARGO_HTTP_CAINFO",
        probe=Probe(program="cargo"),
        verified=("1.95.0",),
        note="`http.proxy` in `~/.cargo/config.toml` wins",
    ),
    Client(
        "rustup",
        "rustup",
        (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
        Proxy(_ALL, ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")),
        store=True,
        probe=Probe(program="rustup"),
        verified=("1.29.0",),
        note="NO_PROXY without networks and `*.`",
    ),
)

GO: Final[tuple[Client, ...]] = (
    Client(
        "go",
        "Go programs, `go` itself",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        store=True,
        settings=("Go",),
        probe=Probe(program="go", arguments=("version",)),
        verified=("1.19.8", "1.27.3"),
        note=_ON_LINUX,
    ),
    Client(
        "kubectl",
        "kubectl",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="kubectl", arguments=("version", "--client")),
        verified=("1.32.4",),
        note="`certificate-authority-data` of the cluster wins",
    ),
    Client(
        "helm",
        "helm",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="helm", arguments=("version", "--short")),
        source="that of Go, which it is built with",
        note=_ON_LINUX,
    ),
    Client(
        "terraform",
        "terraform",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="terraform", arguments=("version",)),
        verified=("1.11.4",),
        note=_ON_LINUX,
    ),
    Client(
        "gh",
        "gh",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="gh"),
        source="that of Go, which it is built with",
        note=_ON_LINUX,
    ),
    Client(
        "docker",
        "the Docker client",
        _GO_ROOTS,
        _GO_PROXY,
        "go",
        config="`proxies` in `~/.docker/config.json`, for what runs in containers",
        store=True,
        probe=Probe(program="docker"),
        verified=("20.10.24", "28.2.2"),
        note="for registries; the daemon does the pulls, and has settings of its own",
    ),
)

JAVA: Final[tuple[Client, ...]] = (
    Client(
        "java",
        "Java",
        (),
        None,
        "java",
        config="`javax.net.ssl.trustStore`, `https.proxyHost` in `JAVA_TOOL_OPTIONS` or `net.properties`",
        asked=("JAVA_TOOL_OPTIONS",),
        store=True,
        probe=Probe(program="java", arguments=("-version",)),
        verified=("17.0.15",),
        note="a store of its own, with the system's CAs on Debian",
    ),
    Client(
        "maven",
        "Maven",
        (),
        None,
        "java",
        config="`<proxies>` in `~/.m2/settings.xml`",
        told=(("proxy", "maven"), ("roots", "mavenrc")),
        asked=("JAVA_TOOL_OPTIONS",),
        store=True,
        probe=Probe(program="mvn"),
        verified=("3.8.7",),
        note="credentials only in `settings.xml`",
    ),
    Client(
        "gradle",
        "Gradle",
        (),
        None,
        "java",
        config="`systemProp.https.proxyHost` in `~/.gradle/gradle.properties`",
        told=(("proxy", "gradle"), ("roots", "gradle")),
        asked=("JAVA_TOOL_OPTIONS",),
        store=True,
        probe=Probe(program="gradle"),
        source="its user guide, on networking",
    ),
)
