"""What the rows say, and what follows from them."""

from __future__ import annotations

import pytest

from proxyenv.catalog.clients.table import (
    CLIENTS,
    UNSET_WITH_STORE,
    Client,
    Role,
    find_client,
    roots_variables,
    store_switches,
    switches,
    tls_proxy_variables,
)
from proxyenv.catalog.reference import WITHHELD
from proxyenv.no_proxy.dialects.table import DIALECTS

BUNDLE, CORPORATE = Role.REPLACES_ROOTS, Role.ADDS_ROOTS


def test_every_variable_that_is_written_and_what_it_names() -> None:
    assert dict(roots_variables()) == {
        "SSL_CERT_FILE": BUNDLE,
        "REQUESTS_CA_BUNDLE": BUNDLE,
        "CURL_CA_BUNDLE": BUNDLE,
        "GIT_SSL_CAINFO": BUNDLE,
        "AWS_CA_BUNDLE": BUNDLE,
        "PIP_CERT": BUNDLE,
        "HTTPLIB2_CA_CERTS": BUNDLE,
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": BUNDLE,
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": BUNDLE,
        "PERL_LWP_SSL_CA_FILE": BUNDLE,
        "CARGO_HTTP_CAINFO": BUNDLE,
        "NODE_EXTRA_CA_CERTS": CORPORATE,
        "DENO_CERT": CORPORATE,
    }


def test_with_truststore_only_those_with_roots_of_their_own_are_told_a_file() -> None:
    assert dict(roots_variables(truststore=True)) == {
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": BUNDLE,
        "AWS_CA_BUNDLE": BUNDLE,
        "PIP_CERT": BUNDLE,
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": BUNDLE,
        "NODE_EXTRA_CA_CERTS": CORPORATE,
        "DENO_CERT": CORPORATE,
    }


def test_what_hides_the_store_is_never_written_with_truststore() -> None:
    assert {name for name, _ in roots_variables(truststore=True)}.isdisjoint(UNSET_WITH_STORE)


def test_what_is_withheld_is_never_written() -> None:
    written = {name for name, _ in (*roots_variables(), *switches(), *store_switches())}
    assert written.isdisjoint(WITHHELD)


@pytest.mark.parametrize("variable", ["ALL_PROXY", "SSL_CERT_DIR", "PGSSLROOTCERT", "NODE_OPTIONS"])
def test_a_variable_that_breaks_something_is_withheld_with_the_reason(variable: str) -> None:
    assert WITHHELD[variable]


def test_uv_has_to_be_told_to_use_the_store() -> None:
    assert store_switches() == (("UV_SYSTEM_CERTS", "1"),)


def test_node_and_perl_have_to_be_told_to_look() -> None:
    assert dict(switches()) == {"NODE_USE_ENV_PROXY": "1", "PERL_LWP_ENV_PROXY": "1"}


def test_only_git_has_a_variable_for_a_proxy_that_speaks_tls() -> None:
    assert tls_proxy_variables() == ("GIT_PROXY_SSL_CAINFO",)


@pytest.mark.parametrize(
    "name",
    [
        *("curl", "wget", "git", "git-gnutls", "openssl", "urllib", "requests", "httpx", "httpx2", "aiohttp"),
        *("urllib3", "websockets", "grpc", "botocore", "aws", "google-auth", "gcloud", "azure-core", "pip"),
        *("uv", "poetry", "conda", "mamba", "node", "npm", "yarn", "yarn-berry", "pnpm", "bun", "deno"),
        *("cargo", "rustup", "go", "java", "maven", "gradle", "ruby", "bundler", "perl", "php-streams"),
        *("php-curl", "composer", "r", "apt", "docker", "kubectl", "helm", "terraform", "prefect"),
        *("prefect-websockets", "prefect-git", "apprise"),
    ],
)
def test_there_is_a_row_for(name: str) -> None:
    assert find_client(name) is not None


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_row_makes_sense(client: Client) -> None:
    assert client.dialect is None or client.dialect in {dialect.name for dialect in DIALECTS}
    assert client.roots or client.store or client.config, "nothing says whom it trusts"
    assert client.proxy or client.config, "nothing says where its proxy comes from"
    assert bool(client.verified) != bool(client.source), "nothing says where this is from"


def test_names_are_used_once() -> None:
    names = [client.name for client in CLIENTS]
    assert len(set(names)) == len(names)


def test_a_variable_means_the_same_to_every_client_that_reads_it() -> None:
    meanings = {(roots.variable, roots.role) for client in CLIENTS for roots in client.roots}
    assert len(meanings) == len({variable for variable, _ in meanings})
