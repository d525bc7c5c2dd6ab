"""Rust and Go, and the programs that are built with them."""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Client, Holds, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import ALL, GO_PROXY, GO_ROOTS
from proxyenv.catalog.tools.tool import Keys, not_empty
from proxyenv.formats.truth import truthy

VARIABLES: Final = {
    "Go": Keys(unverified=(("GOINSECURE", not_empty),)),
    "helm": Keys(unverified=(("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", truthy("helm")),)),
}

_ON_LINUX: Final = "on macOS and Windows the system's store alone counts"

RUST: Final[tuple[Client, ...]] = (
    Client(
        "rustup",
        "rustup",
        (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
        Proxy(ALL, ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")),
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
        GO_ROOTS,
        GO_PROXY,
        "go",
        store=True,
        reads=("Go",),
        probe=Probe(program="go", arguments=("version",)),
        verified=("1.19.8", "1.27.3"),
        note=_ON_LINUX,
    ),
    Client(
        "kubectl",
        "kubectl",
        GO_ROOTS,
        GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="kubectl", arguments=("version", "--client")),
        verified=("1.32.4",),
        note="`certificate-authority-data` of the cluster wins",
    ),
    Client(
        "helm",
        "helm",
        GO_ROOTS,
        GO_PROXY,
        "go",
        store=True,
        reads=("helm",),
        probe=Probe(program="helm", arguments=("version", "--short")),
        source="that of Go, which it is built with",
        note=_ON_LINUX,
    ),
    Client(
        "terraform",
        "terraform",
        GO_ROOTS,
        GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="terraform", arguments=("version",)),
        verified=("1.11.4",),
        note=_ON_LINUX,
    ),
    Client(
        "gh",
        "gh",
        GO_ROOTS,
        GO_PROXY,
        "go",
        store=True,
        probe=Probe(program="gh"),
        source="that of Go, which it is built with",
        note=_ON_LINUX,
    ),
)
