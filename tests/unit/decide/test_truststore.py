"""Truststore mode and the ways of activation: what is decided, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide import decide_target
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.prefect import plugin_settings
from proxyenv.errors import UsageError
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, Found, PrefectFindings, PythonStore, Site
from proxyenv.model.installation import Installation
from proxyenv.model.intent import Request
from support.certificates import make_ca
from support.machines import HOME, make_host

if TYPE_CHECKING:
    from proxyenv.model.target import Target

(CORP,) = parse_certificates(make_ca("Corp").pem, source="test")
PACKAGES: Final = Path("/opt/venv/lib/python3.12/site-packages")
SITE: Final = Site(Path("/opt/venv/bin/python"), PACKAGES, has_truststore=True)
STORE: Final = PythonStore("`/etc/ssl/certs`", "/etc/ssl/certs", frozenset({CORP.fingerprint}))
TRUSTSTORE: Final = Request(proxy="proxy.corp:3128", ca=("corp.pem",), trust="truststore")


def make_findings(**changes: object) -> Findings:
    findings = Findings(
        public_roots=(),
        certifi_version="2026.10.18",
        prefect=PrefectFindings(HOME / ".prefect/profiles.toml", None, None, None),
        given_anchors=(Found(CORP, "`corp.pem`"),),
        sites=(SITE,),
        python_store=STORE,
    )
    return findings._replace(**changes)  # type: ignore[arg-type]


def decide(request: Request = TRUSTSTORE, findings: Findings | None = None) -> Target:
    found = findings or make_findings()
    return decide_target(make_host(), found, merge_intent(request, found.installation.configuration))


def variables(target: Target) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in target.variables}


def installed(configuration: Configuration) -> Findings:
    return make_findings(
        installation=Installation(configuration=configuration), saved_anchors=(Found(CORP, "saved"),)
    )


# The trust mode


def test_python_is_told_no_file_and_what_would_hide_the_store_is_unset() -> None:
    written = variables(decide())
    assert (written["SSL_CERT_FILE"], written["SSL_CERT_DIR"]) == (None, None)
    assert "REQUESTS_CA_BUNDLE" not in written
    assert "PREFECT_API_SSL_CERT_FILE" not in decide().profile.settings


def test_what_hides_the_store_is_unset_whether_our_files_are_there_or_not() -> None:
    unset = [variable for variable in decide().variables if variable.name == "SSL_CERT_FILE"]
    assert [variable.file for variable in unset] == [None]


def test_clients_with_roots_of_their_own_still_get_a_file() -> None:
    written = variables(decide())
    assert written["NODE_EXTRA_CA_CERTS"] == str(HOME / ".local/share/proxyenv/corporate-ca.pem")
    assert written["AWS_CA_BUNDLE"] == str(HOME / ".local/share/proxyenv/ca-bundle.pem")
    assert written["UV_SYSTEM_CERTS"] == "1"


def test_each_environment_gets_the_hook() -> None:
    assert decide().hooks == (PACKAGES / "proxyenv-truststore.pth",)


def test_with_a_bundle_there_is_no_hook_and_the_files_are_named() -> None:
    target = decide(TRUSTSTORE._replace(trust=None))
    assert target.hooks == ()
    assert variables(target)["SSL_CERT_FILE"] == str(HOME / ".local/share/proxyenv/ca-bundle.pem")
    assert "UV_SYSTEM_CERTS" not in variables(target)


@pytest.mark.parametrize(
    ("asked", "saved", "hooks"),
    [
        pytest.param(None, "truststore", 1, id="what was saved holds"),
        pytest.param("bundle", "truststore", 0, id="an option wins over what was saved"),
        pytest.param("truststore", "bundle", 1, id="also the other way round"),
        pytest.param(None, None, 0, id="at first a bundle"),
    ],
)
def test_rank_of_the_trust_mode(asked: str | None, saved: str | None, hooks: int) -> None:
    findings = installed(Configuration(http_proxy="http://proxy.corp:3128", trust=saved))
    target = decide(Request(trust=asked), findings)
    assert len(target.hooks) == hooks
    assert target.configuration.trust == (asked or saved)


def test_a_virtual_environment_that_is_gone_is_named() -> None:
    findings = make_findings()._replace(gone_venvs=("/home/ada/old",))
    notes = decide(TRUSTSTORE, findings).notes
    assert "the virtual environment `/home/ada/old` no longer exists and is skipped" in notes


def test_a_store_that_holds_the_ca_needs_no_word() -> None:
    assert not [note for note in decide().notes if "store" in note]


def test_a_store_that_lacks_the_ca_is_said_with_the_way_out() -> None:
    target = decide(findings=make_findings(python_store=STORE._replace(fingerprints=frozenset())))
    assert (
        "the operating system's store (`/etc/ssl/certs`) does not hold the CA `CN=Corp`: "
        "`proxyenv trust install` puts it there"
    ) in target.notes


def test_a_store_that_cannot_be_read_is_taken_for_one_that_lacks_it() -> None:
    notes = decide(findings=make_findings(python_store=None)).notes
    assert (
        "the operating system's store does not hold the CA `CN=Corp`: `proxyenv trust install` puts it there"
        in notes
    )


def test_an_environment_without_truststore_is_said() -> None:
    target = decide(findings=make_findings(sites=(SITE._replace(has_truststore=False),)))
    assert (
        f"`{PACKAGES}` has no truststore, and without it nothing changes there: "
        "`/opt/venv/bin/python -m pip install truststore`"
    ) in target.notes


def test_environments_are_kept_absolute() -> None:
    target = decide(TRUSTSTORE._replace(venvs=("venv", "/opt/venv")))
    assert target.configuration.venvs == (str(HOME / "venv"), "/opt/venv")


def test_an_environment_in_bundle_mode_is_refused() -> None:
    with pytest.raises(UsageError, match="`--venv` says where Python goes through truststore") as caught:
        decide(TRUSTSTORE._replace(trust=None, venvs=("venv",)))
    assert caught.value.hint == "add `--trust truststore`"


# Activation


@pytest.mark.parametrize(
    ("trust", "activation", "shell", "plugin"),
    [
        pytest.param(None, None, True, False, id="a bundle: shells"),
        pytest.param("truststore", None, True, True, id="truststore: both"),
        pytest.param("truststore", "shell", True, False, id="truststore, shells asked for"),
        pytest.param(None, "plugin", False, True, id="the plugin alone"),
        pytest.param(None, "both", True, True, id="both"),
    ],
)
def test_who_sets_the_environment(
    trust: str | None, activation: str | None, shell: bool, plugin: bool
) -> None:
    target = decide(TRUSTSTORE._replace(trust=trust, activation=activation))
    assert bool(target.rc_files) is shell
    assert (target.profile.settings.get("PREFECT_PLUGINS_ENABLED") == "true") is plugin


def test_a_saved_way_holds() -> None:
    saved = Configuration(http_proxy="http://proxy.corp:3128", activation="plugin")
    assert decide(Request(), installed(saved)).rc_files == ()


@pytest.mark.parametrize("request_", [Request(rc=True), Request(shells=("bash",))])
def test_the_plugin_alone_and_an_rc_file_exclude_each_other(request_: Request) -> None:
    asked = request_._replace(proxy="proxy.corp:3128", activation="plugin")
    with pytest.raises(UsageError) as caught:
        decide(asked)
    assert caught.value.hint == "use `--activate both`"


def test_a_profile_that_is_not_active_needs_to_be_named() -> None:
    target = decide(TRUSTSTORE._replace(activation="plugin", activate=False))
    assert (
        "the plugin is switched on in the profile `proxyenv`, which is not made active: "
        "processes need `PREFECT_PROFILE=proxyenv`"
    ) in target.notes


@pytest.mark.parametrize(
    ("profile", "allow"),
    [
        pytest.param({}, "proxyenv", id="plugins were off: ours alone"),
        pytest.param({"PREFECT_PLUGINS_ENABLED": "false"}, "proxyenv", id="they were switched off"),
        pytest.param({"PREFECT_PLUGINS_ENABLED": "true"}, None, id="all are loaded: no list"),
        pytest.param(
            {"PREFECT_PLUGINS_ENABLED": "true", "PREFECT_PLUGINS_ALLOW": "aws, gcp"},
            "aws,gcp,proxyenv",
            id="a list: ours is added",
        ),
        pytest.param(
            {"PREFECT_PLUGINS_ENABLED": "true", "PREFECT_PLUGINS_ALLOW": "proxyenv"},
            "proxyenv",
            id="ours is there already",
        ),
    ],
)
def test_no_other_plugin_is_switched_on_or_off(profile: dict[str, object], allow: str | None) -> None:
    settings = plugin_settings(profile)
    assert settings["PREFECT_PLUGINS_ENABLED"] == "true"
    assert settings.get("PREFECT_PLUGINS_ALLOW") == allow
