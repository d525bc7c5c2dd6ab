"""Whether a client is covered by what is set up: a yes has to be true."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.clients.client import split_version
from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.decide.client import choose_client
from proxyenv.decide.coverage import describe_measured, judge_coverage, judge_measured
from proxyenv.model.coverage import ClientCoverage, Installed, SetUp
from proxyenv.model.tools import Conflict

if TYPE_CHECKING:
    from proxyenv.catalog.clients.client import Client
    from proxyenv.model.tools import Aspect

BUNDLE = "/d/ca-bundle.pem"
ROOTS = {
    "CURL_CA_BUNDLE": BUNDLE,
    "SSL_CERT_FILE": BUNDLE,
    "REQUESTS_CA_BUNDLE": BUNDLE,
    "PERL_LWP_SSL_CA_FILE": BUNDLE,
}


def through(proxy: str, **more: str) -> dict[str, str]:
    """What is written for a proxy."""
    return {"https_proxy": proxy, "http_proxy": proxy, **more}


WRITTEN = through("http://proxy.test:3128")
WITH_CA = {**WRITTEN, **ROOTS}
SECURE = {**through("https://proxy.test:3129"), **ROOTS}
ENCODED = {**through("http://ada:p%40ss@proxy.test:3128"), **ROOTS}
FOREIGN = {**through("http://ada:p%C3%A4ss@proxy.test:3128"), **ROOTS}
PROPERTIES = {"JAVA_TOOL_OPTIONS": "-Dhttps.proxyHost=proxy.test"}


@pytest.mark.parametrize(
    ("name", "here", "coverage", "reason"),
    [
        pytest.param("curl", SetUp(WITH_CA), "covered", "`CURL_CA_BUNDLE`", id="by-its-variable"),
        pytest.param("wget", SetUp(WRITTEN), "covered", "no corporate CA is set up", id="a-proxy-alone"),
        pytest.param("openssl", SetUp(ROOTS), "covered", "`SSL_CERT_FILE`", id="a-ca-alone"),
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
            id="the-store-does",
        ),
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
            "curl",
            SetUp(WITH_CA, lacking=frozenset({"CURL_CA_BUNDLE"})),
            "not-covered",
            "`CURL_CA_BUNDLE` names a missing file: `proxyenv refresh` writes it",
            id="a-bundle-that-is-gone",
        ),
    ],
)
def test_coverage(name: str, here: SetUp, coverage: str, reason: str) -> None:
    verdict = judge_coverage(choose_client(name), here)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize(
    ("name", "here", "coverage", "reason"),
    [
        pytest.param(
            "wget",
            SetUp(WITH_CA, configured=frozenset({("wget", "roots")})),
            "covered",
            "it is configured in its own file",
            id="its-file-says-it",
        ),
        pytest.param(
            "maven",
            SetUp(WITH_CA, configured=frozenset({("maven", "proxy"), ("maven", "roots")})),
            "covered",
            "it is configured in its own file",
            id="both-its-files-say-it",
        ),
        pytest.param(
            "maven",
            SetUp(WITH_CA, configured=frozenset({("maven", "proxy")})),
            "trust-install",
            "no variable names its CA: `proxyenv trust install` or `proxyenv setup --configure maven`",
            id="one-of-its-files-says-the-proxy-alone",
        ),
        pytest.param(
            "docker",
            SetUp(WITH_CA, configured=frozenset({("docker", "proxy")})),
            "covered",
            "`SSL_CERT_FILE`",
            id="its-file-is-for-containers",
        ),
        pytest.param(
            "java", SetUp(WITH_CA | PROPERTIES), "covered", "`JAVA_TOOL_OPTIONS`", id="java-by-its-variable"
        ),
        pytest.param(
            "maven", SetUp(WITH_CA | PROPERTIES), "covered", "`JAVA_TOOL_OPTIONS`", id="maven-by-that-of-java"
        ),
        pytest.param(
            "java",
            SetUp(ENCODED | PROPERTIES),
            "not-covered",
            "`JAVA_TOOL_OPTIONS` cannot hold the proxy's credentials",
            id="java-has-no-credentials",
        ),
        pytest.param(
            "maven",
            SetUp(ENCODED | PROPERTIES),
            "configure",
            "`proxyenv setup --configure maven`: `JAVA_TOOL_OPTIONS` cannot hold the proxy's credentials",
            id="maven-has-a-file-for-credentials",
        ),
    ],
)
def test_what_a_file_says(name: str, here: SetUp, coverage: str, reason: str) -> None:
    verdict = judge_coverage(choose_client(name), here)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize(
    ("name", "here", "coverage", "reason"),
    [
        pytest.param("requests", SetUp(SECURE), "covered", "`REQUESTS_CA_BUNDLE`", id="by-the-same-variable"),
        pytest.param("perl", SetUp(SECURE), "covered", "`PERL_LWP_SSL_CA_FILE`", id="perl-likewise"),
        pytest.param(
            "curl",
            SetUp(SECURE),
            "trust-install",
            "the operating system's store alone counts for a proxy that itself speaks TLS: "
            "`proxyenv trust install`",
            id="curl-by-the-store-alone",
        ),
        pytest.param(
            "curl", SetUp(SECURE, store=True), "covered", "`CURL_CA_BUNDLE`", id="curl-with-the-store"
        ),
        pytest.param(
            "curl",
            SetUp(through("https://proxy.test:3129")),
            "covered",
            "no corporate CA is set up",
            id="a-proxy-under-a-public-root",
        ),
        pytest.param(
            "wget",
            SetUp(SECURE, store=True),
            "not-covered",
            "it cannot use a proxy that itself speaks TLS",
            id="wget-in-no-way",
        ),
        pytest.param(
            "mamba",
            SetUp(SECURE),
            "not-covered",
            "whether it can use a proxy that itself speaks TLS is not known",
            id="nobody-knows",
        ),
    ],
)
def test_a_proxy_that_speaks_tls(name: str, here: SetUp, coverage: str, reason: str) -> None:
    verdict = judge_coverage(choose_client(name), here)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize(
    ("name", "written", "coverage"),
    [
        pytest.param("curl", ENCODED, "covered", id="curl-decodes"),
        pytest.param("ruby", ENCODED, "not-covered", id="ruby-does-not"),
        pytest.param("websockets", ENCODED, "not-covered", id="nor-do-websockets"),
        pytest.param(
            "websockets",
            {**ENCODED, **dict.fromkeys(("wss_proxy", "ws_proxy"), "http://ada:p@ss@proxy.test:3128")},
            "covered",
            id="which-have-a-variable-for-it",
        ),
        pytest.param(
            "websockets",
            {
                **through("http://ada:100%25@proxy.test:3128", **ROOTS),
                **dict.fromkeys(("wss_proxy", "ws_proxy"), "http://ada:100%@proxy.test:3128"),
            },
            "covered",
            id="and-there-a-percent-sign-is-one",
        ),
        pytest.param("ruby", {**through("http://ada:pass@proxy.test:3128"), **ROOTS}, "covered", id="plain"),
        pytest.param("requests", ENCODED, "covered", id="requests-decodes"),
        pytest.param("requests", FOREIGN, "not-covered", id="but-ascii-alone"),
        pytest.param("curl", FOREIGN, "covered", id="curl-all-of-unicode"),
    ],
)
def test_credentials(name: str, written: dict[str, str], coverage: str) -> None:
    assert judge_coverage(choose_client(name), SetUp(written)).coverage == coverage


STORE = SetUp(WRITTEN, truststore=True, store=True, hooked=("/home/ada/venv/lib/python3.12/site-packages",))
HERE = Installed("module requests", "2.34.2", "/home/ada/venv")
ELSEWHERE = Installed("/usr/bin/poetry", "2.5.1", "/usr")


@pytest.mark.parametrize(
    ("name", "here", "installed", "coverage", "reason"),
    [
        pytest.param("curl", STORE, None, "covered", "the operating system's store", id="reads-it-by-itself"),
        pytest.param(
            "curl",
            replace(STORE, store=False),
            None,
            "trust-install",
            "the operating system's store lacks the CA: `proxyenv trust install`",
            id="the-store-lacks-the-ca",
        ),
        pytest.param(
            "requests", STORE, HERE, "covered", "the operating system's store, by truststore", id="patched"
        ),
        pytest.param(
            "requests",
            replace(STORE, store=False),
            HERE,
            "trust-install",
            "the operating system's store lacks the CA: `proxyenv trust install`",
            id="patched-and-the-store-lacks-the-ca",
        ),
        pytest.param(
            "poetry",
            STORE,
            ELSEWHERE,
            "not-covered",
            "truststore is not in its environment: `proxyenv setup --trust truststore --venv DIR`",
            id="in-another-environment",
        ),
        pytest.param(
            "requests",
            STORE,
            replace(HERE, prefix="/home/ada/ven"),
            "not-covered",
            "truststore is not in its environment: `proxyenv setup --trust truststore --venv DIR`",
            id="in-one-of-a-name-that-begins-so",
        ),
        pytest.param(
            "poetry",
            STORE,
            None,
            "not-covered",
            "truststore is not in its environment: `proxyenv setup --trust truststore --venv DIR`",
            id="in-none",
        ),
    ],
)
def test_truststore(name: str, here: SetUp, installed: Installed | None, coverage: str, reason: str) -> None:
    verdict = judge_coverage(choose_client(name), here, installed)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize(
    ("name", "environment", "changes", "coverage"),
    [
        pytest.param("curl", {**WITH_CA, "HOME": "/home/ada"}, {}, "covered", id="sourced"),
        pytest.param("curl", {}, {}, "source", id="not-sourced"),
        pytest.param("curl", WITH_CA | {"no_proxy": "more.test"}, {}, "covered", id="a-longer-list"),
        pytest.param("curl", WITH_CA | {"CURL_CA_BUNDLE": "/x.pem"}, {}, "source", id="another-bundle"),
        pytest.param("curl", WITH_CA | {"SSL_CERT_DIR": "/x"}, {}, "source", id="what-hides-the-bundle"),
        pytest.param("curl", WITH_CA | {"REQUESTS_CA_BUNDLE": "/x"}, {}, "covered", id="anothers-variable"),
        pytest.param("prefect", {}, {"plugin": True}, "covered", id="the-plugin-does-it"),
        pytest.param("requests", {}, {"plugin": True}, "source", id="but-for-prefect-alone"),
        pytest.param(
            "apt",
            {},
            {"configured": frozenset({("apt", "proxy"), ("apt", "roots")})},
            "covered",
            id="a-file-needs-no-shell",
        ),
        pytest.param(
            "wget",
            {},
            {"configured": frozenset({("wget", "roots")})},
            "source",
            id="a-file-for-the-ca-alone-does",
        ),
        pytest.param("wget", {}, {}, "trust-install", id="what-sourcing-would-not-cure-comes-first"),
    ],
)
def test_what_this_shell_has(
    name: str, environment: dict[str, str], changes: dict[str, object], coverage: str
) -> None:
    written = WITH_CA | {"no_proxy": "localhost"}
    here = replace(SetUp(written, environment=environment, env_file="/c/env.sh"), **changes)  # type: ignore[arg-type]
    assert judge_coverage(choose_client(name), here).coverage == coverage


def test_a_shell_that_lacks_something_is_told_what_and_where_it_is() -> None:
    here = SetUp(WITH_CA, environment={"https_proxy": "http://old.test:1"}, env_file="/c/env.sh")
    reasons = [judge_coverage(choose_client(name), here).reason for name in ("urllib", "curl")]
    assert reasons == ["this shell has no `http_proxy`: source `/c/env.sh`"] * 2


@pytest.mark.parametrize("name", ["java", "maven", "gradle"])
def test_what_takes_properties_alone_needs_configuration(name: str) -> None:
    verdict = judge_coverage(choose_client(name), SetUp(WITH_CA))
    assert verdict.coverage == "configure"
    assert verdict.reason.startswith(f"`proxyenv setup --configure {name}`: no variable names its proxy; ")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_verdict_says_why(client: Client) -> None:
    assert judge_coverage(client, SetUp(WITH_CA)).reason


def conflicting(tool: str, cause: str = "proxy-differs") -> SetUp:
    """A machine on which a setting of the user's own fights what is written."""
    setting = Conflict(tool, cause, "name", "`/h/file`, line 3", "`name` does harm", "unset it")
    written = {**WITH_CA, "NODE_EXTRA_CA_CERTS": "/d/ca.pem", "GIT_SSL_CAINFO": BUNDLE, "PIP_CERT": BUNDLE}
    return SetUp({**written, "NODE_USE_ENV_PROXY": "1"}, conflicts=(setting,))


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        *[("git", name) for name in ("git", "git-gnutls", "prefect-git")],
        *[("Prefect", name) for name in ("prefect", "prefect-websockets")],
        *[("npm", name) for name in ("npm", "yarn", "pnpm")],
        *[("bundler", "bundler"), ("Perl's LWP", "perl")],
        *[("Node", "node"), ("curl", "curl"), ("cargo", "cargo"), ("pip", "pip"), ("pip", "pip-legacy")],
        *[("Azure CLI", "az"), ("Go", "go"), ("wget", "wget"), ("conda", "mamba")],
    ],
)
def test_a_setting_that_wins(tool: str, name: str) -> None:
    verdict = judge_coverage(choose_client(name), conflicting(tool))
    reason = "`/h/file`, line 3: `name` does harm"
    assert (verdict.coverage, verdict.reason) == ("not-covered", reason)


@pytest.mark.parametrize(
    ("tool", "cause", "name"),
    [
        pytest.param("git", "proxy-differs", "curl", id="another-tools"),
        pytest.param("Node", "verification-off", "npm", id="npm-says-itself-what-it-verifies"),
        pytest.param("git", "ca-file-missing", "git", id="a-ca-file-that-loses-to-the-variable"),
        pytest.param("pip", "ca-file-missing", "pip", id="a-ca-file-that-loses-to-another-variable-of-its"),
    ],
)
def test_a_setting_that_does_not_matter(tool: str, cause: str, name: str) -> None:
    assert judge_coverage(choose_client(name), conflicting(tool, cause)).coverage == "covered"


def test_a_ca_file_that_is_missing_matters_where_it_wins() -> None:
    assert (
        judge_coverage(choose_client("curl"), conflicting("curl", "ca-file-missing")).coverage
        == "not-covered"
    )


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("curl", "NO_PROXY", "*"),
        ("curl", "no_proxy", "*"),
        ("requests", "no_proxy", "localhost, *"),
        ("npm", "npm_config_noproxy", "*"),
    ],
)
def test_a_shell_that_keeps_every_host_from_the_proxy(name: str, variable: str, value: str) -> None:
    written = {**WITH_CA, "no_proxy": "localhost", "NO_PROXY": "localhost"}
    here = SetUp(written, environment={**written, variable: value})
    verdict = judge_coverage(choose_client(name), here)
    assert (verdict.coverage, verdict.reason) == (
        "not-covered",
        f"`{variable}` has `*` in this shell: it goes direct",
    )


@pytest.mark.parametrize(
    ("written", "exceptions"),
    [
        pytest.param(WITH_CA, "localhost,*.corp.test", id="a-longer-list"),
        pytest.param({**WITH_CA, "no_proxy": "*"}, "*", id="as-it-was-asked-for"),
        pytest.param(ROOTS, "*", id="there-is-no-proxy"),
    ],
)
def test_a_shell_that_does_not(written: dict[str, str], exceptions: str) -> None:
    here = SetUp(written, environment={**written, "no_proxy": exceptions})
    assert judge_coverage(choose_client("requests"), here).coverage == "covered"


@pytest.mark.parametrize(
    ("setting", "coverage"),
    [("http.proxy", "not-covered"), ("http.https://a.test.proxy", "covered"), ("http.sslverify", "covered")],
)
def test_cargo_reads_the_proxy_of_git_for_every_host(setting: str, coverage: str) -> None:
    conflict = Conflict("git", "proxy-off", setting, "`/h/.gitconfig`, line 3", "it goes direct", "unset it")
    here = SetUp({**WITH_CA, "CARGO_HTTP_CAINFO": BUNDLE}, conflicts=(conflict,))
    assert judge_coverage(choose_client("cargo"), here).coverage == coverage


def override(name: str, aspect: Aspect | None, *, tool: str = "environment", breaks: bool = True) -> Conflict:
    """Something that beats a written value."""
    where = f"`{name}` in the environment"
    return Conflict(tool, "shadowed", name, where, "odd", "", beats="x", aspect=aspect, breaks=breaks)


@pytest.mark.parametrize(
    ("conflict", "coverage", "reason"),
    [
        pytest.param(
            override("PREFECT_API_SSL_CERT_FILE", "roots", tool="Prefect"),
            "not-covered",
            "`PREFECT_API_SSL_CERT_FILE` in the environment: odd",
            id="other-roots",
        ),
        pytest.param(
            override("PREFECT_API_SSL_CERT_FILE", "roots", tool="Prefect", breaks=False),
            "covered",
            "`SSL_CERT_FILE`",
            id="other-roots-with-the-ca",
        ),
        pytest.param(
            override("PREFECT_API_URL", None, tool="Prefect"), "covered", "`SSL_CERT_FILE`", id="another-api"
        ),
    ],
)
def test_prefect_is_covered_unless_what_beats_its_profile_loses_the_proxy_or_the_ca(
    conflict: Conflict, coverage: str, reason: str
) -> None:
    here = SetUp(WITH_CA, conflicts=(conflict,))
    verdict = judge_coverage(choose_client("prefect"), here)
    assert (verdict.coverage, verdict.reason) == (coverage, reason)


@pytest.mark.parametrize(
    ("name", "environment", "coverage"),
    [
        pytest.param("httpx", {"HTTPS_PROXY": "http://old.test:1"}, "covered", id="lower-case-wins"),
        pytest.param("httpx", {"ALL_PROXY": "http://old.test:1"}, "covered", id="the-scheme-wins"),
        pytest.param("httpx", {"https_proxy": "http://old.test:1"}, "source", id="lower-case-is-another"),
        pytest.param("httpx", {"https_proxy": ""}, "source", id="lower-case-erases"),
        pytest.param("uv", {"HTTPS_PROXY": "http://old.test:1"}, "source", id="upper-case-wins-for-uv"),
    ],
)
def test_only_the_proxy_variable_that_the_client_prefers_counts(
    name: str, environment: dict[str, str], coverage: str
) -> None:
    written = {**WITH_CA, "HTTPS_PROXY": WRITTEN["https_proxy"], "HTTP_PROXY": WRITTEN["http_proxy"]}
    here = SetUp(written, environment={**written, **environment}, env_file="/c/env.sh")
    assert judge_coverage(choose_client(name), here).coverage == coverage


def test_a_version_before_the_first_is_not_covered_whatever_is_set() -> None:
    rows = {client.name: client for client in CLIENTS}
    here = SetUp(dict.fromkeys(("https_proxy", "NODE_EXTRA_CA_CERTS", "NODE_USE_ENV_PROXY"), "x"))
    old = Installed("/usr/bin/x", "20.19.5", too_old=True)
    judged = [judge_coverage(client, here, old) for client in (rows["node"], rows["pnpm"])]
    assert judged == [
        ClientCoverage("not-covered", "too old: Node 22.21 or later"),
        ClientCoverage("not-covered", "not measured before pnpm 12"),
    ]


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [
        ("node", "20.19.5", "too old: Node 22.21 or later"),
        ("node", "23.1.0", "too old: Node 24.5 or later"),
        ("node", "24.2.0", "too old: Node 24.5 or later"),
        ("websockets", "14.2", "too old: websockets 15 or later"),
        ("pnpm", "9.1.0", "not measured before pnpm 12"),
    ],
)
def test_the_first_version_that_will_do_is_named(name: str, version: str, reason: str) -> None:
    old = Installed("/usr/bin/x", version, too_old=True)
    assert judge_coverage(choose_client(name), SetUp(WITH_CA), old) == ClientCoverage("not-covered", reason)
    assert describe_measured(choose_client(name), old) == ""


@pytest.mark.parametrize(
    ("name", "version", "measured", "said"),
    [
        ("curl", "7.88.1", "yes", ""),
        ("curl", "7.88.9", "yes", ""),
        ("curl", "8.20.0", "newer", "not measured: newer than 7.88.1"),
        ("curl", "7.81.0", "older", "not measured: older than 7.88.1"),
        ("node", "24.9.0", "yes", ""),
        ("node", "26.10.4", "yes", ""),
        ("node", "27.0.0", "newer", "not measured: newer than 26.10.0"),
        ("gcloud", "528.0.0", "yes", ""),
        ("gcloud", "529.0.0", "newer", "not measured: newer than 528"),
        ("urllib", "3.14.1", "newer", "not measured: newer than 3.13.0"),
        ("urllib", "3.10.0", "older", "not measured: older than 3.11.7"),
        ("helm", "3.1.0", None, ""),
        ("curl", None, None, ""),
    ],
)
def test_a_version_that_was_not_driven_is_said(
    name: str, version: str | None, measured: str | None, said: str
) -> None:
    client, here = choose_client(name), Installed("/usr/bin/x", version)
    assert (judge_measured(client, here), describe_measured(client, here)) == (measured, said)


def test_a_newer_version_is_no_no() -> None:
    here = Installed("/usr/bin/curl", "9.1.0")
    assert judge_coverage(choose_client("curl"), SetUp(WITH_CA), here).coverage == "covered"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_versions_that_were_driven_are_numbers(client: Client) -> None:
    assert all(split_version(version) for version in client.verified)
