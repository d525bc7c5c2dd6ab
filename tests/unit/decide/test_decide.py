from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide import decide_target
from proxyenv.decide.intent import merge_intent
from proxyenv.errors import AmbiguityError, DiscoveryError, TrustError, UsageError
from proxyenv.model.change import FileState
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, Found, PrefectFindings, SourceSettings
from proxyenv.model.installation import Installation
from proxyenv.model.intent import Request
from support.certificates import make_ca
from support.machines import HOME, make_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.target import Target

(CORP,) = parse_certificates(make_ca("Corp").pem, source="test")
(OTHER,) = parse_certificates(make_ca("Other").pem, source="test")
PROFILES: Final = HOME / ".prefect/profiles.toml"
PROXY: Final = Request(proxy="proxy.corp:3128")


def make_findings(
    *,
    proxies: tuple[tuple[str, str, str], ...] = (),
    profiles: str | None = None,
    active: str | None = None,
    api_url: str | None = None,
    api_addresses: tuple[str, ...] = (),
    configuration: Configuration | None = None,
    existing: tuple[str, ...] = (),
) -> Findings:
    links = {HOME / name: HOME / name for name in (".bashrc", ".profile", ".bash_profile", ".bash_login")}
    files = {path: FileState(b"", 0o644) if path.name in existing else None for path in links}
    return Findings(
        public_roots=(),
        certifi_version="2026.10.18",
        prefect=PrefectFindings(PROFILES, profiles, active, Found(api_url, "test") if api_url else None),
        sources=(
            SourceSettings(
                "environment",
                tuple((kind, Found(value, f"`{name}` in the environment")) for kind, name, value in proxies),
            ),
        ),
        api_addresses=api_addresses,
        installation=Installation(
            configuration=configuration, files=MappingProxyType(files), links=MappingProxyType(links)
        ),
    )


def decide(request: Request = PROXY, findings: Findings | None = None) -> Target:
    found = findings or make_findings()
    return decide_target(make_host(), found, merge_intent(request, found.installation.configuration))


def value(target: Target, name: str) -> str | None:
    return {variable.name: variable.value for variable in target.variables}.get(name)


@pytest.mark.parametrize("variables", [{}, {"HOME": "/home/ada"}], ids=["without HOME", "with HOME"])
def test_a_home_that_no_variable_names_is_said(variables: dict[str, str]) -> None:
    found = make_findings()
    intent = merge_intent(PROXY, found.installation.configuration)
    said = "`HOME` is not set: the home is `/home/ada`, as the system's list of users has it"
    assert (said in decide_target(make_host(environment=variables), found, intent).notes) is (not variables)


# Proxies


@pytest.mark.parametrize(
    ("proxies", "http", "https"),
    [
        pytest.param((("https", "HTTPS_PROXY", "p:1"),), "http://p:1", "http://p:1", id="one serves both"),
        pytest.param(
            (("http", "http_proxy", "a:1"), ("https", "https_proxy", "b:2")),
            "http://a:1",
            "http://b:2",
            id="each",
        ),
        pytest.param((("all", "ALL_PROXY", "p:1"),), "http://p:1", "http://p:1", id="ALL_PROXY is expanded"),
        pytest.param(
            (("https", "https_proxy", "a:1"), ("all", "all_proxy", "b:2")),
            "http://b:2",
            "http://a:1",
            id="ALL fills up",
        ),
        pytest.param(
            (("https", "https_proxy", ""), ("https", "HTTPS_PROXY", "p:1")),
            "http://p:1",
            "http://p:1",
            id="one is empty",
        ),
        pytest.param(
            (("https", "https_proxy", "p:1"), ("https", "HTTPS_PROXY", "http://p:1/")),
            "http://p:1",
            "http://p:1",
            id="equal",
        ),
    ],
)
def test_found_proxies(proxies: tuple[tuple[str, str, str], ...], http: str, https: str) -> None:
    target = decide(Request(), make_findings(proxies=proxies))
    assert (str(target.http_proxy), str(target.https_proxy)) == (http, https)


@pytest.mark.parametrize(
    ("request_", "finds", "source", "port"),
    [
        pytest.param(Request(proxy="proxy.corp"), (), "`--proxy`", 80, id="given"),
        pytest.param(
            Request(),
            (("https", "https_proxy", "https://p"),),
            "`https_proxy` in the environment",
            443,
            id="found",
        ),
    ],
)
def test_a_port_that_is_not_named_is_pointed_out(
    request_: Request, finds: tuple[tuple[str, str, str], ...], source: str, port: int
) -> None:
    notes = decide(request_, make_findings(proxies=finds)).notes
    said = f"{source} names no port, so {port} is meant; most proxies listen at another, such as 3128 or 8080"
    assert [note for note in notes if "port" in note] == [said]


def test_two_cases_that_differ_are_a_question() -> None:
    finds = (("https", "https_proxy", "a:1"), ("https", "HTTPS_PROXY", "http://u:hunter2@b:2"))
    with pytest.raises(AmbiguityError) as caught:
        decide(Request(), make_findings(proxies=finds))
    assert caught.value.code == "proxy-conflict"
    assert caught.value.option == "--https-proxy"
    assert caught.value.answers == ("http://a:1", "http://u:hunter2@b:2")
    assert "hunter2" not in caught.value.message + str(caught.value.choices) + str(caught.value.hint)
    assert "`https_proxy`" in caught.value.message
    assert "`HTTPS_PROXY`" in caught.value.message


def test_what_is_given_wins_over_what_is_found() -> None:
    finds = (("https", "https_proxy", "a:1"), ("https", "HTTPS_PROXY", "b:2"))
    target = decide(PROXY, make_findings(proxies=finds))
    assert str(target.https_proxy) == "http://proxy.corp:3128"


def test_a_saved_proxy_wins_over_one_that_is_found_and_says_so() -> None:
    saved = Configuration(http_proxy="http://saved:1", https_proxy="http://saved:1")
    findings = make_findings(proxies=(("https", "HTTPS_PROXY", "new:2"),), configuration=saved)
    target = decide(Request(), findings)
    assert str(target.https_proxy) == "http://saved:1"
    assert (
        "`HTTPS_PROXY` in the environment names another proxy, http://new:2; `--https-proxy` takes it"
        in target.notes
    )


def test_nothing_to_go_by_is_an_error() -> None:
    with pytest.raises(DiscoveryError) as caught:
        decide(Request())
    assert caught.value.code == "nothing-found"


def test_both_cases_of_every_variable_are_written() -> None:
    target = decide()
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY")
    assert [value(target, name) for name in names] == ["http://proxy.corp:3128"] * 4
    assert (
        value(target, "no_proxy")
        == value(target, "NO_PROXY")
        == "localhost,127.0.0.1,::1,0.0.0.0,host.docker.internal"
    )


def test_credentials_that_websockets_would_not_decode_get_variables_of_their_own() -> None:
    target = decide(Request(proxy="http://u:p@ss@proxy.corp:3128"))
    assert value(target, "https_proxy") == "http://u:p%40ss@proxy.corp:3128"
    assert value(target, "wss_proxy") == value(target, "WS_PROXY") == "http://u:p@ss@proxy.corp:3128"
    assert target.sensitive


def test_credentials_that_need_no_encoding_do_not() -> None:
    assert value(decide(Request(proxy="http://u:pass@proxy.corp:3128")), "wss_proxy") is None


# NO_PROXY


@pytest.mark.parametrize(
    ("api_url", "addresses", "no_proxy"),
    [
        pytest.param(
            "http://prefect:4200/api",
            (),
            "localhost,127.0.0.1,::1,0.0.0.0,prefect,host.docker.internal",
            id="a name without dots",
        ),
        pytest.param(
            "http://10.1.2.3:4200/api",
            (),
            "localhost,127.0.0.1,::1,0.0.0.0,10.1.2.3,host.docker.internal",
            id="a private address",
        ),
        pytest.param(
            "http://[fd00::5]:4200/api",
            (),
            "localhost,127.0.0.1,::1,0.0.0.0,fd00::5,host.docker.internal",
            id="a private IPv6 address",
        ),
        pytest.param(
            "http://lan.corp.example:4200/api",
            ("10.1.2.3",),
            "localhost,127.0.0.1,::1,0.0.0.0,lan.corp.example,host.docker.internal",
            id="a name that resolves to one",
        ),
        pytest.param(
            "http://127.0.0.1:4200/api",
            (),
            "localhost,127.0.0.1,::1,0.0.0.0,host.docker.internal",
            id="loopback is there already",
        ),
        pytest.param(
            "https://api.prefect.cloud/api",
            ("104.18.1.1",),
            "localhost,127.0.0.1,::1,0.0.0.0,host.docker.internal",
            id="a public API",
        ),
    ],
)
def test_the_host_of_an_internal_api_is_direct(
    api_url: str, addresses: tuple[str, ...], no_proxy: str
) -> None:
    target = decide(PROXY._replace(api_url=api_url), make_findings(api_addresses=addresses))
    assert value(target, "no_proxy") == no_proxy


def test_an_api_that_shares_its_host_with_a_url_to_prove_is_direct_on_its_port_alone() -> None:
    request = PROXY._replace(api_url="http://lan:4200/api", urls=("https://lan:8443/uuid",))
    written = value(decide(request), "no_proxy")
    assert written == "localhost,127.0.0.1,::1,0.0.0.0,lan:4200,host.docker.internal"


# Trust


def test_a_given_ca_wins_over_found_ones_and_they_are_named() -> None:
    findings = make_findings()._replace(
        given_anchors=(Found(CORP, "`corp.pem`"),),
        anchors=(Found(OTHER, "`SSL_CERT_FILE` in the environment"),),
    )
    target = decide(PROXY._replace(ca=("corp.pem",)), findings)
    assert target.anchors == (CORP,)
    assert any("`SSL_CERT_FILE` in the environment" in note for note in target.notes)


def set_up_with(
    *saved: str, refusal: TrustError | None = None, fingerprints: tuple[str, ...] = ()
) -> Findings:
    """A machine on which CORP is set up, and to which OTHER is given."""
    configuration = Configuration(ca=saved, fingerprints=fingerprints)
    return make_findings(configuration=configuration)._replace(
        given_anchors=(Found(OTHER, "`other.pem`"),),
        saved_anchors=(Found(CORP, "`corp.pem`"),),
        saved_refusal=refusal,
    )


ADD: Final = PROXY._replace(ca=("/other.pem",))


def test_a_given_ca_comes_to_those_that_are_set_up() -> None:
    target = decide(ADD, set_up_with("/corp.pem"))
    assert set(target.anchors) == {CORP, OTHER}
    assert target.configuration.ca == ("/corp.pem", "/other.pem")


def test_a_given_ca_replaces_them_where_that_is_said() -> None:
    target = decide(ADD._replace(replace_ca=True), set_up_with("/corp.pem"))
    assert target.anchors == (OTHER,)
    assert target.configuration.ca == ("/other.pem",)


def test_a_file_that_was_named_by_a_url_is_saved_as_its_path() -> None:
    given = (Found(CORP, "x"),)
    target = decide(PROXY._replace(ca=("file:///corp.pem",)), make_findings()._replace(given_anchors=given))
    assert target.configuration.ca == ("/corp.pem",)


COPY: Final = "/home/ada/.local/share/proxyenv/corporate-ca.pem"


def test_a_ca_that_was_once_found_stays_by_its_copy() -> None:
    target = decide(ADD, set_up_with())
    assert set(target.anchors) == {CORP, OTHER}
    assert target.configuration.ca == (COPY, "/other.pem")


def test_what_cannot_be_read_again_stays_by_its_copy() -> None:
    target = decide(ADD, set_up_with("/corp.pem")._replace(given_lasts=False))
    assert target.configuration.ca == ("/corp.pem", COPY)


def test_a_file_that_is_refused_by_now_leaves_its_copy() -> None:
    refusal = TrustError("unexpected-block", "`/corp.pem` holds a private key")
    target = decide(ADD, set_up_with("/corp.pem", refusal=refusal))
    assert set(target.anchors) == {CORP, OTHER}
    assert target.configuration.ca == (COPY, "/other.pem")
    assert "`/corp.pem` holds a private key; the copy of it that is set up stays" in target.notes


def test_fingerprints_that_are_saved_do_not_hold_for_a_ca_that_is_given() -> None:
    target = decide(ADD, set_up_with("/corp.pem", fingerprints=(CORP.fingerprint,)))
    assert set(target.anchors) == {CORP, OTHER}
    assert target.configuration.fingerprints == (CORP.fingerprint, OTHER.fingerprint)


def test_fingerprints_that_are_given_do_not_hold_for_a_ca_that_is_set_up() -> None:
    target = decide(ADD._replace(fingerprints=(OTHER.fingerprint,)), set_up_with("/corp.pem"))
    assert set(target.anchors) == {CORP, OTHER}
    assert target.configuration.fingerprints == (OTHER.fingerprint, CORP.fingerprint)


def test_a_set_up_ca_with_another_fingerprint_than_the_saved_does_not_stay() -> None:
    target = decide(ADD, set_up_with("/corp.pem", fingerprints=("ab" * 32,)))
    assert target.anchors == (OTHER,)


def test_found_cas_are_united() -> None:
    findings = make_findings()._replace(anchors=(Found(CORP, "a"), Found(OTHER, "b")))
    assert set(decide(PROXY, findings).anchors) == {CORP, OTHER}


def test_variables_that_replace_the_roots_name_the_bundle_and_those_that_add_name_the_cas() -> None:
    target = decide(PROXY._replace(ca=("x",)), make_findings()._replace(given_anchors=(Found(CORP, "x"),)))
    assert value(target, "SSL_CERT_FILE") == "/home/ada/.local/share/proxyenv/ca-bundle.pem"
    assert value(target, "GIT_SSL_CAINFO") == "/home/ada/.local/share/proxyenv/ca-bundle.pem"
    assert value(target, "NODE_EXTRA_CA_CERTS") == "/home/ada/.local/share/proxyenv/corporate-ca.pem"
    assert "SSL_CERT_DIR" in {variable.name for variable in target.variables if variable.value is None}


def test_without_a_ca_no_roots_are_touched() -> None:
    names = {variable.name for variable in decide().variables}
    assert not names & {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}


# Prefect

WORK: Final = 'active = "work"\n[profiles.work]\nPREFECT_API_URL = "https://api.example/api"\n'


def test_a_machine_without_profiles_gets_one_of_ours() -> None:
    profile = decide(PROXY._replace(api_url="http://lan:4200/api")).profile
    assert (profile.path, profile.name, profile.activate) == (PROFILES, "proxyenv", True)
    assert profile.settings == {"PREFECT_API_URL": "http://lan:4200/api"}


def test_the_user_s_own_profile_is_used_since_it_holds_the_api_key() -> None:
    findings = make_findings(profiles=WORK, active="work", api_url="https://api.example/api")
    assert decide(PROXY, findings).profile.name == "work"


def test_another_api_does_not_go_into_the_user_s_own_profile() -> None:
    findings = make_findings(profiles=WORK, active="work", api_url="https://api.example/api")
    assert decide(PROXY._replace(api_url="http://lan:4200/api"), findings).profile.name == "proxyenv"


def test_without_an_api_the_ephemeral_server_gets_what_it_needs() -> None:
    assert decide().profile.settings == {
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }


def overridden(request: Request, environment: Mapping[str, str], *, api_url: str | None = None) -> list[str]:
    """What is said of Prefect's settings in such an environment, which has no CA file."""
    shadows = tuple(
        (name, Found(value, f"`{name}` in the environment")) for name, value in environment.items()
    )
    prefect = PrefectFindings(
        PROFILES,
        None,
        environment.get("PREFECT_PROFILE"),
        None,
        shadows=shadows,
        chosen="`PREFECT_PROFILE` in the environment" if "PREFECT_PROFILE" in environment else None,
        settings=MappingProxyType(dict(shadows)),
    )
    host = make_host()._replace(environment=MappingProxyType(dict(environment)))
    intent = merge_intent(request._replace(api_url=api_url), None)
    notes = decide_target(host, make_findings()._replace(prefect=prefect), intent).notes
    return [note for note in notes if "PREFECT_" in note]


API: Final = "http://lan:4200/api"


@pytest.mark.parametrize(
    ("environment", "api_url", "said"),
    [
        pytest.param(
            {"PREFECT_API_URL": "http://ada:geheim@old/api"},
            API,
            "`PREFECT_API_URL` in the environment: flows use the API `http://****@old/api`, not "
            f"`{API}`; `unset PREFECT_API_URL`",
            id="another API",
        ),
        pytest.param(
            {"PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"},
            None,
            "`PREFECT_SERVER_ALLOW_EPHEMERAL_MODE` in the environment: Prefect may not start a temporary "
            "server, and no API is set up; `unset PREFECT_SERVER_ALLOW_EPHEMERAL_MODE`",
            id="no temporary server",
        ),
        pytest.param(
            {"PREFECT_PROFILE": "other"},
            API,
            "`PREFECT_PROFILE` in the environment: Prefect finds no profile `other` and does not read "
            f"`proxyenv`: flows use a temporary server, not `{API}`; `unset PREFECT_PROFILE`",
            id="another profile",
        ),
        pytest.param(
            {"PREFECT_API_SSL_CERT_FILE": "/gone.pem"},
            API,
            "`PREFECT_API_SSL_CERT_FILE` in the environment: it names `/gone.pem`, which does not exist; "
            "`unset PREFECT_API_SSL_CERT_FILE`",
            id="a CA file that is gone",
        ),
    ],
)
def test_what_beats_the_profile_is_said(environment: dict[str, str], api_url: str | None, said: str) -> None:
    assert overridden(PROXY, environment, api_url=api_url) == [said]


@pytest.mark.parametrize(
    ("environment", "api_url"),
    [
        pytest.param({"PREFECT_API_URL": f"{API}/"}, API, id="the same API, spelt with a slash"),
        pytest.param({"PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}, API, id="no server is needed"),
        pytest.param({"PREFECT_PROFILE": "proxyenv"}, API, id="the same profile"),
    ],
)
def test_what_beats_the_profile_and_says_the_same_is_not_said(
    environment: dict[str, str], api_url: str | None
) -> None:
    assert overridden(PROXY, environment, api_url=api_url) == []


# rc files


@pytest.mark.parametrize(
    ("existing", "files"),
    [
        pytest.param((), [".bashrc", ".profile"], id="nothing there"),
        pytest.param(
            (".bash_profile", ".profile"), [".bashrc", ".bash_profile"], id="bash reads this one first"
        ),
        pytest.param((".bash_login",), [".bashrc", ".bash_login"], id="or this one"),
    ],
)
def test_rc_files_of_bash(existing: tuple[str, ...], files: list[str]) -> None:
    target = decide(PROXY, make_findings(existing=existing))
    assert [path.name for path, _ in target.rc_files] == files


def test_no_rc() -> None:
    assert decide(PROXY._replace(rc=False)).rc_files == ()


# Bad input


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param(Request(proxy="ftp://x"), "proxy-url-invalid", id="a proxy"),
        pytest.param(PROXY._replace(api_url="lan:4200"), "api-url-invalid", id="an API"),
        pytest.param(PROXY._replace(api_url="http://lan:x/api"), "api-url-invalid", id="an API's port"),
        pytest.param(PROXY._replace(urls=("ftp://x",)), "url-invalid", id="a URL"),
        pytest.param(PROXY._replace(urls=("http://a b",)), "url-invalid", id="a URL with a blank"),
        pytest.param(PROXY._replace(profile="a b"), "profile-name-invalid", id="a profile"),
        pytest.param(PROXY._replace(profile=""), "profile-name-invalid", id="a profile without a name"),
        pytest.param(PROXY._replace(no_proxy=("a b/c",)), "no-proxy-invalid", id="a NO_PROXY entry"),
        pytest.param(PROXY._replace(shells=("tclsh",)), "usage", id="a shell"),
    ],
)
def test_bad_input_is_refused(request_: Request, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        decide(request_)
    assert caught.value.code == code
