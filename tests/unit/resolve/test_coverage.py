"""Whether a client is covered by what is set up."""

from __future__ import annotations

import pytest

from proxyenv.clients.table import CLIENTS
from proxyenv.resolve.client import choose_client
from proxyenv.resolve.coverage import SetUp, judge_coverage

WRITTEN = {"https_proxy": "http://proxy.test:3128", "http_proxy": "http://proxy.test:3128"}
WITH_CA = {**WRITTEN, "CURL_CA_BUNDLE": "/d/ca-bundle.pem", "SSL_CERT_FILE": "/d/ca-bundle.pem"}


@pytest.mark.parametrize(
    ("name", "here", "coverage", "reason"),
    [
        pytest.param("curl", SetUp(WITH_CA), "covered", "`CURL_CA_BUNDLE`", id="by-its-variable"),
        pytest.param(
            "wget",
            SetUp(WITH_CA),
            "trust-install",
            "no variable names its CA: `proxyenv trust install` or `proxyenv setup --configure wget`",
            id="no-variable-for-its-ca",
        ),
        pytest.param(
            "php-curl",
            SetUp(WITH_CA),
            "trust-install",
            "no variable names its CA: `proxyenv trust install`",
            id="nor-a-file-that-is-ours-to-write",
        ),
        pytest.param(
            "wget",
            SetUp(WITH_CA, store=True),
            "covered",
            "the operating system's store",
            id="the-store-has-it",
        ),
        pytest.param(
            "wget",
            SetUp(WITH_CA, configured=("wget",)),
            "covered",
            "it is told in its own file",
            id="it-was-told",
        ),
        pytest.param(
            "java",
            SetUp(WITH_CA, configured=("all-installed",)),
            "covered",
            "it is told in its own file",
            id="all-were-told",
        ),
        pytest.param("wget", SetUp(WRITTEN), "covered", "no corporate CA is set up", id="a-proxy-alone"),
        pytest.param(
            "openssl",
            SetUp(WITH_CA),
            "not-covered",
            "no variable names its proxy; its option `-proxy`",
            id="only-an-option",
        ),
        pytest.param(
            "yarn-berry",
            SetUp(WITH_CA),
            "not-covered",
            "its proxy comes from `proxyenv env --client yarn-berry`",
            id="only-by-variables-that-harm-others",
        ),
        pytest.param(
            "openssl",
            SetUp({"SSL_CERT_FILE": "/d/ca-bundle.pem"}),
            "covered",
            "`SSL_CERT_FILE`",
            id="a-ca-alone",
        ),
        pytest.param(
            "curl",
            SetUp(WRITTEN, truststore=True),
            "covered",
            "the operating system's store",
            id="truststore",
        ),
    ],
)
def test_coverage(name: str, here: SetUp, coverage: str, reason: str) -> None:
    verdict = judge_coverage(choose_client(name), here)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize("name", ["java", "maven", "gradle"])
def test_what_takes_properties_alone_needs_configuration(name: str) -> None:
    verdict = judge_coverage(choose_client(name), SetUp(WITH_CA))
    assert verdict.coverage == "configure"
    assert verdict.reason.startswith(f"`proxyenv setup --configure {name}`: no variable names its proxy; ")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_verdict_says_why(client: object) -> None:
    assert judge_coverage(client, SetUp(WITH_CA)).reason  # type: ignore[arg-type]
