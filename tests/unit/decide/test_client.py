"""One client's part of what was written for all."""

from __future__ import annotations

import pytest

from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.decide.client import choose_client, select_variables
from proxyenv.errors import UsageError
from proxyenv.model.target import Variable

BUNDLE, CORPORATE, PROXY = "/d/ca-bundle.pem", "/d/corporate-ca.pem", "http://proxy.test:3128"
PROXIES = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), PROXY)
EXCEPTIONS = dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost")
WRITTEN = {
    **PROXIES,
    **EXCEPTIONS,
    "no_grpc_proxy": "10.0.0.0/8",
    "SSL_CERT_FILE": BUNDLE,
    "CURL_CA_BUNDLE": BUNDLE,
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": BUNDLE,
    "NODE_EXTRA_CA_CERTS": CORPORATE,
    "NODE_USE_ENV_PROXY": "1",
}


def select(name: str, **changes: str) -> dict[str, str | None]:
    return {each.name: each.value for each in select_variables(choose_client(name), {**WRITTEN, **changes})}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "curl",
            {
                "http_proxy": PROXY,
                "https_proxy": PROXY,
                "HTTPS_PROXY": PROXY,
                **EXCEPTIONS,
                "all_proxy": None,
                "ALL_PROXY": None,
                "CURL_CA_BUNDLE": BUNDLE,
                "SSL_CERT_DIR": None,
            },
            id="curl-has-a-variable-of-its-own",
        ),
        pytest.param(
            "wget",
            {"http_proxy": PROXY, "https_proxy": PROXY, **EXCEPTIONS},
            id="no-variable-names-the-roots-of-wget",
        ),
        pytest.param(
            "yarn-berry",
            {
                "YARN_HTTPS_PROXY": PROXY,
                "YARN_HTTP_PROXY": PROXY,
                "NODE_EXTRA_CA_CERTS": CORPORATE,
            },
            id="yarn-berry-reads-only-what-the-env-files-leave-out",
        ),
        pytest.param(
            "grpc",
            {
                "https_proxy": PROXY,
                "http_proxy": PROXY,
                **EXCEPTIONS,
                "no_grpc_proxy": "10.0.0.0/8",
                "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": BUNDLE,
            },
            id="grpc-has-exceptions-of-its-own",
        ),
        pytest.param(
            "openssl",
            {"SSL_CERT_FILE": BUNDLE, "SSL_CERT_DIR": None},
            id="openssl-takes-no-proxy-from-the-environment",
        ),
        pytest.param("java", {}, id="no-variable-reaches-java"),
    ],
)
def test_a_client_gets_what_it_reads(name: str, expected: dict[str, str | None]) -> None:
    assert select(name) == expected


def test_what_only_configure_writes_comes_with_its_client() -> None:
    assert select("maven", JAVA_TOOL_OPTIONS="-Dx=y") == {"JAVA_TOOL_OPTIONS": "-Dx=y"}


def test_a_switch_comes_with_its_client() -> None:
    assert select("node")["NODE_USE_ENV_PROXY"] == "1"


def test_what_names_a_file_is_guarded_by_it() -> None:
    guarded = {each.name: each.file for each in select_variables(choose_client("curl"), WRITTEN)}
    assert (guarded["CURL_CA_BUNDLE"], guarded["SSL_CERT_DIR"], guarded["https_proxy"]) == (
        BUNDLE,
        BUNDLE,
        None,
    )


def test_a_password_is_marked() -> None:
    url = "http://ada:secret@proxy.test:3128"
    marked = select_variables(choose_client("wget"), {"https_proxy": url})
    assert marked == (Variable("https_proxy", url, sensitive=True),)


def test_where_the_store_counts_what_hides_it_is_unset() -> None:
    written = {"UV_SYSTEM_CERTS": "1"}
    chosen = select_variables(choose_client("uv"), written, truststore=True)
    assert [(each.name, each.value) for each in chosen] == [
        ("SSL_CERT_FILE", None),
        ("SSL_CERT_DIR", None),
        ("UV_SYSTEM_CERTS", "1"),
    ]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_nothing_is_said_twice_and_nothing_without_a_set_up(client: object) -> None:
    names = [each.name for each in select_variables(client, WRITTEN)]  # type: ignore[arg-type]
    assert len(set(names)) == len(names)
    assert select_variables(client, {}) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("crul", "did you mean `curl` or `pycurl`?", id="a-slip"),
        pytest.param("auth", "did you mean `google-auth`?", id="a-part"),
        pytest.param("netscape", "`proxyenv clients` lists them", id="nothing-near"),
    ],
)
def test_an_unknown_client_is_refused_with_what_is_near(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"`--client {name}` is not known") as caught:
        choose_client(name)
    assert caught.value.hint == hint
