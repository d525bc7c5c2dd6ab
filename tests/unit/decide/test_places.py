"""What another place gets: nothing that is true only of this machine."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.places import decide_place
from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, Found, PrefectFindings, Surroundings
from proxyenv.model.installation import Installation
from proxyenv.model.intent import Request
from proxyenv.model.place import PLACES, PlaceLayout, PlaceTarget, find_place
from support.certificates import make_ca
from support.machines import HOME, make_host

(CORP,) = parse_certificates(make_ca("Corp").pem, source="test")
HERE = Surroundings(names=("build7.corp.example",), known_hosts=(("git.corp.example", "10.1.2.3"),))


def decide(
    name: str,
    request: Request,
    saved: Configuration | None = None,
    *,
    at: str = "/etc/proxyenv",
) -> PlaceTarget:
    prefect = PrefectFindings(HOME / "profiles.toml", None, None, None)
    findings = Findings(
        public_roots=(),
        certifi_version="2026.10.18",
        prefect=prefect,
        given_anchors=(Found(CORP, "--ca"),) if request.ca else (),
        surroundings=HERE,
        installation=Installation(configuration=saved),
    )
    intent = merge_intent(request, saved)
    return decide_place(find_place(name), PlaceLayout(PurePosixPath(at)), make_host(), findings, intent)


def values(target: PlaceTarget) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in target.variables}


def test_paths_are_those_of_the_place() -> None:
    made = decide("image", Request(proxy="proxy.corp.example:3128", ca=("corp.pem",)), at="/opt/corp")
    assert values(made)["SSL_CERT_FILE"] == "/opt/corp/ca-bundle.pem"
    assert values(made)["NODE_EXTRA_CA_CERTS"] == "/opt/corp/corporate-ca.pem"
    assert dict(made.settings) == {"PREFECT_API_SSL_CERT_FILE": "/opt/corp/ca-bundle.pem"}


@pytest.mark.parametrize("derive", [True, False])
@pytest.mark.parametrize("place", [each.name for each in PLACES])
def test_loopback_is_direct_everywhere_in_every_spelling(place: str, derive: bool) -> None:
    made = decide(place, Request(proxy="proxy.corp.example:3128", derive=derive))
    assert {"localhost", "127.0.0.1", "::1", "0.0.0.0"} <= set(made.no_proxy)  # noqa: S104 - nothing is bound


def test_what_is_direct_only_from_here_stays_here() -> None:
    made = decide("image", Request(proxy="proxy.corp.example:3128", no_proxy=("intranet.corp.example",)))
    assert {"localhost", "127.0.0.1", "::1", "intranet.corp.example"} <= set(made.no_proxy)
    assert not {"build7.corp.example", "git.corp.example", "10.1.2.3"} & set(made.no_proxy)


@pytest.mark.parametrize("name", ["image", "kubernetes", "job", "ci"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9", "px.localhost", "[::]"])
def test_a_proxy_on_loopback_is_refused_elsewhere(name: str, host: str) -> None:
    with pytest.raises(PlanError) as caught:
        decide(name, Request(proxy=f"http://{host}:3128"))
    assert caught.value.code == "loopback-elsewhere"
    assert caught.value.hint == ("say how it is reached from there: `--proxy-there http://HOST:3128`")


@pytest.mark.parametrize("name", ["machine", "host"])
def test_loopback_of_this_machine_is_no_trouble_on_it(name: str) -> None:
    assert (
        values(decide(name, Request(proxy="http://127.0.0.1:3128")))["https_proxy"] == "http://127.0.0.1:3128"
    )


def test_the_proxy_there_takes_the_place_of_the_one_here() -> None:
    saved = Configuration(http_proxy="http://127.0.0.1:3128", https_proxy="http://127.0.0.1:3128")
    made = decide("job", Request(proxy_there="px.corp.example:3129"), saved)
    assert values(made)["HTTPS_PROXY"] == "http://px.corp.example:3129"
    kept = decide("job", Request(), saved._replace(proxy_there="http://px.corp.example:3129"))
    assert values(kept)["HTTPS_PROXY"] == "http://px.corp.example:3129"


@pytest.mark.parametrize("place", [each.name for each in PLACES])
def test_a_password_goes_only_where_it_may_be(place: str) -> None:
    request = Request(proxy="http://ada:s3cret@proxy.corp.example:3128")
    if place in {"machine", "kubernetes"}:
        assert decide(place, request).sensitive
        return
    with pytest.raises(PlanError) as caught:
        decide(place, request)
    assert caught.value.code == "password-refused"
    assert "s3cret" not in f"{caught.value}{caught.value.hint}"


def test_an_api_on_loopback_is_left_out_and_said() -> None:
    request = Request(proxy="proxy.corp.example:3128", api_url="http://127.0.0.1:4200/api")
    made = decide("image", request)
    assert dict(made.settings) == {}
    (note,) = made.notes
    assert note == (
        "the Prefect API `http://127.0.0.1:4200/api` is on loopback, which in a container image is another "
        "one: it is left out, and `--api-url URL` names the one that is meant there"
    )
    made = decide("image", request._replace(api_url="https://prefect.corp.example/api"))
    assert dict(made.settings) == {"PREFECT_API_URL": "https://prefect.corp.example/api"}


def test_java_gets_its_variable_with_the_path_there() -> None:
    saved = Configuration(http_proxy="http://p.corp.example:3128", configure=("java", "git", "all-installed"))
    made = decide("image", Request(ca=("corp.pem",)), saved)
    assert "-Djavax.net.ssl.trustStore=/etc/proxyenv/ca-bundle.p12" in (
        values(made)["JAVA_TOOL_OPTIONS"] or ""
    )


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(DiscoveryError) as caught:
        decide("image", Request())
    assert caught.value.code == "nothing-found"
